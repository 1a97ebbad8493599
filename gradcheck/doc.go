// Package gradcheck finds wrong derivatives in gorgonia graphs and says which operation is to blame.
//
//	report, err := gradcheck.Check(ctx, loss, G.Nodes{a, b}, gradcheck.Options{})
//	if err == nil {
//		err = report.Err()
//	}
//
// [Check] works on any graph of gorgonia's operations, and [CheckModel] on a simulator's; package gradtest does either in a
// test. [DerivativeImages] looks at every pixel.
//
// The derivatives under test are computed on the uncompiled tape, node by node, whatever the environment says; the report
// tells so. They are held against central differences whose step is chosen for every element by extrapolation
// (Richardson's, as in C. J. F. Ridders, Adv. Eng. Software 4, 75 (1982)), which gives an estimate of the error too. An
// element passes where
//
//	|analytic − numeric| ≤ max(Atol, Rtol · max(|analytic|, |numeric|), Trust · estimate)
//
// and where the estimate is fine enough for that to mean something. Every other outcome has a Verdict of its own, and each
// of them but Pass fails the check, unless it is declared in Options.Expect: a comparison of zeros with zeros is not
// a test. Then the compiled gradient is held against the tape's. On failure every operation between the loss and the
// parameter is differentiated by itself at the values of the tape, and the first that is wrong is named.
package gradcheck
