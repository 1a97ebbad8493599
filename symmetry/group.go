// Package symmetry has the space groups: 530 settings of the 230 types, their names and operations,
// and what they do to Miller indices.
//
// A group is found by its name as people spell it ([Lookup]), by number ([ByNumber]), by Hall symbol
// ([FromHall]) or by its operations ([FromOperations]).
package symmetry

// Group is a space group in one setting. Groups are shared: they must not be modified.
type Group struct {
	// Number is that of International Tables A, from 1 to 230; 0 for a setting that is not among
	// the 530 tabulated ones.
	Number int
	// CCP4 is the number in CCP4's library, for instance 1003 for P 1 1 2; 0 if it has none.
	CCP4 int
	// HM is the full Hermann–Mauguin symbol with blanks, for instance "P 1 21/c 1".
	HM string
	// Extension tells settings with the same symbol apart: "1" or "2" for the choice of the origin,
	// "H" or "R" for hexagonal or rhombohedral axes; "" for the others.
	Extension string
	// Hall is the Hall symbol, for instance "-P 2ybc".
	Hall string
	// Operations are all operations of a cell, centring included; the identity is first.
	Operations []Operation

	derived *derived // nil in a literal
}

func newGroup(g Group) *Group {
	g.derived = derive(g.Operations)
	return &g
}

// Symbol returns the Hermann–Mauguin symbol with the extension, for instance "R 3 :H"; "not
// tabulated" for a setting without one.
func (g *Group) Symbol() string {
	switch {
	case g.HM == "":
		return "not tabulated"
	case g.Extension == "":
		return g.HM
	}
	return g.HM + " :" + g.Extension
}
