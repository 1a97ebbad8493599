package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/internal/cli"
)

// gradcheckFlags are the flags of the subcommand.
type gradcheckFlags struct {
	by, idle, loss, images, json string
	pixels                       int
	second                       bool
	rtol                         float64
}

// An array of parameters is checked along random directions, and where it is wrong along one of them, by some elements.
const (
	directionsOfArrays = 3
	elementsOfArrays   = 10
)

// gradcheckCommand is the subcommand that checks derivatives.
func (s *session) gradcheckCommand() *cobra.Command {
	var f gradcheckFlags
	c := &cobra.Command{
		Use:   "gradcheck [flags] EXPERIMENT.json",
		Short: "Compare the derivatives by an experiment's parameters with finite differences",
		Long: `Compare the derivatives by an experiment's parameters with finite differences.

A loss of the experiment's image is differentiated by each parameter, on the uncompiled tape, and the derivatives are
compared with differences, then with those that users get in other ways: compiled, in forward mode, after Set. A table has a row for each parameter, with its verdict:

  pass       the derivatives agree
  FAIL       they do not; the operation that is wrong is named
  no effect  the derivative is 0, and the experiment says why
  vacuous    the derivative is 0, and nothing says why: no derivative has been tested; --idle NAMES accepts it
  others     kink, non-finite, undecided: docs/gradcheck.md explains them

Structure factors are checked all at once, along random directions. Exit status 1 if a row is none of pass and no effect.

Of a large detector some pixels are checked, as many as the tape computes quickly: of all that count, half are the brightest
of the simulated image, and half are spread evenly over the rest.`,
		Args: exactly("EXPERIMENT.json"),
		RunE: func(c *cobra.Command, paths []string) error { return f.execute(c.Context(), s, paths[0]) },
	}
	fs := c.Flags()
	fs.StringVar(&f.by, "by", "", "parameters, by whole `NAMES` or parts of them: cell,misset.x,distance; all if left out")
	fs.StringVar(&f.idle, "idle", "", "`NAMES` of parameters that have no effect, for a reason that is not the experiment's: a derivative of 0 is right")
	fs.StringVar(&f.loss, "loss", "", "`KIND` of loss: fit (that of a refinement against the experiment's images), weighted (a sum of the pixels with random weights), squares (of the pixels, weighted); fit if there are images, else weighted")
	fs.IntVar(&f.pixels, "pixels", 0, "largest `NUMBER` of pixels to check; chosen by the steps of a pixel if left out")
	fs.BoolVar(&f.second, "second", false, "check the second derivatives by all pairs of parameters too")
	fs.Float64Var(&f.rtol, "rtol", 1e-6, "relative `TOLERANCE` of the derivatives")
	fs.StringVar(&f.images, "images", "", "check the derivatives of each pixel too, and write pictures of them to the `FOLDER`")
	jsonFlag(fs, &f.json)
	return c
}

// execute checks the experiment of a file.
func (f *gradcheckFlags) execute(ctx context.Context, s *session, path string) error {
	if f.pixels < 0 {
		return cli.Usagef("gradcheck: --pixels %d is negative", f.pixels)
	}
	if !(f.rtol > 0) || f.rtol >= 1 {
		return cli.Usagef("gradcheck: --rtol %g is outside (0, 1)", f.rtol)
	}
	if !slices.Contains(append(losses, ""), f.loss) {
		return cli.Usagef("gradcheck: --loss %s is none of %s", f.loss, strings.Join(losses, ", "))
	}
	result, err := f.check(ctx, s, path)
	if err != nil {
		return err
	}
	if f.json != standardOutput {
		if err := result.print(s.stdout); err != nil {
			return err
		}
	}
	if err := s.writeJSON(f.json, result); err != nil {
		return err
	}
	if !result.OK {
		return errFound
	}
	return nil
}

