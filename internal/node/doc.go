// Package node is all that touches the insides of gorgonia. It stands between a user's gorgonia graph and package expr, in
// which everything is derived, planned and compiled: In reads gorgonia nodes as expressions, Out makes gorgonia nodes of
// expressions for users who ask for them, and Op is how gorgonia sees a rule.
//
// gorgonia v0.9.18 keeps the nodes of a graph in maps that nothing guards, and draws types, nodes and slices from pools of
// the whole process, to which it returns some that are still referred to (inferNodeType returns a function type whose
// parts the new node keeps; returnNode one that the graph merged). So nodes are made by one goroutine at a time, whatever
// their graph: see Locked. Reading needs no lock of gorgonia's: In reads fields of nodes that never change once they are
// made, and no map.
package node
