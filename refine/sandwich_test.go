package refine_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/refine"
)

// For a model that fits, the sandwich covariance is the inverse of the Fisher matrix, as far as counts are many; with all pixels
// in one group there is no variance left at a minimum.
func TestSandwich(t *testing.T) {
	ctx := context.Background()
	set := small(1)
	e := set.build(t, nil)
	e.measure(t, set, refine.ModelConfig{Background: refine.Flat, Level: 2})
	p := e.problem(t, e.crystal.Cell.A, e.model.Scale, e.model.Flat)
	r, err := refine.Run(ctx, p, nil)
	check(t, err)
	tiles := make([]int, 96*96)
	for i := range tiles {
		tiles[i] = i/96/8*12 + i%96/8
	}
	for name, groups := range map[string][]int{"pixels": nil, "tiles": tiles} {
		u, err := p.Sandwich(ctx, groups)
		check(t, err)
		if !u.Sandwich || u.Reduced != r.Uncertainty.Reduced {
			t.Errorf("%s: sandwich %v, χ² %g, that of the result %g", name, u.Sandwich, u.Reduced, r.Uncertainty.Reduced)
		}
		for i, s := range u.Sigma {
			if ratio := s / r.Uncertainty.Sigma[i]; math.Abs(ratio-1) > 0.2 { // 144 tiles: 1/√(2·144) is 6 %
				t.Errorf("%s: σ of %s is %g times that of the Fisher matrix", name, u.Names[i], ratio)
			}
		}
	}
	u, err := p.Sandwich(ctx, make([]int, 96*96))
	check(t, err)
	if s := u.Sigma[0] / r.Uncertainty.Sigma[0]; s > 0.05 {
		t.Errorf("one group: σ is %g times that of the Fisher matrix", s)
	}
	if _, err := p.Sandwich(ctx, make([]int, 5)); err == nil || !strings.Contains(err.Error(), "5 groups") {
		t.Errorf("5 groups: %v", err)
	}
}