// check does all but the output.
func (f *gradcheckFlags) check(ctx context.Context, s *session, path string) (*gradcheckResult, error) {
	t, err := readTarget(ctx, path, f)
	if err != nil {
		return nil, err
	}
	for _, n := range t.notices {
		if err := s.note("%s", n); err != nil {
			return nil, err
		}
	}
	by, err := choose(t.parameters, f.by)
	if err != nil {
		return nil, err
	}
	if f.idle != "" {
		if t.declared, err = choose(t.parameters, f.idle); err != nil {
			return nil, err
		}
	}
	r := &gradcheckResult{Experiment: path, Loss: t.kind, Pixels: t.checked, Of: t.all, rtol: f.rtol}
	scalars, arrays := split(by)
	if len(scalars) > 0 {
		report, err := gradcheck.CheckModel(ctx, t.Simulator(), t.loss, scalars, gradcheck.Options{Rtol: f.rtol, Second: f.second})
		if err != nil {
			return nil, err
		}
		explain(t, report, scalars)
		r.addScalars(t, report, scalars)
	}
	for _, n := range arrays {
		options := gradcheck.Options{Rtol: f.rtol, Directions: directionsOfArrays, Elements: elementsOfArrays}
		report, err := gradcheck.CheckModel(ctx, t.Simulator(), t.loss, G.Nodes{n}, options)
		if err != nil {
			return nil, err
		}
		r.addArray(report, n, t.unit(n))
	}
	if f.images != "" {
		if err := r.draw(ctx, t, scalars, f.images); err != nil {
			return nil, err
		}
	}
	r.judge()
	return r, nil
}

// split separates scalars from arrays.
func split(nodes G.Nodes) (scalars, arrays G.Nodes) {
	for _, n := range nodes {
		if len(n.Shape()) == 0 {
			scalars = append(scalars, n)
		} else {
			arrays = append(arrays, n)
		}
	}
	return scalars, arrays
}

// choose returns the parameters with one of the names, which are separated by commas; all if there are none.
func choose(all G.Nodes, names string) (G.Nodes, error) {
	if names == "" {
		return all, nil
	}
	var list G.Nodes
	for _, name := range strings.Split(names, ",") {
		found := false
		for _, n := range all {
			if !named(n.Name(), name) {
				continue
			}
			found = true
			if !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
		if found {
			continue
		}
		var known []string
		for _, n := range all {
			known = append(known, n.Name())
			known = append(known, strings.Split(n.Name(), ".")...)
		}
		if near := cli.Nearest(name, known); near != "" {
			return nil, cli.Usagef("the experiment has no parameter %q; did you mean %s?", name, near)
		}
		var own []string
		for _, n := range all {
			own = append(own, n.Name())
		}
		return nil, cli.Usagef("the experiment has no parameter %q; it has %s", name, strings.Join(own, ", "))
	}
	return list, nil
}

// named reports whether a name is meant by a part of it: cell by cell.a, distance by detector.distance.
func named(name, part string) bool {
	return part != "" && strings.Contains("."+name+".", "."+part+".")
}

// explain allows derivatives of 0 by parameters that are idle: vacuous, or undecided where the rounding of a loss that does
// not change is all there is.
func explain(t *target, report *gradcheck.Report, nodes G.Nodes) {
	idle := map[string]string{}
	for _, n := range nodes {
		idle[n.Name()] = t.idle(n)
	}
	for i := range report.Elements {
		e := &report.Elements[i]
		why := idle[e.Parameter]
		rounding := e.Verdict == gradcheck.Undecided && math.Abs(float64(e.Analytic)) <= trust*float64(e.Estimate)
		switch {
		case why != "" && (e.Verdict == gradcheck.Vacuous || rounding):
			e.Verdict, e.Allowed, e.Why = gradcheck.Vacuous, true, why
		case rounding:
			e.Why = fmt.Sprintf("0 to rounding, ± %.1g; -idle %s accepts it", e.Estimate, e.Parameter)
		}
	}
}

// trust is the default of gradcheck's Options.Trust.
const trust = 10
