// Package experiment describes a diffraction experiment as plain data: crystals, beam, detector, images and what is to
// be done with them.
//
// A [Config] is read from JSON by [Read] or [Parse], or written down as a Go literal; [Config.Build] makes the crystals,
// the beam, the detector and the simulators of it in a gorgonia graph. In both forms what is left out has a documented
// default. Unknown keys are refused, and every error names its key, with the line and column of the JSON:
//
//	experiment: counts.gain 0 is not above 0 (line 41, column 11)
//
// What is legal and looks like a slip, a wavelength in metres for instance, is a notice: see [Config.Notices] and
// [Experiment.Notices].
//
// # Names
//
// A parameter has the same name in a refinement, a result, an error and a graph: that of its node. For one crystal these
// are cell.a … cell.gamma, misset.x …, cells.a …, mosaic.spread, phi, osc, structure.default, water, which are the keys
// below crystals[0] too. Of several crystals each has its name before them, or its place in the list:
// ice.cell.a, crystals[1].cell.a. Those of beam and detector begin with "beam." and "detector.".
package experiment
