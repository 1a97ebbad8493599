package viewer

import (
	"path/filepath"
	"slices"

	"github.com/gobragg/gobragg/format/dials"
)

// state is what the page begins with.
type state struct {
	Title  string   `json:"title"`
	Inputs []string `json:"inputs"`
	// Kind of the data; "" without a model.
	Kind   string   `json:"kind,omitempty"`
	Image  int      `json:"image"`
	First  int      `json:"first"`
	Last   int      `json:"last"`
	Panels []placed `json:"panels"`
	// Lacks is why there is no model; "" with one.
	Lacks string `json:"lacks,omitempty"`
	// Preparing reports whether the model is on its way, Spots whether a crystal is known.
	Preparing bool    `json:"preparing,omitempty"`
	Spots     bool    `json:"spots"`
	Rings     bool    `json:"rings"`
	Knobs     []*knob `json:"knobs"`
	// Started are the values of the knobs at the beginning.
	Started map[string]float64 `json:"started,omitempty"`
	Notices []string           `json:"notices"`
	// Revision changes with the values and the mask: layers of another one are out of date.
	Revision int `json:"revision"`
	// Masks counts changes of the mask, which are the only ones of the data.
	Masks int `json:"masks"`
	// Running reports whether a refinement is under way, and Refined whether one can be gone back from.
	Running bool   `json:"running"`
	Refined bool   `json:"refined"`
	Folder  string `json:"folder,omitempty"`
	// Files are those that the last refinement has written.
	Files []string `json:"files,omitempty"`
}

// State returns what the page begins with, at the present values.
func (s *Session) State() *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &state{Title: filepath.Base(s.options.Inputs[0]), Inputs: s.options.Inputs, Image: s.image, First: s.pictures.first, Last: s.pictures.last, Panels: s.layout,
		Spots: s.fit != nil || s.early != nil, Rings: s.pictures.planes != nil && s.pictures.wavelength > 0,
		Notices: slices.Clone(s.pictures.notices), Revision: s.revision, Masks: s.drawn.Load().changes, Running: s.running != nil, Refined: s.before != nil && s.running == nil,
		Folder: s.options.Out, Files: s.files, Started: s.started}
	for _, k := range s.knobs {
		own := *k
		out.Knobs = append(out.Knobs, &own)
	}
	switch {
	case s.lacks != nil:
		out.Lacks, out.Preparing = s.lacks.Error(), s.lacks == errPreparing
	default:
		out.Kind, out.Notices = string(s.prepared.Kind), s.prepared.Notices
	}
	return out
}

// Save writes what is asked for into the output folder, and returns the paths: "experiment", the present values as JSON, "expt", the same
// for DIALS, "mask" as an array of NumPy, or "pbm", the mask as a bitmap.
func (s *Session) Save(what string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch what {
	case "mask":
		return s.writeMasks("npy")
	case "pbm":
		return s.writeMasks("pbm")
	case "experiment", "expt":
	default:
		return nil, wrong("%q cannot be saved: experiment, expt, mask and pbm can", what)
	}
	if err := s.needModel(); err != nil {
		return nil, err
	}
	if err := s.folder(); err != nil {
		return nil, err
	}
	if what == "expt" {
		list, err := s.prepared.Experiments(s.fit)
		if err != nil {
			return nil, err
		}
		path := filepath.Join(s.options.Out, "view.expt")
		return []string{path}, dials.WriteExperimentsFile(path, list)
	}
	c, err := s.prepared.Present(s.fit)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(s.options.Out, "view.json")
	return []string{path}, c.Moved(s.options.Out).Write(path)
}
