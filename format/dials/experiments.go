// Package dials reads and writes the files of DIALS: experiment lists (.expt), which are JSON, and
// tables of reflections (.refl), which are MessagePack. Lists of spots that DIALS has found, indexed
// or refined are the usual way from images to an oriented crystal.
//
// The laboratory of DIALS is that of package format.
package dials

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
)

// MaxExperiments is the largest size in bytes of an experiment list that is read.
const MaxExperiments = 1 << 30

// maxExperiments is the largest number of experiments of a list.
const maxExperiments = 1 << 20

// Experiment is an element of an experiment list: a crystal, or none, in the images of an imageset.
// Those that share a detector, a beam, a goniometer and a scan share the Geometry, and those that share
// a crystal share the Crystal.
type Experiment struct {
	Identifier string
	Geometry   *format.Geometry
	Crystal    *format.Crystal // nil before indexing
	Profile    *Profile        // nil before integration
	Images     *Imageset       // nil if there is none
	// Parallax says that positions in pixels have a correction for the depth at which photons are
	// absorbed in the sensor: see [format.Panel].
	Parallax bool
}

// Profile is a Gaussian model of the spots in reciprocal space.
type Profile struct {
	SigmaB float64 `json:"sigma_b"` // divergence of the beam and size of the crystal, degrees
	SigmaM float64 `json:"sigma_m"` // mosaic spread, with that which the width of an image adds, degrees
	NSigma float64 `json:"n_sigma"` // half the width of a spot in those units
}

// Imageset names the files of the images and of what belongs to them.
type Imageset struct {
	// Template of the names of a sweep's files, with a # for every digit of the number, or the name
	// of a file with all images.
	Template string
	// Files of stills, instead.
	Files []string
	// Indices of the images in a file that has several, from 0; nil if that is all.
	Indices []int
	// Mask, Gain and Pedestal are names of files, pickled arrays; "" if there is none.
	Mask, Gain, Pedestal string
}

// ReadExperimentsFile reads the experiment list in the file at path, as [ReadExperiments] does.
func ReadExperimentsFile(path string) ([]Experiment, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadExperiments(file, path)
}

// ReadExperiments reads an experiment list from r, decompressed if gzip or bzip2 has compressed it;
// name stands for the file in errors. Panels of a hierarchy get their position in the laboratory.
// Several angles of a goniometer become the fixed and the setting rotation. A beam that is not
// monochromatic is not supported.
func ReadExperiments(r io.Reader, name string) ([]Experiment, error) {
	reader, err := sniff.Open(r, sniff.Experiment, sniff.DIALS)
	if err != nil {
		return nil, format.Errorf(format.Not("dials-expt"), "dials: %s: %w", name, err)
	}
	data, err := io.ReadAll(io.LimitReader(reader, MaxExperiments+1))
	switch {
	case err != nil:
		return nil, format.Errorf(format.ErrTruncated, "dials: %s: %w", name, err)
	case len(data) > MaxExperiments:
		return nil, format.Errorf(format.ErrLimit, "dials: %s: more than %d bytes", name, MaxExperiments)
	}
	var l list
	if err := json.Unmarshal(data, &l); err != nil {
		class := format.ErrInvalidValue
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) && syntax.Offset >= int64(len(strings.TrimRight(string(data), " \r\n\t"))) {
			class = format.ErrTruncated
		}
		return nil, format.Errorf(class, "dials: %s: %w", name, err)
	}
	if l.ID != "ExperimentList" {
		return nil, format.Errorf(format.Not("dials-expt"), "dials: %s: is JSON with __id__ %q, not an ExperimentList", name, l.ID)
	}
	if len(l.Experiments) > maxExperiments {
		return nil, format.Errorf(format.ErrLimit, "dials: %s: %d experiments are more than %d", name, len(l.Experiments), maxExperiments)
	}
	out, err := l.experiments()
	if err != nil {
		return nil, format.Errorf(format.Classify(err, format.ErrInvalidValue), "dials: %s: %w", name, err)
	}
	return out, nil
}

// list is the JSON of an experiment list.
type list struct {
	ID          string        `json:"__id__"`
	Experiments []links       `json:"experiment"`
	Imagesets   []imageset    `json:"imageset"`
	Beams       []beam        `json:"beam"`
	Detectors   []detector    `json:"detector"`
	Goniometers []goniometer  `json:"goniometer"`
	Scans       []scan        `json:"scan"`
	Crystals    []crystal     `json:"crystal"`
	Profiles    []profile     `json:"profile"`
	Scaling     []interface{} `json:"scaling_model"`
}

