package viewer

import (
	"net/http"
	"strings"
)

func (s *Session) getPixel(r *http.Request) (any, error) {
	q := query{Values: r.URL.Query()}
	image, panel, fast, slow := q.integer("image"), q.integer("panel"), q.number("fast"), q.number("slow")
	if q.err != nil {
		return nil, q.err
	}
	return s.Pixel(r.Context(), image, panel, fast, slow)
}

func (s *Session) getSpots(r *http.Request) (any, error) {
	q := query{Values: r.URL.Query()}
	image := q.integer("image")
	if q.err != nil {
		return nil, q.err
	}
	return s.Spots(r.Context(), image, q.Get("residuals") == "1")
}

func (s *Session) getHistogram(r *http.Request) (any, error) {
	q := query{Values: r.URL.Query()}
	key := s.askedLayer(&q)
	if q.err != nil {
		return nil, q.err
	}
	l, err := s.layer(r.Context(), key)
	if err != nil {
		return nil, err
	}
	return l.histogram(), nil
}

func (s *Session) getRadial(r *http.Request) (any, error) {
	q := query{Values: r.URL.Query()}
	image := q.integer("image")
	if q.err != nil {
		return nil, q.err
	}
	return s.Radial(r.Context(), image)
}

func (s *Session) getLine(r *http.Request) (any, error) {
	q := query{Values: r.URL.Query()}
	image, from, to := q.integer("image"), [2]float64{q.number("x0"), q.number("y0")}, [2]float64{q.number("x1"), q.number("y1")}
	if q.err != nil {
		return nil, q.err
	}
	return s.Line(r.Context(), image, from, to)
}

func (s *Session) getRocking(r *http.Request) (any, error) {
	q := query{Values: r.URL.Query()}
	image, panel, fast, slow, half := q.integer("image"), q.integer("panel"), q.number("fast"), q.number("slow"), q.integer("half")
	if q.err != nil {
		return nil, q.err
	}
	return s.Rocking(r.Context(), image, panel, fast, slow, half)
}

func (s *Session) getAlike(r *http.Request) (any, error) {
	q := query{Values: r.URL.Query()}
	image := q.integer("image")
	if q.err != nil {
		return nil, q.err
	}
	return s.Alike(r.Context(), image, strings.Split(q.Get("names"), ","))
}

func (s *Session) getCommand(r *http.Request) (any, error) {
	v, err := ParseShown(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	return map[string]string{"command": s.Command(v)}, nil
}

func (s *Session) postValues(r *http.Request) (any, error) {
	var values map[string]float64
	if err := body(r, &values); err != nil {
		return nil, err
	}
	return s.afterwards(s.Turn(r.Context(), values))
}

func (s *Session) postRefine(r *http.Request) (any, error) {
	var asked struct {
		Free   []string
		Reject bool
	}
	if err := body(r, &asked); err != nil {
		return nil, err
	}
	return struct{}{}, s.Refine(asked.Free, asked.Reject)
}

func (s *Session) postMask(r *http.Request) (any, error) {
	var h shape
	if err := body(r, &h); err != nil {
		return nil, err
	}
	if err := s.Mask(h); err != nil {
		return nil, mistake{err}
	}
	return s.State(), nil
}

func (s *Session) postSave(r *http.Request) (any, error) {
	var asked struct{ What string }
	if err := body(r, &asked); err != nil {
		return nil, err
	}
	paths, err := s.Save(asked.What)
	return map[string][]string{"paths": paths}, err
}
