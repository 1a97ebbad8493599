package viewer

import (
	"crypto/subtle"
	"embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

//go:embed web
var web embed.FS

// mostBody is how many bytes a request may have.
const mostBody = 4 << 20

// Handler serves the page of the session under /token/ and nothing else. Requests of pages of other origins are refused, and those
// to another host than the one that the browser was given.
func (s *Session) Handler(token string) http.Handler {
	files, err := fs.Sub(web, "web")
	if err != nil { // the folder is embedded
		panic(err)
	}
	m := http.NewServeMux()
	m.Handle("GET /", http.FileServerFS(files))
	m.HandleFunc("GET /api/state", s.reply(func(r *http.Request) (any, error) { return s.State(), nil }))
	m.HandleFunc("GET /api/rings", s.reply(func(r *http.Request) (any, error) { return s.Rings() }))
	m.HandleFunc("GET /api/spots", s.reply(s.getSpots))
	m.HandleFunc("GET /api/pixel", s.reply(s.getPixel))
	m.HandleFunc("GET /api/histogram", s.reply(s.getHistogram))
	m.HandleFunc("GET /api/radial", s.reply(s.getRadial))
	m.HandleFunc("GET /api/tile", s.getTile)
	m.HandleFunc("GET /api/events", s.getEvents)
	m.HandleFunc("POST /api/values", s.reply(s.postValues))
	m.HandleFunc("POST /api/refine", s.reply(s.postRefine))
	m.HandleFunc("POST /api/stop", s.reply(func(*http.Request) (any, error) { s.Stop(); return struct{}{}, nil }))
	m.HandleFunc("POST /api/mask", s.reply(s.postMask))
	m.HandleFunc("POST /api/save", s.reply(s.postSave))
	return guard(token, http.StripPrefix("/"+token, m))
}

// guard lets through what knows the token and comes from the page itself.
func guard(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("Referrer-Policy", "no-referrer") // which would tell the token
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		first, _, slash := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if subtle.ConstantTimeCompare([]byte(first), []byte(token)) != 1 || !slash {
			http.Error(w, "the address has no valid token: use the one that gobragg view has printed", http.StatusForbidden)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
				http.Error(w, "pages of other origins are refused", http.StatusForbidden)
				return
			}
		}
		if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
			http.Error(w, "pages of other origins are refused", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// mistake is an error of a request, as opposed to one of the work.
type mistake struct{ error }

func wrong(format string, args ...any) error {
	return mistake{fmt.Errorf("viewer: "+format, args...)}
}

// reply answers in JSON. Errors are {"error": …}, with the status 400 for those of the request, else 422.
func (s *Session) reply(do func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		answer, err := do(r)
		status := http.StatusOK
		if err != nil {
			status = http.StatusUnprocessableEntity
			var m mistake
			if errors.As(err, &m) {
				status = http.StatusBadRequest
			}
			answer = map[string]string{"error": err.Error()}
		}
		text, err := json.Marshal(answer)
		if err != nil {
			status, text = http.StatusInternalServerError, []byte(`{"error":"viewer: the answer holds a number that is not finite"}`)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write(text) // a reader that has gone
	}
}

// body reads the JSON of a request.
func body(r *http.Request, into any) error {
	if t := r.Header.Get("Content-Type"); !strings.HasPrefix(t, "application/json") {
		return wrong("the request is %q, not application/json", t)
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return wrong("%v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return wrong("there is more than one value")
	}
	return nil
}

// query reads numbers of a request's query.
type query struct {
	url.Values
	err error
}

func (q *query) integer(name string) int {
	v, err := strconv.Atoi(q.Get(name))
	if err != nil && q.err == nil {
		q.err = wrong("%s %q is not a whole number", name, q.Get(name))
	}
	return v
}

func (q *query) number(name string) float64 {
	v, err := strconv.ParseFloat(q.Get(name), 64)
	if (err != nil || math.IsNaN(v) || math.IsInf(v, 0)) && q.err == nil {
		q.err = wrong("%s %q is not a finite number", name, q.Get(name))
	}
	return v
}

func (q *query) layer() layerKey {
	return layerKey{name: q.Get("layer"), parameter: q.Get("parameter"), image: q.integer("image")}
}

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
	key := q.layer()
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

// getTile answers with little-endian float32, fast axis first; the size is in the headers.
func (s *Session) getTile(w http.ResponseWriter, r *http.Request) {
	q := query{Values: r.URL.Query()}
	key := q.layer()
	panel, level, x, y := q.integer("panel"), q.integer("level"), q.integer("x"), q.integer("y")
	fail := func(err error, status int) { http.Error(w, err.Error(), status) }
	if q.err != nil {
		fail(q.err, http.StatusBadRequest)
		return
	}
	l, err := s.layer(r.Context(), key)
	if err != nil {
		fail(err, http.StatusUnprocessableEntity)
		return
	}
	values, fast, slow, err := l.tile(panel, level, x, y)
	if err != nil {
		fail(err, http.StatusBadRequest)
		return
	}
	data := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Fast", strconv.Itoa(fast))
	h.Set("X-Slow", strconv.Itoa(slow))
	h.Set("Cache-Control", "private, max-age=600")
	_, _ = w.Write(data) // a reader that has gone
}

// getEvents answers with server-sent events until the reader goes.
func (s *Session) getEvents(w http.ResponseWriter, r *http.Request) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "events need a connection that can be flushed", http.StatusInternalServerError)
		return
	}
	heard, end := s.events.listen()
	defer end()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	flusher.Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case m := <-heard:
			if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", m.name, m.data); err != nil {
				return
			}
			flusher.Flush()
		}
	}
}

func (s *Session) postValues(r *http.Request) (any, error) {
	var values map[string]float64
	if err := body(r, &values); err != nil {
		return nil, err
	}
	if err := s.Turn(r.Context(), values); err != nil {
		return nil, err
	}
	return s.State(), nil
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
	var asked struct {
		Panel   int
		Polygon [][2]float64
		Counts  bool
	}
	if err := body(r, &asked); err != nil {
		return nil, err
	}
	if err := s.Mask(asked.Panel, asked.Polygon, asked.Counts); err != nil {
		return nil, mistake{err}
	}
	return s.State(), nil
}

func (s *Session) postSave(r *http.Request) (any, error) {
	var asked struct{ What string }
	if err := body(r, &asked); err != nil {
		return nil, err
	}
	path, err := s.Save(asked.What)
	return map[string]string{"path": path}, err
}
