package viewer

import (
	"crypto/subtle"
	"embed"
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
