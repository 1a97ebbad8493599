package experiment

import (
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// Geometry returns the geometry and the crystals of the experiment at the current values of the nodes, in the laboratory of
// package format, as other programs need them: crystals as they are at phi = 0, all with the experiment's missets in their
// matrices. A beam of several sources has the mean direction and wavelength.
func (e *Experiment) Geometry() (*format.Geometry, []format.Crystal, error) {
	turn, incident, wavelength, err := e.laboratory()
	if err != nil {
		return nil, nil, err
	}
	c := &e.config
	bc, err := c.BeamConfig()
	if err != nil {
		return nil, nil, err
	}
	g := &format.Geometry{Wavelength: wavelength, ToSource: geom.Scale(-1, geom.Apply(turn, incident))}
	if kahn, err := e.value(e.Beam.Kahn); err != nil {
		return nil, nil, err
	} else if !bc.NoPolarization {
		normal := geom.Cross(incident, bc.Polarization) // E = normal × direction
		g.Polarization = &format.Polarization{Normal: geom.Unit(geom.Apply(turn, normal)), Fraction: (1 + kahn) / 2}
	}
	planes, err := e.Detector.Planes()
	if err != nil {
		return nil, nil, refused("detector", err)
	}
	sensors, err := e.Detector.SensorsAt(wavelength)
	if err != nil {
		return nil, nil, refused("detector", err)
	}
	for i := range planes {
		p := &planes[i]
		panel := format.Panel{Name: p.Name, Origin: geom.Apply(turn, p.Corner), Fast: geom.Apply(turn, p.Fast), Slow: geom.Apply(turn, p.Slow),
			Pixel: [2]float64{p.Pixel, p.Pixel}, Size: [2]int{p.FastPixels, p.SlowPixels}, Gain: or(c.Counts.Gain, 1), Pedestal: c.Counts.Pedestal}
		if s := &sensors[i]; s.Thickness > 0 {
			panel.Thickness, panel.Mu, panel.Material = s.Thickness/1000, 1000/s.Attenuation, s.Material
		}
		if top := c.Counts.Overload; top > 0 {
			panel.Trusted = &[2]float64{0, top - 1}
		}
		g.Panels = append(g.Panels, panel)
	}
	groups, err := e.Detector.GroupPlaces()
	if err != nil {
		return nil, nil, refused("detector", err)
	}
	for _, p := range groups {
		g.Groups = append(g.Groups, format.Group{Name: p.Name, Panels: p.Panels, Origin: geom.Apply(turn, p.Pivot), Fast: geom.Apply(turn, p.Fast), Slow: geom.Apply(turn, p.Slow)})
	}
	if err := e.placeRotation(g, turn); err != nil {
		return nil, nil, err
	}
	var crystals []format.Crystal
	points, err := e.scanPoints(turn)
	if err != nil {
		return nil, nil, err
	}
	err = e.resting(func() error {
		for i, x := range e.Crystals {
			n, err := x.At()
			if err != nil {
				return refused(c.prefix(i), err)
			}
			a := geom.Mul(turn, geom.Columns(n.AStar, n.BStar, n.CStar))
			crystals = append(crystals, format.Crystal{A: a, SpaceGroup: e.hall(i, a), ScanPoints: points[i]})
		}
		return nil
	})
	return g, crystals, err
}

// placeRotation gives a geometry the rotation of the first crystal, of the whole scan if there is one.
func (e *Experiment) placeRotation(g *format.Geometry, turn [3][3]float64) error {
	xc, _, err := e.config.lattice(0)
	if err != nil {
		return err
	}
	axis := geom.Unit(geom.Apply(turn, xc.Spindle))
	if s := e.config.Scan; s != nil {
		own, err := e.ownPhi(0)
		if err != nil {
			return err
		}
		g.Rotation = format.NewRotation(axis, own+s.Phi, s.Width, s.FirstImage(), s.Images)
		return nil
	}
	phi, err := e.value(e.Crystals[0].Phi)
	if err != nil {
		return err
	}
	osc, err := e.value(e.Crystals[0].Osc)
	if err != nil {
		return err
	}
	g.Rotation = format.NewRotation(axis, phi, osc, 1, 1)
	return nil
}

// laboratory returns the rotation from the experiment's laboratory to that of package format, x along the spindle and z
// towards the source, and the mean of the beam.
func (e *Experiment) laboratory() (turn [3][3]float64, incident [3]float64, wavelength float64, err error) {
	list, err := e.Beam.At()
	if err != nil {
		return turn, incident, 0, refused("beam", err)
	}
	weight := 0.0
	for _, s := range list {
		incident = geom.Add(incident, geom.Scale(s.Weight, s.Incident))
		wavelength += s.Weight * s.Wavelength
		weight += s.Weight
	}
	incident, wavelength = geom.Unit(incident), wavelength/weight
	xc, _, err := e.config.lattice(0)
	if err != nil {
		return turn, incident, 0, err
	}
	x := geom.Unit(xc.Spindle)
	// The source's direction without its part along the spindle; of a spindle along the beam, any direction will do.
	z := geom.Scale(-1, incident)
	z = geom.Add(z, geom.Scale(-geom.Dot(z, x), x))
	if geom.Norm(z) < 1e-6 {
		smallest := 0
		for k := range x {
			if math.Abs(x[k]) < math.Abs(x[smallest]) {
				smallest = k
			}
		}
		z = [3]float64{}
		z[smallest] = 1
		z = geom.Add(z, geom.Scale(-geom.Dot(z, x), x))
	}
	z = geom.Unit(z)
	return [3][3]float64{x, geom.Cross(z, x), z}, incident, wavelength, nil
}
