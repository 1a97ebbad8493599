package gobragg

import "fmt"

// ConfigError reports what is wrong with one field of a configuration. Packages crystal, beam,
// detector and structure return one, possibly wrapped, for every configuration they reject; use
// [errors.As] to find it and mark the field.
type ConfigError struct {
	// Package is the package that rejected the configuration: "crystal", "beam", "detector" or
	// "structure".
	Package string
	// Field is the path of the field in that package's Config, in lower case: "cell.gamma",
	// "distance", "panels.2.tilt". If several fields contradict each other, it is the one to look
	// at first.
	Field string
	// Reason gives the value, its unit and what was expected: "cell angle gamma 181° is outside
	// (0°, 180°)".
	Reason string
	// Err is the underlying error, whose text Reason contains, or nil.
	Err error
}

// Error returns "package: reason".
func (e *ConfigError) Error() string { return e.Package + ": " + e.Reason }

// Unwrap returns Err.
func (e *ConfigError) Unwrap() error { return e.Err }

// ConfigErrorf returns a [ConfigError] whose Reason is formatted as by [fmt.Errorf]; %w sets Err.
func ConfigErrorf(pkg, field, format string, args ...any) *ConfigError {
	err := fmt.Errorf(format, args...)
	e := &ConfigError{Package: pkg, Field: field, Reason: err.Error()}
	if u, ok := err.(interface{ Unwrap() error }); ok {
		e.Err = u.Unwrap()
	}
	return e
}
