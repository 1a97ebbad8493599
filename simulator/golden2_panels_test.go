package simulator_test

import (
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
)

type golden2Panel struct {
	Origin, Fast, Slow [3]float64
	Pixel              float64
	Size               [2]int
	Thick, Mu          float64
	Layers             int
	Rot, Shift, Pivot  [3]float64
}

// detector places the panels in a frame along the laboratory's axes at the first panel's origin. Each is a group of its own, since
// the independent program turns each about its own axes, by angles of its own.
func (p *golden2Parameters) detector(d *experiment.Detector) error {
	first := p.Panels[0]
	d.Axes = experiment.Axes{Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, 1, 0}, Normal: [3]float64{0, 0, 1}, Beam: p.S0}
	d.Convention, d.Origin, d.Pixel, d.Oversample = detector.Custom, &first.Origin, first.Pixel, p.Oversample
	inFrame := func(v [3]float64) [3]float64 { return geom.Add(v, geom.Scale(-1, first.Origin)) }
	for k, q := range p.Panels {
		panel := experiment.Panel{Fast: q.Size[0], Slow: q.Size[1], Pixel: q.Pixel, Origin: inFrame(q.Origin), FastAxis: q.Fast, SlowAxis: q.Slow, Sensor: &experiment.Sensor{}}
		switch {
		case q.Thick > 0 && q.Mu > 0:
			*panel.Sensor = experiment.Sensor{Thickness: 1e3 * q.Thick, Attenuation: 1e3 / q.Mu, Layers: q.Layers}
		case q.Layers > 1 && q.Thick > 0:
			return notThere("layers at depths of their own that absorb all photons, each")
		}
		if gain := p.layersGain(k); gain != 1 {
			d.Gains = append(d.Gains, experiment.Gain{Name: strconv.Itoa(k), Panel: k, Factor: gain})
		}
		d.Panels = append(d.Panels, panel)
		pivot := inFrame(q.Pivot)
		g := experiment.Group{Panels: []int{k}, Pivot: &pivot, OwnAxes: true, Shift: geom.Scale(1e3, q.Shift)}
		for i, angle := range q.Rot {
			g.Rot[i] = angle / geom.Degree
		}
		d.Groups = append(d.Groups, g)
	}
	return nil
}

// layersGain is what a panel's intensity is multiplied by: layers without a thickness each count all photons, and the mean over
// layers is that of the first panel in photons.
func (p *golden2Parameters) layersGain(k int) float64 {
	gain := 1.0
	if q := p.Panels[k]; q.Thick == 0 || q.Mu == 0 {
		gain = float64(max(1, q.Layers))
	}
	if p.ThickNorm == "mean" {
		gain *= float64(max(1, p.Panels[0].Layers)) / float64(max(1, p.Panels[k].Layers))
	}
	return gain
}

// panelNodes is nodes for those of a panel.
func (p *golden2Parameters) panelNodes(e *experiment.Experiment, path string) ([]golden2Node, error) {
	parts := append(strings.Split(path, "."), "0")
	k, err := strconv.Atoi(parts[0])
	if err != nil {
		return nil, err
	}
	i, err := strconv.Atoi(parts[2])
	if err != nil {
		return nil, err
	}
	group, panel := e.Detector.Groups[k], e.Detector.Panels[k]
	switch parts[1] {
	case "thick": // mm
		return []golden2Node{{n: panel.Thickness, unit: 1e3}}, nil
	case "mu": // 1/mm
		mu := p.Panels[k].Mu
		return []golden2Node{{n: panel.Attenuation, unit: -1e3 / (mu * mu), bend: 2e3 / (mu * mu * mu)}}, nil
	case "pixel": // mm
		return []golden2Node{{n: panel.Pixel, unit: 1}}, nil
	case "shift": // m
		return []golden2Node{{n: group.Shift[i], unit: 1e3}}, nil
	case "rot":
		return []golden2Node{{n: group.Rot[i], unit: 1 / geom.Degree}}, nil
	}
	return nil, notThere("derivatives by panels." + path)
}
