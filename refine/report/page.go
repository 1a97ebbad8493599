package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/refine"
)

// Page is what the report of a refinement shows. Result and one image are needed; what else is left out has no section.
type Page struct {
	// Title says what was refined, for instance the name of the experiment. "" means "Refinement".
	Title string
	// Result of the search.
	Result *refine.Result
	// Images that are drawn: the one, or some of those that were refined together, such as those that fit worst.
	Images []Image
	// List has all images that were refined together, in their order; nil for one, or where Images are all.
	List []Listed
	// Curves are the parameters of which each image has its own value.
	Curves []Curve
	// Iterations of the search, in order, for the plots of its convergence.
	Iterations []refine.Iteration
	// Truth has the true values of parameters, by their names, of data that were simulated.
	Truth map[string]float64
	// Read are the files that went in.
	Read []File
	// Notices are what a user should know of these, a line each.
	Notices []string
	// Command repeats the refinement.
	Command string
	// Elapsed is the time from the first file to the last. 0 means that of the search.
	Elapsed time.Duration
}

// Image is an image of a [Page].
type Image struct {
	// Name of it; "" for the only one.
	Name string
	// Fit of the image: its experiment, turned to the image, and its data.
	Fit *refine.Fit
	// Before and After are the photons that the model expects at the start and at the end, an image (slow, fast) for each panel.
	// Before may be nil.
	Before, After []*tensor.Dense
	// Spots of the image, those with large residuals among which are shown.
	Spots []Spot
	// Simulated are the pixels of each panel that are; nil means those that the fit simulates now.
	Simulated [][]bool
}

// File is a file that was read.
type File struct{ Name, Holds string }

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("report").Parse(pageText))

// WriteFile writes the page as a file of HTML that needs no other: styles and pictures are in it, scripts are not.
func (p *Page) WriteFile(path string) error {
	var b bytes.Buffer
	if err := p.write(&b); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(b.Bytes())
		return err
	})
}

// view is what the template shows.
type view struct {
	Style   template.CSS
	Title   string
	Verdict verdictView
	Facts   []fact

	Table    []row
	Truth    bool   // is known of a parameter
	Sigma    bool   // is known
	Brackets bool   // σ are in brackets, since the model does not fit
	Diagonal string // what σ are
	Weak     []string

	Panels   []panelView
	Others   int // images that are not drawn
	Each     []imageRow
	Started  bool // χ² at the start is known of some
	Unlisted int  // images that are not in the table
	Along    []template.HTML
	Spots    []spotView
	Listed   int // spots with pixels
	Profile  []template.HTML
	Search   string
	Charts   []template.HTML
	Matrix   *matrix

	Read    []File
	Notices []string
	Command string
	Version string
}

// fact is a number of the head of the page.
type fact struct{ Name, Value string }

// imageRow is a line of the table of several images.
type imageRow struct {
	Name              string
	Photons, Pixels   string
	Before, ChiSquare string
	Worst             string
	Verdict           string // "" where it is not known
	Unfit             bool
}

// mostImages is the number of images that are drawn, those with the largest χ².
const mostImages = 2

func (p *Page) write(w io.Writer) error {
	if p.Result == nil || len(p.Images) == 0 {
		return fmt.Errorf("a page needs a result and an image")
	}
	for k := range p.Images {
		if i := &p.Images[k]; i.Fit == nil || len(i.After) == 0 {
			return fmt.Errorf("image %d has no fit, or no photons that are expected", k)
		}
	}
	v := &view{Style: template.CSS(pageStyle), Title: p.Title, Read: merged(p.Read), Notices: p.Notices, Command: p.Command, Version: gobragg.Version()}
	if v.Title == "" {
		v.Title = "Refinement"
	}
	v.Verdict = p.verdict()
	p.table(v)
	seen := make([]*sight, len(p.Images))
	for k := range p.Images {
		var err error
		if seen[k], err = look(&p.Images[k]); err != nil {
			return err
		}
	}
	p.facts(v, seen)
	if err := p.images(v, seen); err != nil {
		return err
	}
	p.list(v)
	if err := p.spots(v, seen); err != nil {
		return err
	}
	v.Profile = profiles(seen)
	v.Search = fmt.Sprintf("%s, %s after %s and %s, %.1f s.", p.Result.Method, p.Result.Status, count(p.Result.Iterations, "iteration"), count(p.Result.Evaluations, "evaluation"), p.Result.Elapsed.Seconds())
	if p.Result.Detail != "" {
		v.Search = strings.TrimSuffix(v.Search, ".") + ": " + p.Result.Detail + "."
	}
	v.Charts = p.convergence()
	v.Matrix = p.correlations()
	return pageTemplate.Execute(w, v)
}

// merged has a line for each file.
func merged(list []File) (out []File) {
	for _, f := range list {
		i := slices.IndexFunc(out, func(o File) bool { return o.Name == f.Name })
		if i < 0 {
			out = append(out, f)
			continue
		}
		out[i].Holds += ", " + f.Holds
	}
	return out
}

// facts are those of the head.
func (p *Page) facts(v *view, seen []*sight) {
	photons, pixels := 0.0, 0
	for _, s := range seen {
		photons, pixels = photons+s.photons, pixels+s.pixels
	}
	add := func(name, format string, args ...any) {
		v.Facts = append(v.Facts, fact{name, fmt.Sprintf(format, args...)})
	}
	if u := p.Result.Uncertainty; u != nil && !math.IsNaN(u.Reduced) {
		add("χ² a degree of freedom", "%.4g", u.Reduced)
	}
	images := len(seen)
	if p.List != nil {
		images, photons, pixels = len(p.List), 0, 0
		for i := range p.List {
			photons, pixels = photons+p.List[i].Photons, pixels+p.List[i].Pixels
		}
	}
	if images > 1 {
		add("images", "%d", images)
	}
	add("pixels", "%s", thousands(float64(pixels)))
	add("photons", "%s", thousands(photons))
	if n := listed(p.Images); n > 0 && p.List == nil {
		add("spots", "%s", thousands(float64(n)))
	}
	add("parameters", "%d", len(p.Result.Names))
	elapsed := p.Elapsed
	if elapsed == 0 {
		elapsed = p.Result.Elapsed
	}
	add("time", "%.1f s", elapsed.Seconds())
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// thousands writes a whole number with narrow spaces between its thousands.
func thousands(v float64) string {
	digits := fmt.Sprintf("%.0f", v)
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteString("\u202f")
		}
		b.WriteRune(c)
	}
	return b.String()
}
