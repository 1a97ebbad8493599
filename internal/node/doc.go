// Package node is the only one that depends on gorgonia's internals. It stands between a user's gorgonia graph and package
// expr, in which everything is differentiated, planned and compiled: [Builder.In] reads gorgonia nodes as expressions,
// [Builder.Out] makes gorgonia nodes of expressions for users who need them, and [Op] presents a rule to gorgonia.
//
// gorgonia v0.9.18 keeps the nodes of a graph in maps that nothing guards, and draws types, nodes and slices from pools of
// the whole process, to which it returns some that are still referred to (inferNodeType returns a function type whose
// parts the new node keeps; returnNode one that the graph merged). So nodes are made by one goroutine at a time, whatever
// their graph: see Locked. Reading needs no lock of gorgonia's: In reads fields of nodes that never change once they are
// made, and no map.
package node
