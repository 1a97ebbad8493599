package viewer

import (
	"errors"
	"os"
	"path/filepath"
)

// state is what the page begins with.
type state struct {
	Title   string   `json:"title"`
	Kind    string   `json:"kind"`
	Image   int      `json:"image"`
	First   int      `json:"first"`
	Last    int      `json:"last"`
	Panels  []placed `json:"panels"`
	Knobs   []*knob  `json:"knobs"`
	Notices []string `json:"notices"`
	// Revision changes with the values, the image and the mask: layers of another one are out of date.
	Revision int `json:"revision"`
	// Masks counts changes of the mask, which are the only ones of the data.
	Masks int `json:"masks"`
	// Running reports whether a refinement is under way.
	Running bool   `json:"running"`
	Folder  string `json:"folder,omitempty"`
}

// State returns what the page begins with, at the present values.
func (s *Session) State() *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &state{Title: filepath.Base(s.options.Inputs[0]), Kind: string(s.prepared.Kind), Image: s.image, First: s.image, Last: s.image, Panels: s.layout,
		Notices: s.prepared.Notices, Revision: s.revision, Masks: s.masks, Running: s.running != nil, Folder: s.options.Out}
	for _, k := range s.knobs {
		own := *k
		out.Knobs = append(out.Knobs, &own)
	}
	if n := s.config.Scan; n != nil {
		out.First, out.Last = n.FirstImage(), n.LastImage()
	}
	return out
}

// Save writes what is asked for into the output folder: "experiment", the present values as JSON, or "mask", and returns its path.
func (s *Session) Save(what string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.Out == "" {
		return "", errors.New("viewer: there is no folder for files: start with --out")
	}
	switch what {
	case "mask":
		return s.writeMask()
	case "experiment":
		c, err := s.prepared.Present(s.fit)
		if err != nil {
			return "", err
		}
		if err := os.MkdirAll(s.options.Out, 0o777); err != nil {
			return "", err
		}
		path := filepath.Join(s.options.Out, "view.json")
		return path, c.Moved(s.options.Out).Write(path)
	}
	return "", wrong("%q cannot be saved: experiment and mask can", what)
}
