package cbf

import (
	"bufio"
	"bytes"
	"fmt"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/dectris"
)

// header is the text before the pixels.
type header struct {
	text []byte // up to the boundary
	mini *dectris.Header
}

// readHeader reads up to the boundary of the first binary section.
func readHeader(r *bufio.Reader) (*header, error) {
	start, err := r.Peek(len("###CBF"))
	if err != nil || string(start) != "###CBF" {
		return nil, format.Errorf(format.Not("cbf"), "a CBF file begins with ###CBF, this one with %.20q", start)
	}
	h := new(header)
	for {
		line, err := readLine(r, maxHeader-len(h.text))
		if err != nil {
			return nil, fmt.Errorf("in the header, before any pixels: %w", err)
		}
		if bytes.HasPrefix(line, []byte(boundary)) {
			break
		}
		h.text = append(h.text, line...)
	}
	h.mini = dectris.Parse(h.text)
	return h, nil
}

// geometry returns the experiment of an image of fast × slow pixels, nil if the header says nothing. An
// imgCIF header counts before the lines of a miniCBF.
func (h *header) geometry(fast, slow, number int) (*format.Geometry, error) {
	if !bytes.Contains(h.text, []byte("_axis.depends_on")) {
		return h.mini.Geometry(fast, slow, number), nil
	}
	// What is left of the text is the tag of the pixels and the semicolon before the boundary.
	text := h.text
	if i := bytes.LastIndex(text, []byte("_array_data.data")); i >= 0 && len(bytes.Trim(text[i+len("_array_data.data"):], "; \t\r\n")) == 0 {
		text = text[:i]
	}
	t, err := parseTemplate(text, "header")
	if err != nil {
		return nil, err
	}
	return t.geometry(h, fast, slow, number)
}
