package simulator

// OnTape is a view of the simulator that computes on the uncompiled tape, whatever the simulator itself does: the same
// graph, parts and parameters, with every inner value readable. Derivatives are checked on it.
func (s *Simulator) OnTape() *Simulator { return s.view(false) }

// OnProgram is a view of the simulator that computes by compiled programs, whatever the simulator itself does.
func (s *Simulator) OnProgram() *Simulator { return s.view(true) }

// view shares all that New has built, and plans and differentiates by itself.
func (s *Simulator) view(compiled bool) *Simulator {
	v := &Simulator{crystal: s.crystal, beam: s.beam, detector: s.detector, graph: s.graph, settings: s.settings, devices: s.devices,
		intensity: s.intensity, parts: s.parts, fixed: s.fixed, inner: s.inner}
	v.settings.compiled, v.settings.chosen = compiled, true
	return v
}
