// Package refine fits a simulated diffraction image to a measured one. It refines the cell and
// orientation of the crystal, or any other scalar nodes of crystal, beam and detector, with a scale
// and a background, and gives their standard uncertainties.
//
//	model, err := refine.NewModel(sim, refine.Data{Counts: counts}, refine.ModelConfig{Background: refine.Flat})
//	loss, err := model.Poisson()
//	free, err := refine.NewParameters(append(xtal.Cell.List(), model.Scale, model.Flat)...)
//	problem, err := refine.NewProblem(sim, loss, free)
//	result, err := refine.Run(ctx, problem, nil)
//
// The pieces are separate, as in gonum/optimize. A [Model] is the number of photons expected in
// each pixel, a [Loss] measures its distance from the data, and [Parameters] are what may change,
// within bounds and restraints. A [Problem] joins the three, and [Run] searches by a [Method] under
// [Settings]. [Problem.Gonum] gives the problem to any method of gonum. For an experiment in a
// file, [NewFit] makes all of these at once.
//
// A search finds the minimum only if the spots of the start overlap with those of the data. For
// starts that are further away there is [Continuation]. A [Result] says how the search ended; its
// [Uncertainty] has σ, correlations, the reduced χ², and the combinations of parameters that the
// data do not determine.
package refine
