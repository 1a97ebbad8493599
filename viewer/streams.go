package viewer

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
)

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
