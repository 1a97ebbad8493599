// Package experiment describes a diffraction experiment as plain data: crystals, beam, detector, measured images and what to
// refine.
//
// A [Config] is read from JSON by [Read] or [Parse], or written as a Go literal. [Config.Build] makes its crystals, beam,
// detector and simulators in a gorgonia graph. In both forms, omitted values have documented defaults. Unknown keys are
// errors, and every error names its key, with the line and column of the JSON:
//
//	experiment: counts.gain 0 is not above 0 (line 41, column 11)
//
// Values that are valid but look like a mistake, a wavelength in metres for instance, are reported as notices: see
// [Config.Notices] and [Experiment.Notices].
//
// # Names
//
// A parameter has the same name in a refinement, a result, an error and a graph: that of its node. For a single crystal the
// names are cell.a … cell.gamma, misset.x …, cells.a …, mosaic.spread, phi, osc, structure.default and water, which are also
// the keys in crystals[0]. With several crystals, the name or the index of each is the prefix: ice.cell.a,
// crystals[1].cell.a. The names of the beam and the detector begin with "beam." and "detector.".
package experiment
