package structure

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

// it1992 has the coefficients of International Tables for Crystallography C (1992), table 6.1.1.4:
// neutral atoms to californium and ions, four Gaussians and a constant, for sin θ/λ up to 2 Å⁻¹.
//
//go:embed it1992.tsv
var it1992 string

// FormFactor is the scattering factor of an atom at rest, in electrons, as four Gaussians and a
// constant:
//
//	f(s) = C + Σ A exp(−B s²/4), s = 1/d = 2 sin θ/λ
type FormFactor struct {
	A, B [4]float64 // electrons, Å²
	C    float64    // electrons
}

// At returns f at s² = 1/d², in Å⁻².
func (f *FormFactor) At(s2 float64) float64 {
	sum := f.C
	for i, a := range f.A {
		sum += a * math.Exp(-f.B[i]*s2/4)
	}
	return sum
}

var formFactors = sync.OnceValue(func() map[string]FormFactor {
	m := map[string]FormFactor{}
	for line := range strings.Lines(it1992) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		var v [9]float64
		for i := range v {
			var err error
			if v[i], err = strconv.ParseFloat(words[i+1], 64); err != nil {
				panic(fmt.Sprintf("structure: table of form factors: %v", err))
			}
		}
		m[words[0]] = FormFactor{A: [4]float64{v[0], v[2], v[4], v[6]}, B: [4]float64{v[1], v[3], v[5], v[7]}, C: v[8]}
	}
	m["D"] = m["H"]
	return m
})

// FormFactorOf returns the form factor of an element or an ion as [Scatterer] names it, for instance
// "C" or "Fe3+".
func FormFactorOf(scatterer string) (FormFactor, error) {
	f, known := formFactors()[scatterer]
	if !known {
		return FormFactor{}, fmt.Errorf("structure: there is no form factor of %.20q", scatterer)
	}
	return f, nil
}

// Scatterer returns the name that [FormFactorOf] takes for an element, in either case, and its
// charge. An ion that is not tabulated is taken as neutral. An element that is not tabulated is an
// error.
func Scatterer(element string, charge int) (string, error) {
	name := strings.TrimSpace(element)
	if len(name) > 0 && len(name) <= 2 {
		name = strings.ToUpper(name[:1]) + strings.ToLower(name[1:])
	}
	if charge != 0 {
		sign := '+'
		if charge < 0 {
			sign = '-'
		}
		ion := fmt.Sprintf("%s%d%c", name, max(charge, -charge), sign)
		if _, known := formFactors()[ion]; known {
			return ion, nil
		}
	}
	if _, known := formFactors()[name]; !known || strings.ContainsAny(name, "+-") {
		return "", fmt.Errorf("structure: %.20q is no element with a known form factor", element)
	}
	return name, nil
}
