package detector

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/geom"
)

// perpendicular is the largest absolute cosine between detector axes. Vectors copied from a
// program's output with five decimals pass; a wrong vector does not.
const perpendicular = 1e-3

// unitAxes returns the convention's axes, replaced by those that are given, as unit vectors.
func unitAxes(c Convention, given Axes) (Axes, error) {
	out := c.Axes()
	for _, a := range []struct {
		field, name string
		given       [3]float64
		out         *[3]float64
	}{
		{"beam", "beam", given.Beam, &out.Beam},
		{"fast", "fast", given.Fast, &out.Fast},
		{"slow", "slow", given.Slow, &out.Slow},
		{"normal", "normal", given.Normal, &out.Normal},
		{"twotheta", "two-theta", given.TwoTheta, &out.TwoTheta},
		{"polarization", "polarization", given.Polarization, &out.Polarization},
		{"spindle", "spindle", given.Spindle, &out.Spindle},
	} {
		if a.given == [3]float64{} {
			continue
		}
		u, err := unit(a.given)
		if err != nil {
			return out, refuse("axes."+a.field, "%s axis %w", a.name, err)
		}
		*a.out = u
	}
	for _, p := range []struct {
		one, other string
		cos        float64
	}{
		{"fast", "slow", geom.Dot(out.Fast, out.Slow)},
		{"fast", "normal", geom.Dot(out.Fast, out.Normal)},
		{"slow", "normal", geom.Dot(out.Slow, out.Normal)},
	} {
		if math.Abs(p.cos) > perpendicular {
			return out, refuse("axes."+p.one, "%s and %s axes are not perpendicular: the cosine of their angle is %.6g", p.one, p.other, p.cos)
		}
	}
	return out, nil
}

// unitAxes returns the panel's fast, slow and fast × slow axes in the frame as unit vectors.
func (p Panel) unitAxes() (fast, slow, normal [3]float64, err error) {
	fast, slow = [3]float64{1, 0, 0}, [3]float64{0, 1, 0}
	if p.FastAxis != [3]float64{} {
		if fast, err = unit(p.FastAxis); err != nil {
			return fast, slow, normal, fmt.Errorf("fast axis %w", err)
		}
	}
	if p.SlowAxis != [3]float64{} {
		if slow, err = unit(p.SlowAxis); err != nil {
			return fast, slow, normal, fmt.Errorf("slow axis %w", err)
		}
	}
	if cos := geom.Dot(fast, slow); math.Abs(cos) > perpendicular {
		return fast, slow, normal, fmt.Errorf("fast and slow axes are not perpendicular: the cosine of their angle is %.6g", cos)
	}
	normal, err = unit(geom.Cross(fast, slow))
	return fast, slow, normal, err
}

// unit returns v scaled to length 1, or an error if v is not finite. v must not be 0.
func unit(v [3]float64) ([3]float64, error) {
	for _, x := range v {
		if !config.IsFinite(x) {
			return v, fmt.Errorf("%v is not finite", v)
		}
	}
	return geom.Unit(v), nil
}
