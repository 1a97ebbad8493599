// Package refine fits a simulated diffraction image to a measured one: the crystal's cell and orientation, the beam, the
// detector, a scale and a background, whichever nodes are free, with standard uncertainties.
//
//	model, err := refine.NewModel(sim, refine.Data{Counts: counts}, refine.ModelConfig{Background: refine.Flat})
//	loss, err := model.Poisson()
//	free, err := refine.NewParameters(append(xtal.Cell.List(), model.Scale, model.Flat)...)
//	problem, err := refine.NewProblem(sim, loss, free)
//	result, err := refine.Run(ctx, problem, nil)
//
// The pieces are kept apart as in gonum/optimize. A Model is what is expected in each pixel, a Loss how far that is from
// the data, Parameters what may change and how far; a Problem joins them, and Run searches with a Method under Settings.
// A Problem is also a gonum optimize.Problem (Problem.Gonum), for any method that gonum has.
//
// A start whose spots do not overlap with the data's needs a Continuation first.
package refine
