package job

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/symmetry"
)

// Options say what is refined from which files. Only Inputs are needed; zero values are the defaults.
type Options struct {
	// Inputs are an experiment in JSON, lists of experiments and tables of reflections of DIALS, images, and whatever else
	// experiment.Open reads.
	Inputs []string
	// Structure is a file of structure factors, or of a model; after a colon come the labels of the columns to take:
	// merged.mtz:F,SIGF. "" means that of the experiment, or the one among the inputs.
	Structure string
	// Free are names of parameters, and words that stand for several: see [Words]. nil means those of the experiment, or where
	// it names none a choice by the kind of data.
	Free []string
	// System is the name of a crystal system that ties the cells. "" means that of the space group.
	System string
	// Reindex is what is done about the operators that leave a crystal's lattice and not its intensities, by which an image may be
	// indexed as well: auto, or "", takes the one whose structure factors are most like the spots, none leaves the crystals as they are,
	// and an operator such as k,h,-l is applied to all of them.
	Reindex string
	// Stages are those of a continuation that brings a far start nearer, from broad spots at low resolution to sharp ones: auto, or "",
	// where the spots of the image are not those of the start, always, or never.
	Stages string
	// Images are the numbers of those of a scan that are refined: "1,5-10". Several are refined together, after the
	// one in the middle. "" means all.
	Images string
	// Pixels are those that count.
	Pixels Pixels
	// Background is flat, radial, local, water, or the name of an image. "" means that of the experiment, or where it has none the
	// simplest that the image allows.
	Background string
	// Mask is a file: pixels where it is 0 do not count.
	Mask string
	// Model is how spots are computed.
	Model Model
	// Out is the folder for results, which is made if it is not there. "" means that no file is written.
	Out string
	// Resume starts from the refined.json in Out, if there is one.
	Resume bool
	// Truth is an experiment in JSON that the images were simulated from, whose values the report shows beside the refined ones. ""
	// means that nobody knows it.
	Truth string
	// Command is what a user types to do it again, for the report. "" leaves it out.
	Command string
	// Reject leaves out pixels that look hot or saturated.
	Reject bool
	// Threads is the number of workers. 0 means one for each processor. It does not change the result.
	Threads int
	// OnNotice is called with each of the Outcome's notices when it comes up, most of them before the search. nil means that it is not.
	OnNotice func(string)
	// OnIteration is called after each iteration of the search. nil means that it is not.
	OnIteration func(refine.Iteration)
	// OnPhase is called where a phase of the work begins, with what it does. nil means that it is not.
	OnPhase func(phase string)
}

// Searching is the phase of a search, before which an interrupted job has no result.
const Searching = "search"

// Pixels are those of the image that count.
type Pixels string

const (
	// OnSpots are the pixels of boxes: those of a table of reflections among the inputs, else those of predicted reflections.
	OnSpots Pixels = "spots"
	// AllPixels are all that are not masked.
	AllPixels Pixels = "all"
)

// Model is how spots are computed.
type Model string

const (
	// Closed is the closed form, of Gaussian spots. It is the default where it is the better model.
	Closed Model = "closed"
	// Sampled are sums over mosaic domains, steps of the rotation and parts of pixels.
	Sampled Model = "sampled"
)

// OptionError is an error of an option that makes no sense, before any file is read.
type OptionError struct {
	// Option is the name of the field, in lower case.
	Option string
	// Problem says what is wrong.
	Problem string
}

func (e *OptionError) Error() string { return "job: " + e.Option + " " + e.Problem }

func wrong(option, format string, args ...any) error {
	return &OptionError{option, fmt.Sprintf(format, args...)}
}

// Check returns an [OptionError] for an option that makes no sense.
func (o *Options) Check() error {
	switch {
	case len(o.Inputs) == 0:
		return wrong("inputs", "are missing: name an experiment in JSON, or files that are one together")
	case !slices.Contains([]Pixels{"", OnSpots, AllPixels}, o.Pixels):
		return wrong("pixels", "%q is neither spots nor all", o.Pixels)
	case !slices.Contains([]Model{"", Closed, Sampled}, o.Model):
		return wrong("model", "%q is neither closed nor sampled", o.Model)
	case o.Threads < 0:
		return wrong("threads", "%d is negative", o.Threads)
	case o.Resume && o.Out == "":
		return wrong("resume", "needs the folder of the results")
	case o.Free != nil && len(o.Free) == 0:
		return wrong("free", "names no parameter")
	}
	if !slices.Contains([]string{"", reindexAuto, reindexNone}, o.Reindex) {
		if _, err := symmetry.ParseReindexing(o.Reindex); err != nil {
			return wrong("reindex", "is none of auto and none, and no operator: %v", err)
		}
	}
	if name, labels := o.structure(); labels != nil && slices.Contains(labels, "") || o.Structure != "" && name == "" {
		return wrong("structure", "%s: want a file, or a file, a colon, and the labels of columns with commas between", o.Structure)
	}
	if !slices.Contains([]string{"", stagesAuto, stagesAlways, stagesNever}, o.Stages) {
		return wrong("stages", "%q is none of auto, always and never", o.Stages)
	}
	if o.System != "" {
		if _, err := systemNamed(o.System); err != nil {
			return err
		}
	}
	for _, file := range []struct{ option, name string }{{"background", o.backgroundFile()}, {"mask", o.Mask}, {"truth", o.Truth}} {
		if file.name == "" {
			continue
		}
		if info, err := os.Stat(file.name); err != nil || info.IsDir() {
			also := ""
			if file.option == "background" {
				also = " is none of flat, radial, local and water, and"
			}
			return wrong(file.option, "%s%s is no file that can be read", file.name, also)
		}
	}
	_, err := numbers(o.Images)
	return err
}

// backgroundFile is the name of an image that is the background; "" for a word.
func (o *Options) backgroundFile() string {
	if slices.Contains([]string{flatBackground, radialBackground, localBackground, waterBackground}, o.Background) {
		return ""
	}
	return o.Background
}

// numbers returns those of "1,5-10", in order, each once.
func numbers(text string) (list []int, err error) {
	if text == "" {
		return nil, nil
	}
	const most = 1 << 20
	for part := range strings.SplitSeq(text, ",") {
		low, high, ranged := strings.Cut(strings.TrimSpace(part), "-")
		from, err := strconv.Atoi(low)
		to := from
		if err == nil && ranged {
			to, err = strconv.Atoi(high)
		}
		if err != nil || to < from || to-from > most {
			return nil, wrong("images", "%s: %q is no number of an image and no range of them, such as 5-10", text, part)
		}
		for n := from; n <= to; n++ {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}
