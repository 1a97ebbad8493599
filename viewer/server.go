package viewer

import (
	"bytes"
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
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

//go:embed web
var web embed.FS

// mostBody is how many bytes a request may have.
const mostBody = 4 << 20

// Handler serves the page of the session under /token/ and nothing else. Requests of pages of other origins are refused.
func (s *Session) Handler(token string) http.Handler {
	files, err := fs.Sub(web, "web")
	if err != nil { // the folder is embedded
		panic(err)
	}
	m := http.NewServeMux()
	m.Handle("GET /", http.FileServerFS(files))
	for pattern, do := range map[string]func(r *http.Request) (any, error){
		"GET /api/state":     func(*http.Request) (any, error) { return s.State(), nil },
		"GET /api/schema":    func(*http.Request) (any, error) { return Schema(), nil },
		"GET /api/colours":   func(*http.Request) (any, error) { return allPalettes(), nil },
		"GET /api/rings":     func(*http.Request) (any, error) { return s.Rings() },
		"GET /api/spots":     s.getSpots,
		"GET /api/pixel":     s.getPixel,
		"GET /api/histogram": s.getHistogram,
		"GET /api/radial":    s.getRadial,
		"GET /api/line":      s.getLine,
		"GET /api/rocking":   s.getRocking,
		"GET /api/alike":     s.getAlike,
		"GET /api/command":   s.getCommand,
		"POST /api/values":   s.postValues,
		"POST /api/refine":   s.postRefine,
		"POST /api/stop":     func(*http.Request) (any, error) { s.Stop(); return struct{}{}, nil },
		"POST /api/back":     func(r *http.Request) (any, error) { return s.afterwards(s.Back(r.Context())) },
		"POST /api/mask":     s.postMask,
		"POST /api/save":     s.postSave,
	} {
		m.HandleFunc(pattern, s.reply(do))
	}
	m.HandleFunc("GET /api/tile", s.getTile)
	m.HandleFunc("GET /api/thumbnail", s.getThumbnail)
	m.HandleFunc("GET /api/picture", s.getPicture)
	m.HandleFunc("GET /api/events", s.getEvents)
	m.HandleFunc("POST /api/frame", s.postFrame)
	m.HandleFunc("GET /files/{name}", s.getFile)
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

// status is that of an answer with an error: 400 for one of the request, 409 for values that are no longer there, else 422.
func status(err error) int {
	var m mistake
	switch {
	case errors.As(err, &m):
		return http.StatusBadRequest
	case errors.Is(err, errStale):
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// reply answers in JSON. Errors are {"error": …}.
func (s *Session) reply(do func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		answer, err := do(r)
		code := http.StatusOK
		if err != nil {
			code, answer = status(err), map[string]string{"error": err.Error()}
		}
		text, err := json.Marshal(answer)
		if err != nil {
			code, text = http.StatusInternalServerError, []byte(`{"error":"viewer: the answer holds a number that is not finite"}`)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(code)
		_, _ = w.Write(text) // a reader that has gone
	}
}

// afterwards answers with the state.
func (s *Session) afterwards(err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return s.State(), nil
}

// refuse answers with an error in plain text, which is not kept.
func refuse(w http.ResponseWriter, err error) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, err.Error(), status(err))
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

// askedLayer is the one that is asked for, of the present revision where none is named.
func (s *Session) askedLayer(q *query) layerKey {
	key := layerKey{name: q.Get("layer"), parameter: q.Get("parameter"), other: q.Get("other"), image: q.integer("image")}
	if !q.Has("revision") {
		return s.current(key)
	}
	key.revision = q.integer("revision")
	return key
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

// getPicture answers with a file of what is shown.
func (s *Session) getPicture(w http.ResponseWriter, r *http.Request) {
	v, err := ParseShown(r.URL.RawQuery)
	if err != nil {
		refuse(w, err)
		return
	}
	v.values = nil // the page has set them
	var b bytes.Buffer
	format := r.URL.Query().Get("format")
	if err := s.Picture(r.Context(), &b, format, v); err != nil {
		refuse(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", map[string]string{"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}[format])
	h.Set("Content-Disposition", "attachment; filename=view."+format)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // a reader that has gone
}

// getFile answers with a file that the last refinement has written. Its scripts are those of the report; it is kept apart from the page.
func (s *Session) getFile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if !slices.Contains(s.State().Files, name) {
		http.Error(w, "the last refinement has not written such a file", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Security-Policy", "sandbox allow-scripts; default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeFile(w, r, filepath.Join(s.options.Out, name))
}

// getTile answers with little-endian float32, fast axis first; the size is in the headers.
func (s *Session) getTile(w http.ResponseWriter, r *http.Request) {
	q := query{Values: r.URL.Query()}
	key := s.askedLayer(&q)
	panel, level, x, y := q.integer("panel"), q.integer("level"), q.integer("x"), q.integer("y")
	if q.err != nil {
		refuse(w, q.err)
		return
	}
	l, err := s.layer(r.Context(), key)
	if err != nil {
		refuse(w, err)
		return
	}
	values, fast, slow, err := l.tile(panel, level, x, y)
	if err != nil {
		refuse(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Fast", strconv.Itoa(fast))
	h.Set("X-Slow", strconv.Itoa(slow))
	h.Set("Cache-Control", "no-store")
	if q.Has("revision") { // which names values that do not change
		h.Set("Cache-Control", "private, max-age=600")
	}
	_, _ = w.Write(littleEndian(nil, values)) // a reader that has gone
}

func littleEndian(data []byte, values []float32) []byte {
	data = slices.Grow(data, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return data
}

func (s *Session) getThumbnail(w http.ResponseWriter, r *http.Request) {
	q := query{Values: r.URL.Query()}
	image := q.integer("image")
	if q.err != nil {
		refuse(w, q.err)
		return
	}
	data, err := s.Thumbnail(r.Context(), image)
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(data) // a reader that has gone
}

// frameHead is what the values of a frame come after: the length of its JSON in four bytes, little-endian, and the JSON, with spaces up to a
// multiple of four.
type frameHead struct {
	Coarse   bool     `json:"coarse"`
	Revision int      `json:"revision"`
	Sizes    [][2]int `json:"sizes"` // fast and slow of each tile
}

// postFrame answers with tiles of a model whose parameters a slider is moving.
func (s *Session) postFrame(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostBody)
	var asked struct {
		Image  int                `json:"image"`
		Values map[string]float64 `json:"values"`
		Tiles  []wanted           `json:"tiles"`
	}
	if err := body(r, &asked); err != nil {
		refuse(w, err)
		return
	}
	tiles, coarse, err := s.Frame(r.Context(), asked.Image, asked.Values, asked.Tiles)
	if err != nil {
		refuse(w, err)
		return
	}
	head := frameHead{Coarse: coarse, Revision: s.current(layerKey{name: layerModel}).revision, Sizes: [][2]int{}}
	for _, t := range tiles {
		head.Sizes = append(head.Sizes, [2]int{t.fast, t.slow})
	}
	text, err := json.Marshal(head)
	if err != nil {
		refuse(w, err)
		return
	}
	text = append(text, "   "[:(4-len(text)%4)%4]...)
	data := append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...)
	for _, t := range tiles {
		data = littleEndian(data, t.values)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-store")
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
