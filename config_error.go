package gobragg

import "fmt"

// ConfigError is what is wrong with one field of a configuration. Packages crystal, beam, detector and structure return it,
// possibly wrapped, for every configuration that they refuse: errors.As finds it, so that a program can mark the field.
type ConfigError struct {
	// Package whose configuration it is: "crystal", "beam", "detector", "structure".
	Package string
	// Field of its Config, as a path of lower-case names: "cell.gamma", "distance", "panels.2.tilt". Where several fields
	// contradict each other it is the one to look at first.
	Field string
	// Reason names the value, its unit and what is wanted: "cell angle gamma 181° is outside (0°, 180°)".
	Reason string
	// Err is the error that Reason has the text of, or nil.
	Err error
}

// Error is "package: reason".
func (e *ConfigError) Error() string { return e.Package + ": " + e.Reason }

// Unwrap returns Err.
func (e *ConfigError) Unwrap() error { return e.Err }

// ConfigErrorf makes a [ConfigError] whose Reason is formatted as by [fmt.Errorf]: %w sets Err.
func ConfigErrorf(pkg, field, format string, args ...any) *ConfigError {
	err := fmt.Errorf(format, args...)
	e := &ConfigError{Package: pkg, Field: field, Reason: err.Error()}
	if u, ok := err.(interface{ Unwrap() error }); ok {
		e.Err = u.Unwrap()
	}
	return e
}
