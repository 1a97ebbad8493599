// Package config checks the configurations of crystal, beam and detector. Each of them writes a
// table with one [Row] per number; [Check] applies the same limits to a configuration and, later,
// to the current values of the nodes made from it.
package config

import (
	"fmt"
	"math"
	"strconv"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/node"
)

// Row is one number of a configuration together with its limits.
type Row struct {
	// Field is the path of the number, as in [gobragg.ConfigError]: "cells.a".
	Field string
	// Name and Unit are used in messages: "number of cells along a", "Å".
	Name, Unit string
	Limit      Limit
	// Value is the configured value.
	Value float64
	// Node is the node made from Value, or nil. If it is set, its current value is checked instead.
	// A node computed by an operation is not checked, since its value is known only after the graph
	// has run.
	Node *G.Node
}

// Number returns a [Row]; it keeps tables readable.
func Number(field, name, unit string, limit Limit, value float64, n *G.Node) Row {
	return Row{field, name, unit, limit, value, n}
}

// Limit is a condition on a finite number.
type Limit struct {
	holds func(v float64) bool
	fault string // "is negative"
}

// Limits without parameters.
var (
	Finite      = Limit{func(float64) bool { return true }, ""}
	Positive    = Limit{func(v float64) bool { return v > 0 }, "is not positive"}
	NotNegative = Limit{func(v float64) bool { return v >= 0 }, "is negative"}
)

// Within returns the limit [least, most].
func Within(least, most float64) Limit {
	return Limit{func(v float64) bool { return v >= least && v <= most }, fmt.Sprintf("is outside [%s, %s]", number(least), number(most))}
}

// Below returns the limit [least, end).
func Below(least, end float64) Limit {
	return Limit{func(v float64) bool { return v >= least && v < end }, fmt.Sprintf("is outside [%s, %s)", number(least), number(end))}
}

// Vector returns one row per component of a vector; they share a field and must be finite.
func Vector(field, name, unit string, v [3]float64) []Row {
	var rows []Row
	for _, x := range v {
		rows = append(rows, Row{Field: field, Name: name, Unit: unit, Limit: Finite, Value: x})
	}
	return rows
}

// Check returns a [gobragg.ConfigError] of package pkg for the first row that violates its limit,
// or nil.
func Check(pkg string, rows []Row) error {
	for _, r := range rows {
		v, looked := r.Value, true
		if r.Node != nil {
			var err error
			if v, looked, err = node.Leaf(r.Node); err != nil {
				return gobragg.ConfigErrorf(pkg, r.Field, "%s: %w", r.Name, err)
			}
		}
		if fault := r.fault(v); looked && fault != "" {
			return gobragg.ConfigErrorf(pkg, r.Field, "%s %s %s", r.Name, Quantity(v, r.Unit), fault)
		}
	}
	return nil
}

func (r Row) fault(v float64) string {
	switch {
	case !IsFinite(v):
		return "is not finite"
	case !r.Limit.holds(v):
		return r.Limit.fault
	}
	return ""
}

// IsFinite reports whether v is neither NaN nor infinite.
func IsFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Quantity formats a number with its unit: "3 mm", "181°", "250%".
func Quantity(v float64, unit string) string {
	switch unit {
	case "", "°", "%":
		return number(v) + unit
	}
	return number(v) + " " + unit
}

// number formats whole numbers in full, where %g would give 1e+06.
func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
