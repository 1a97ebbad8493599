package compile

// Target is what the passes must know of a back end.
type Target struct {
	// Has reports whether the back end has an operation. It must have those that rules are read as; those that do the work
	// of several ([OpFma], [OpSplit], [OpSincos], [OpDot3], …) are only formed where it has them.
	Has func(Op) bool
	// SinRatio is the highest derivative of a lattice sum that the back end has an operation for; higher ones are calls of
	// the rule.
	SinRatio int
	// Vectors says that every operation takes a vector: where all operands are numbers, one is filled into a vector first.
	Vectors bool
}