// links are the models of an experiment, by their index in the list; nil for none.
type links struct {
	ID         string `json:"__id__"`
	Identifier string `json:"identifier"`
	Beam       *int   `json:"beam,omitempty"`
	Detector   *int   `json:"detector,omitempty"`
	Goniometer *int   `json:"goniometer,omitempty"`
	Scan       *int   `json:"scan,omitempty"`
	Crystal    *int   `json:"crystal,omitempty"`
	Profile    *int   `json:"profile,omitempty"`
	Imageset   *int   `json:"imageset,omitempty"`
}

type imageset struct {
	ID       string   `json:"__id__"`
	Template string   `json:"template,omitempty"`
	Images   []string `json:"images,omitempty"`
	Indices  []int    `json:"single_file_indices,omitempty"`
	Mask     *string  `json:"mask"`
	Gain     *string  `json:"gain"`
	Pedestal *string  `json:"pedestal"`
	DX       *string  `json:"dx"`
	DY       *string  `json:"dy"`
	Params   any      `json:"params,omitempty"`
}

type profile struct {
	ID string `json:"__id__"`
	Profile
}

// pick returns the element of a list of models that a link refers to; nil if it refers to none.
func pick[T any](list []T, index *int, what string) (*T, error) {
	switch {
	case index == nil:
		return nil, nil
	case *index < 0 || *index >= len(list):
		return nil, format.Errorf(format.ErrInconsistent, "%s %d, of %d", what, *index, len(list))
	}
	return &list[*index], nil
}

// experiments returns the experiments of the list.
func (l *list) experiments() ([]Experiment, error) {
	type models [4]int // beam, detector, goniometer, scan
	index := func(p *int) int {
		if p == nil {
			return -1
		}
		return *p
	}
	geometries, crystals := map[models]*Experiment{}, map[int]*format.Crystal{}
	out := make([]Experiment, len(l.Experiments))
	for i, link := range l.Experiments {
		e := &out[i]
		e.Identifier = link.Identifier
		key := models{index(link.Beam), index(link.Detector), index(link.Goniometer), index(link.Scan)}
		if first := geometries[key]; first != nil {
			e.Geometry, e.Parallax = first.Geometry, first.Parallax
		} else {
			if err := l.geometry(e, link); err != nil {
				return nil, format.Errorf(format.Classify(err, format.ErrInvalidValue), "experiment %d: %w", i, err)
			}
			geometries[key] = e
		}
		var err error
		if e.Crystal = crystals[index(link.Crystal)]; e.Crystal == nil && link.Crystal != nil {
			if e.Crystal, err = l.crystal(link.Crystal); err != nil {
				return nil, format.Errorf(format.Classify(err, format.ErrInvalidValue), "experiment %d: %w", i, err)
			}
			crystals[*link.Crystal] = e.Crystal
		}
		p, err := pick(l.Profiles, link.Profile, "profile")
		if err != nil {
			return nil, format.Errorf(format.ErrInconsistent, "experiment %d: %w", i, err)
		}
		if p != nil && p.ID == "gaussian_rs" {
			e.Profile = &p.Profile
		}
		s, err := pick(l.Imagesets, link.Imageset, "imageset")
		if err != nil {
			return nil, format.Errorf(format.ErrInconsistent, "experiment %d: %w", i, err)
		}
		if s != nil {
			e.Images = &Imageset{Template: s.Template, Files: s.Images, Indices: s.Indices, Mask: text(s.Mask), Gain: text(s.Gain), Pedestal: text(s.Pedestal)}
		}
	}
	return out, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// geometry reads the geometry of an experiment, for which all its models but crystal and profile count.
func (l *list) geometry(e *Experiment, link links) error {
	g := &format.Geometry{}
	e.Geometry = g
	b, err := pick(l.Beams, link.Beam, "beam")
	if err != nil {
		return err
	}
	if b != nil {
		if err := b.read(g); err != nil {
			return err
		}
	}
	d, err := pick(l.Detectors, link.Detector, "detector")
	if err != nil {
		return err
	}
	if d != nil {
		if e.Parallax, err = d.read(g); err != nil {
			return err
		}
	}
	s, err := pick(l.Scans, link.Scan, "scan")
	if err != nil {
		return err
	}
	o, err := pick(l.Goniometers, link.Goniometer, "goniometer")
	if err != nil {
		return err
	}
	if o != nil {
		g.Rotation, err = o.read()
		if err != nil {
			return err
		}
	}
	if s == nil {
		if g.Rotation != nil {
			g.Rotation.Images = 1
		}
		return nil
	}
	if g.Rotation == nil {
		g.Rotation = format.NewRotation([3]float64{1, 0, 0}, 0, 0, 1, 1)
		g.Notices = append(g.Notices, "has a scan without a goniometer: the rotation axis is taken to be x")
	}
	return s.read(g.Rotation)
}

func (l *list) crystal(index *int) (*format.Crystal, error) {
	c, err := pick(l.Crystals, index, "crystal")
	if err != nil {
		return nil, err
	}
	return c.read()
}
