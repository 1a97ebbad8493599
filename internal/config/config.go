// Package config is what crystal, beam and detector check their configurations with: a table of rows, one a number, by
// which both a configuration and the present values of the nodes made of it are held against the same limits.
package config

import (
	"fmt"
	"math"
	"strconv"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/node"
)

// Row is one number of a configuration and what it may be.
type Row struct {
	// Field is its path, as gobragg.ConfigError has it: "cells.a".
	Field string
	// Name and Unit are for messages: "number of cells along a", "Å".
	Name, Unit string
	Limit      Limit
	// Value is what is configured.
	Value float64
	// Node was made of it, and its present value is checked instead; nil where there is none. Nodes that an operation
	// computes are not looked at: what they come to is known only when a graph runs.
	Node *G.Node
}

// Number is a Row, for tables that read like tables.
func Number(field, name, unit string, limit Limit, value float64, n *G.Node) Row {
	return Row{field, name, unit, limit, value, n}
}

// Limit is what a finite number may be.
type Limit struct {
	holds func(v float64) bool
	fault string // "is negative"
}

// Limits.
var (
	Finite      = Limit{func(float64) bool { return true }, ""}
	Positive    = Limit{func(v float64) bool { return v > 0 }, "is not positive"}
	NotNegative = Limit{func(v float64) bool { return v >= 0 }, "is negative"}
)

// Within is the limit of numbers from least to most, both included.
func Within(least, most float64) Limit {
	return Limit{func(v float64) bool { return v >= least && v <= most }, fmt.Sprintf("is outside [%s, %s]", number(least), number(most))}
}

// Below is the limit of numbers from least, included, to end, excluded.
func Below(least, end float64) Limit {
	return Limit{func(v float64) bool { return v >= least && v < end }, fmt.Sprintf("is outside [%s, %s)", number(least), number(end))}
}

// Vector is a row for each component of a vector, which share a field.
func Vector(field, name, unit string, v [3]float64) []Row {
	var rows []Row
	for _, x := range v {
		rows = append(rows, Row{Field: field, Name: name, Unit: unit, Limit: Finite, Value: x})
	}
	return rows
}

// Check returns the first row's error, a [gobragg.ConfigError] of a package.
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

// Quantity is a number with its unit: "3 mm", "181°", "250%".
func Quantity(v float64, unit string) string {
	switch unit {
	case "", "°", "%":
		return number(v) + unit
	}
	return number(v) + " " + unit
}

// number writes whole numbers out, where %g would write 1e+06.
func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
