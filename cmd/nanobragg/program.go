package main

import "github.com/gobragg/gobragg/simulator"

// compilation returns notices if the image is not computed as the user expects: a simulation that could not be compiled is
// slower.
func (m *model) compilation() ([]string, error) {
	report, err := m.sim.Report()
	if err != nil {
		return nil, err
	}
	var notices []string
	if report.Why != "" {
		notices = append(notices, "the simulation is not compiled, and slow: "+report.Why)
	}
	if m.kernels != "" && !report.Compiled {
		notices = append(notices, "-kernels has no effect: the simulation is not compiled ("+simulator.Guard+" in the environment?)")
	}
	return notices, nil
}

// list prints how the image is computed: the memory that it takes, and the program's loops and kernels.
func (m *model) list(out *printer) error {
	report, err := m.sim.Report()
	if err != nil {
		return err
	}
	listing, err := m.sim.Program()
	if err != nil {
		return err
	}
	out.printf("%v\n", report)
	if listing != "" {
		out.printf("%s\n", listing)
	}
	return out.err
}
