package smv

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/format/internal/text"
)

// ErrAbsent is, by errors.Is, the error of a key that the header does not have, or whose value says that there
// is none: nothing, or a word such as n/a or unknown.
var ErrAbsent = errors.New("no value")

// absentError is an [ErrAbsent] that says of which key.
type absentError string

func (e absentError) Error() string { return string(e) }

func (e absentError) Is(target error) bool { return target == ErrAbsent }

// units of the keys that are numbers with a unit of their own, and what a number in another unit is
// multiplied by. Keys are in no unit otherwise.
var (
	lengths     = units{"mm": 1, "cm": 10, "m": 1e3, "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "micron": 1e-3, "microns": 1e-3}
	wavelengths = units{"a": 1, "å": 1, "Å": 1, "ang": 1, "angstrom": 1, "angstroms": 1, "angstroem": 1, "nm": 10, "pm": 0.01, "m": 1e10}
	angles      = units{"deg": 1, "deg.": 1, "degree": 1, "degrees": 1, "°": 1, "rad": 180 / math.Pi, "radian": 180 / math.Pi, "radians": 180 / math.Pi, "mrad": 0.18 / math.Pi}
	pixelUnits  = units{"pixel": 1, "pixels": 1, "px": 1}
	plain       = units{}
)

type units map[string]float64

// unitsOf returns the units that values of a key may have.
func unitsOf(key string) units {
	switch key = strings.ToUpper(key); {
	case strings.Contains(key, "ORGX") || strings.Contains(key, "ORGY"):
		return pixelUnits
	case strings.Contains(key, "WAVELENGTH"):
		return wavelengths
	case key == "PHI" || key == "OMEGA" || key == "KAPPA" || strings.HasPrefix(key, "OSC_") || strings.HasPrefix(key, "TWOTHETA") || strings.HasSuffix(key, "PHI"):
		return angles
	case strings.Contains(key, "DISTANCE") || strings.Contains(key, "PIXEL_SIZE") || strings.Contains(key, "CENTER") || strings.Contains(key, "_BEAM"):
		return lengths
	}
	return plain
}

// Float returns the value of a key as a number in the key's own unit: mm, Å, degrees or pixels. A
// number with that unit after it is that number, one with another unit of the same kind is
// converted, and several numbers that are equal, such as the two edges of a pixel, are one. A value
// that is none of these is an error; a missing one has [ErrAbsent] in it.
func (h *Header) Float(key string) (float64, error) {
	value, ok := h.values[key]
	if !ok {
		return 0, absentError("smv: the header has no " + key)
	}
	switch strings.ToLower(strings.Trim(value, "?-. \t")) {
	case "", "n/a", "na", "nan", "none", "null", "nil", "unknown", "undefined", "unset", "not set":
		return 0, absentError(fmt.Sprintf("smv: %s is %s", key, text.Quote([]byte(value))))
	}
	x, ok := quantity(value, unitsOf(key))
	if !ok {
		return 0, fmt.Errorf("smv: %s is %s, not a finite number", key, text.Quote([]byte(value)))
	}
	return x, nil
}

// quantity parses equal numbers, separated by blanks or commas, and a unit that may follow.
func quantity(value string, known units) (x float64, ok bool) {
	fields := text.Fields(nil, []byte(value), text.Separator)
	count := 0
	for i, f := range fields {
		y, isNumber := text.Float(f)
		switch {
		case isNumber && (count == 0 || y == x):
			x = y
			count++
			continue
		case count == 0: // perhaps a number that touches its unit
			end := strings.LastIndexAny(string(f), "0123456789.") + 1
			if y, isNumber = text.Float(f[:end]); !isNumber {
				return 0, false
			}
			x, f = y, f[end:]
		}
		factor, isUnit := known[string(f)]
		if !isUnit {
			factor, isUnit = known[strings.ToLower(string(f))]
		}
		if !isUnit || i != len(fields)-1 {
			return 0, false
		}
		x *= factor
		return x, !math.IsInf(x, 0)
	}
	return x, count > 0
}
