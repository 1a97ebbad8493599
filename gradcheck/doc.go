// Package gradcheck finds wrong derivatives in gorgonia graphs and names the operation that is
// wrong.
//
//	report, err := gradcheck.Check(ctx, loss, G.Nodes{a, b}, gradcheck.Options{})
//	if err == nil {
//		err = report.Err()
//	}
//
// [Check] checks any graph of gorgonia's operations, [CheckModel] a loss of a simulator, and
// [DerivativeImages] the derivative of every pixel of an image. Package gradtest runs the first two
// in a test.
//
// The derivatives under test are computed on the uncompiled tape, node by node, whatever the
// environment says. They are compared with central differences, extrapolated to a step of 0 for
// each element by itself (Richardson's extrapolation, as in C. J. F. Ridders, Adv. Eng. Software 4,
// 75 (1982)), which estimates the error too. An element passes where
//
//	|analytic − numeric| ≤ max(Atol, Rtol · max(|analytic|, |numeric|), Trust · estimate)
//
// and where the estimate is small enough for that to be a test. Every other outcome has a [Verdict]
// of its own. All of them except [Pass] fail the check, unless [Options] allow them; in
// particular, comparing zero with zero is not a test. Then the compiled gradient is compared with
// the tape's. Where an element fails, every operation between the parameter and the loss is
// differentiated by itself, at the values on the tape, and the report names the first wrong one.
package gradcheck
