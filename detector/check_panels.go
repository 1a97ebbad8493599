package detector

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/config"
)

// checkPanels validates the panels, or the one that fills the frame.
func (c *Config) checkPanels() error {
	total := int64(0)
	names := map[string]bool{}
	for k, p := range c.panels() {
		// Products of two sizes up to MaxPixels, and their sum so far, stay far below 2⁶³.
		if p.Fast > MaxPixels || p.Slow > MaxPixels || total+int64(p.Fast)*int64(p.Slow) > MaxPixels {
			bytes := 16 * float64(p.Fast) * float64(p.Slow)
			return refuse("fast", "%d × %d pixels are too many: their coordinates alone take %.4g bytes, the limit is %d pixels in all panels together", p.Fast, p.Slow, bytes, MaxPixels)
		}
		total += int64(p.Fast) * int64(p.Slow)
		if field, err := p.check(); err != nil {
			if len(c.Panels) == 0 {
				return refuse(field, "%w", err)
			}
			return refuse(fmt.Sprintf("panels.%d.%s", k, field), "panel %q: %w", p.Name, err)
		}
		if p.Sensor != nil {
			own := *p.Sensor
			own.complete()
			if err := own.check(fmt.Sprintf("panels.%d.sensor.", k), fmt.Sprintf("panel %q: ", p.Name)); err != nil {
				return err
			}
		}
		if names[p.Name] {
			return refuse(fmt.Sprintf("panels.%d.name", k), "two panels are named %q", p.Name)
		}
		names[p.Name] = true
	}
	return nil
}

// panels returns the configured panels with default names filled in, or one panel that fills the frame.
func (c *Config) panels() []Panel {
	if len(c.Panels) == 0 {
		return []Panel{{Fast: c.Fast, Slow: c.Slow, Region: c.Region, Mask: c.Mask}}
	}
	out := make([]Panel, len(c.Panels))
	for i, p := range c.Panels {
		if p.Name == "" {
			p.Name = fmt.Sprint(i)
		}
		out[i] = p
	}
	return out
}

// check returns the first invalid field of the panel and what is wrong with it.
func (p Panel) check() (field string, err error) {
	if p.Fast < 1 || p.Slow < 1 {
		return "fast", fmt.Errorf("%d × %d pixels: sizes must be positive", p.Fast, p.Slow)
	}
	if p.Pixel < 0 || !config.IsFinite(p.Pixel) {
		return "pixel", fmt.Errorf("pixel size %v mm is not positive", p.Pixel)
	}
	for i := range 3 {
		if !config.IsFinite(p.Origin[i]) {
			return "origin", fmt.Errorf("origin %v mm is not finite", p.Origin)
		}
		if !config.IsFinite(p.Tilt[i]) {
			return "tilt", fmt.Errorf("tilt %v° is not finite", p.Tilt)
		}
	}
	if _, _, _, err := p.unitAxes(); err != nil {
		return "fast_axis", err
	}
	if r := p.Region; r != nil {
		for _, q := range []struct {
			name     string
			from, to int
			size     int
		}{{"fast", r.FastMin, r.FastMax, p.Fast}, {"slow", r.SlowMin, r.SlowMax, p.Slow}} {
			if q.from > q.to {
				return "region", fmt.Errorf("region %s %d…%d is empty", q.name, q.from, q.to)
			}
			if q.from < 0 || q.to >= q.size {
				return "region", fmt.Errorf("region %s %d…%d is outside 0…%d", q.name, q.from, q.to, q.size-1)
			}
		}
	}
	if p.Mask != nil && len(p.Mask) != p.Fast*p.Slow {
		return "mask", fmt.Errorf("the mask has %d values for %d × %d pixels", len(p.Mask), p.Fast, p.Slow)
	}
	return "", nil
}
