package compile

// Target describes a back end to the passes.
type Target struct {
	// Has reports whether the back end has an operation. It must have the operations that lower
	// makes of the rules; those that replace several ([OpFma], [OpSplit], [OpSincos], [OpDot3], …)
	// are formed only if the back end has them.
	Has func(Op) bool
	// SinRatio is the highest derivative of a lattice sum for which the back end has an operation.
	// Higher derivatives are calls of the rule.
	SinRatio int
	// Vectors means that every operation needs at least one vector: if all operands are numbers,
	// one of them is filled into a vector first.
	Vectors bool
}
