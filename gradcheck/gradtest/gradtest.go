// Package gradtest runs the checks of package gradcheck in tests.
package gradtest

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/gradcheck"
)

// Check runs [gradcheck.Check] in a test. The test fails with the report if a derivative is wrong,
// and stops if the check cannot be done.
func Check(t testing.TB, loss *G.Node, by G.Nodes, options gradcheck.Options) *gradcheck.Report {
	t.Helper()
	report, err := gradcheck.Check(t.Context(), loss, by, options)
	return fail(t, report, err)
}

// CheckModel runs [gradcheck.CheckModel] in a test. The test fails with the report if a derivative
// is wrong, and stops if the check cannot be done.
func CheckModel(t testing.TB, model gradcheck.Model, loss *G.Node, by G.Nodes, options gradcheck.Options) *gradcheck.Report {
	t.Helper()
	report, err := gradcheck.CheckModel(t.Context(), model, loss, by, options)
	return fail(t, report, err)
}

// fail fails the test where the check could not be done, or found something wrong.
func fail(t testing.TB, report *gradcheck.Report, err error) *gradcheck.Report {
	t.Helper()
	switch {
	case err != nil:
		t.Fatal(err)
	case !report.OK():
		t.Error(report.Err())
	}
	return report
}
