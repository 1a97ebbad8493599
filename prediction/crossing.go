package prediction

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// event is an angle of the image at which a reflection diffracts a line: a crossing of the Ewald sphere,
// the nearest approach to it of one that does not cross, or an end of the image next to those.
type event struct {
	turned
	excited
	entering, grazing bool
}

// sameAngle is how near two angles in radians are one, by the roundings of angles up to some turns.
const sameAngle = 1e-9

// events appends those of a point in the image.
func (m *model) events(list []event, p [3]float64, s *sphere) []event {
	if m.still {
		e := event{turned: m.ends[0], excited: m.excite(p, s, &m.ends[0])}
		if m.within(&e.excited) {
			list = append(list, e)
		}
		return list
	}
	// 2κ times the distance, but for a small factor.
	square := geom.Dot(p, p)
	low, high := square+2*s.kappa*geom.Dot(p, m.ends[0].incident), square+2*s.kappa*geom.Dot(p, m.ends[1].incident)
	var atEnd [2]bool
	for k, f := range [2]float64{low, high} {
		if math.Abs(f) > m.reach(s) {
			continue
		}
		e := event{turned: m.ends[k], excited: m.excite(p, s, &m.ends[k])}
		// Away from the end, into the image, the point departs from the sphere.
		away := e.distance*e.rate >= 0
		if k == 1 {
			away = e.distance*e.rate <= 0
		}
		if away && m.within(&e.excited) {
			e.entering, e.grazing = e.rate < 0, m.grazes(&e.excited, s)
			list = append(list, e)
			atEnd[k] = true
		}
	}
	if low*high > 0 && m.brief && !m.turnsBack(p) {
		return list // the same side of the sphere all the time
	}
	return m.crossings(list, atEnd, p, s)
}

// reach returns the largest 2κ|x| + x² of reflections in the list.
func (m *model) reach(s *sphere) float64 { return m.near * (2*s.kappa + m.near) }

// within reports whether a point is near enough to the sphere.
func (m *model) within(e *excited) bool { return math.Abs(e.distance) <= m.setup.Widths*e.sigma }

// turnsBack reports whether the distance of a point from the sphere has a maximum or a minimum in the image,
// of less than half a turn, so that it may cross it twice.
func (m *model) turnsBack(p [3]float64) bool {
	moved := geom.Cross(m.spindle, p)
	return geom.Dot(moved, m.ends[0].incident)*geom.Dot(moved, m.ends[1].incident) <= 0
}

// circle returns the constants of the equation of a point on the sphere at the angle φ:
//
//	along cos φ + across sin φ = c = −|p|²/(2κ) − (p·s)(s·i)
//
// with the components of the incident direction that are perpendicular to the spindle s.
func (m *model) circle(p [3]float64, s *sphere) (along, across, c float64) {
	return geom.Dot(p, m.alongBeam), geom.Dot(p, m.acrossBeam), -geom.Dot(p, p)/(2*s.kappa) - geom.Dot(p, m.spindle)*m.spindleBeam
}

// crossings appends those inside the image; atEnd says which of its ends are events already.
func (m *model) crossings(list []event, atEnd [2]bool, p [3]float64, s *sphere) []event {
	along, across, c := m.circle(p, s)
	reach := math.Hypot(along, across)
	outermost := math.Atan2(across, along) // the angle at which the point is farthest out
	// Where the point is nearest to the sphere, or turns back soonest after crossing it.
	nearest := outermost
	if c < 0 {
		nearest += math.Pi
	}
	if depth := 2 * s.kappa * math.Abs(reach-math.Abs(c)); depth <= m.reach(s) {
		t := m.turn(nearest)
		e := m.excite(p, s, &t)
		if math.Abs(e.distance) <= e.sigma || reach <= math.Abs(c) { // one crossing, not two
			before := len(list)
			if m.within(&e) {
				list = m.inside(list, atEnd, nearest, func(t turned) event {
					return event{turned: t, excited: m.excite(p, s, &t), grazing: true}
				})
			}
			if len(list) > before {
				return list
			}
		}
	}
	if !(math.Abs(c) < reach) {
		return list
	}
	half := math.Acos(c / reach)
	for _, phi := range [2]float64{outermost - half, outermost + half} {
		list = m.inside(list, atEnd, phi, func(t turned) event {
			e := event{turned: t, excited: m.excite(p, s, &t)}
			e.distance = 0
			e.entering, e.grazing = e.rate < 0, m.grazes(&e.excited, s)
			return e
		})
	}
	return list
}

// inside appends an event at an angle, and at all that differ from it by turns, in the image.
func (m *model) inside(list []event, atEnd [2]bool, phi float64, at func(turned) event) []event {
	const turn = 2 * math.Pi
	first, last := m.ends[0].phi, m.ends[1].phi
	for phi += turn * math.Ceil((first-sameAngle-phi)/turn); phi <= last+sameAngle; phi += turn {
		if atEnd[0] && phi < first+sameAngle || atEnd[1] && phi > last-sameAngle {
			continue // the crossing at that end
		}
		list = append(list, at(m.turn(min(max(phi, first), last))))
	}
	return list
}

// grazes reports whether a point at a crossing turns back before it is out of the sphere's reach.
func (m *model) grazes(e *excited, s *sphere) bool {
	along, across, c := m.circle(e.p, s)
	depth := math.Abs(math.Hypot(along, across) - math.Abs(c))
	return depth < m.setup.Widths*e.sigma
}
