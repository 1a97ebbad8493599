package main

import "github.com/gobragg/gobragg/detector"

// centre is one way of saying where the detector stands, along one axis.
type centre struct {
	name  string
	value optional[float64] // mm
	from  entry             // of the header that the value is of, if any
}

// centres are the convention's beam centre, and the point near the crystal along the fast and slow axes.
func (r *resolver) centres() (beam, near [2]float64, err error) {
	d := &r.s.experiment.Detector
	size := r.s.show.detectorSize
	for i, x := range []string{"X", "Y"} {
		byBeam := centre{name: "-" + x + "beam", value: r.beamCentre[i]}
		// Of a header that is meant so, the near point is what a detector of the user's own axes turns about.
		nearer := r.camera.meant && r.convention == detector.Custom && d.Pivot == detector.AboutSample && r.camera.org[i].given
		if e := r.camera.beamCentre[i]; !byBeam.value.given && e.key != "" && !nearer {
			byBeam = centre{"the header's " + e.key, e.optional, e}
		}
		byClose, byOrg := centre{name: "-" + x + "close", value: r.closeCentre[i]}, centre{name: "-ORG" + x, value: r.org[i]}
		if !byOrg.value.given {
			byOrg.value, byOrg.from = r.camera.org[i].optional, r.camera.org[i]
		}
		if byOrg.value.given {
			byOrg.value.value = (byOrg.value.value - 0.5) * d.Pixel
		}
		middle := size[i] / 2

		corner := byClose.value.orElse(byOrg.value).or(middle)
		preset := corner
		switch r.convention {
		case detector.MOSFLM, detector.DENZO: // x runs along the slow axis
			preset = (size[1-i] + d.Pixel) / 2
		case detector.ADXV:
			preset = (size[i] + [...]float64{d.Pixel, -d.Pixel}[i]) / 2
		}
		beam[i] = byBeam.value.or(preset)
		order := r.centreOrder(byBeam, byClose, byOrg)
		near[i] = middle
		for _, c := range order {
			if c.name == byBeam.name {
				r.s.beamPlaces[i] = true // or would, were it given
			}
			if _, err := r.use(c.from); err != nil {
				return beam, near, err
			}
			if c.value.given {
				near[i] = c.value.value
				break
			}
		}
		r.lostCentres(order, centre{name: "-" + x + "beam", value: r.beamCentre[i]}, byClose, centre{name: "-ORG" + x, value: r.org[i]})
		if i == 0 {
			r.s.show.closeX = corner
		} else {
			r.s.show.closeY = corner
		}
	}
	return beam, near, nil
}

// centreOrder are the options that can place the detector, the one that wins first.
func (r *resolver) centreOrder(byBeam, byClose, byOrg centre) []centre {
	own := r.convention == detector.Custom
	turnsAboutBeam := r.s.experiment.Detector.Pivot == detector.AboutBeam
	switch {
	case turnsAboutBeam && !own && r.convention != detector.XDS && r.convention != detector.DIALS:
		return []centre{byBeam}
	case turnsAboutBeam, own && !r.s.exact():
		return []centre{byBeam, byClose, byOrg}
	case own:
		return []centre{byClose, byOrg, byBeam}
	case r.s.exact():
		return []centre{byClose, byOrg}
	}
	return []centre{byOrg}
}

// lostCentres notes which of the given options have no effect because another one places the detector.
func (r *resolver) lostCentres(order []centre, given ...centre) {
	winner := order[0].name
	for _, c := range order {
		if c.value.given {
			winner = c.name
			break
		}
	}
	for _, c := range given {
		if c.value.given && c.name != winner {
			r.note("%s has no effect on the image: with %v axes and the pivot about the %s, %s places the detector",
				c.name, r.convention, pivotName(r.s.experiment.Detector.Pivot), winner)
		}
	}
}
