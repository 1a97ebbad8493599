package experiment

import (
	"slices"

	"github.com/gobragg/gobragg/detector"
)

// OnSpots returns the configuration with a detector that simulates the pixels in the boxes of predicted
// reflections alone, as far as its regions and masks select them: those that receive the light of a
// refinement's crystals. If they are none, the error is that of [Config.Build].
//
// With boxes of 6 standard deviations, the light of Gaussian spots outside is less than 1e-6 of the sum.
// Pixels without a spot have the background alone, so that a refinement without them knows less of it.
func (c *Config) OnSpots(lists []Predicted) (*Config, error) {
	cfg, _, err := c.detectorConfig()
	if err != nil {
		return nil, err
	}
	out := *c
	d := &out.Detector
	whole := len(cfg.Panels) == 0
	if whole {
		cfg.Panels = []detector.Panel{{Fast: or(cfg.Fast, detector.DefaultPixels), Slow: or(cfg.Slow, detector.DefaultPixels), Mask: cfg.Mask}}
	}
	d.Panels = slices.Clone(d.Panels)
	var masks [][]bool
	var fast []int
	for _, p := range cfg.Panels {
		masks, fast = append(masks, make([]bool, p.Fast*p.Slow)), append(fast, p.Fast)
	}
	for i := range lists {
		lists[i].Mark(masks, fast)
	}
	for i, p := range cfg.Panels {
		for n := range p.Mask {
			masks[i][n] = masks[i][n] && p.Mask[n]
		}
		if whole {
			d.Mask, d.MaskFile = masks[i], ""
		} else {
			d.Panels[i].Mask, d.Panels[i].MaskFile = masks[i], ""
		}
	}
	return &out, nil
}
