package gradcheck

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/simulator"
)

// Test is Check in a test, which it fails with the report if anything is wrong.
func Test(t testing.TB, loss *G.Node, by G.Nodes, options Options) *Report {
	t.Helper()
	report, err := Check(t.Context(), loss, by, options)
	return told(t, report, err)
}

// TestSimulator is Simulator in a test, which it fails with the report if anything is wrong.
func TestSimulator(t testing.TB, sim *simulator.Simulator, loss *G.Node, by G.Nodes, options Options) *Report {
	t.Helper()
	report, err := Simulator(t.Context(), sim, loss, by, options)
	return told(t, report, err)
}

func told(t testing.TB, report *Report, err error) *Report {
	t.Helper()
	switch {
	case err != nil:
		t.Fatal(err)
	case !report.OK():
		t.Error(report.Err())
	}
	return report
}
