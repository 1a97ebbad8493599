package node

// Row is a row of the table of gorgonia's operations.
type Row struct {
	Kind, Symbol, Made, Why string
	Read, Constant          bool
}

// Operations is the table.
func Operations() []Row {
	out := make([]Row, len(operations))
	for i, o := range operations {
		out[i] = Row{o.kind, o.symbol, o.made, o.why, o.read != nil, o.way == constant}
	}
	return out
}

// RowOf and KindOf are for tests of what has no row.
var (
	KindOf   = kindOf
	SymbolOf = symbolOf
)
