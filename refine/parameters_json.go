package refine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"

	G "gorgonia.org/gorgonia"
)

// parameterFile is a parameter in a file. Bounds and restraints that are left out do not exist.
type parameterFile struct {
	Name      string     `json:"name"`
	Value     *float64   `json:"value,omitempty"`
	Values    []float64  `json:"values,omitempty"` // of a vector, instead
	Lower     *float64   `json:"lower,omitempty"`
	Upper     *float64   `json:"upper,omitempty"`
	Restraint *Restraint `json:"restraint,omitempty"`
	Scale     float64    `json:"scale,omitempty"`
	Fixed     bool       `json:"fixed,omitempty"`
}

type parametersFile struct {
	Parameters []parameterFile `json:"parameters"`
}

// MarshalJSON writes the names, present values, bounds, restraints and scales, and which parameters
// are fixed:
//
//	{"parameters": [{"name": "cell.a", "value": 78.1, "lower": 70, "upper": 80,
//	                 "restraint": {"centre": 78, "sigma": 0.2}, "scale": 0.078, "fixed": true}, …]}
//
// A vector has "values", a list, instead of "value". Numbers are written with as many digits as it takes to read them back exactly.
func (p *Parameters) MarshalJSON() ([]byte, error) {
	file := parametersFile{Parameters: []parameterFile{}}
	for i := range p.list {
		q := &p.list[i]
		values, err := q.values()
		if err != nil {
			return nil, err
		}
		f := parameterFile{Name: q.Name, Restraint: q.Restraint, Scale: q.Scale, Fixed: q.Fixed}
		if q.vector {
			f.Values = values
		} else {
			f.Value = &values[0]
		}
		if q.Bounds.lower() {
			f.Lower = &q.Bounds.Lower
		}
		if q.Bounds.upper() {
			f.Upper = &q.Bounds.Upper
		}
		file.Parameters = append(file.Parameters, f)
	}
	return json.Marshal(file)
}

// UnmarshalJSON reads what MarshalJSON writes into a list that exists already. Parameters that the
// file names take their values, bounds, restraints and scales from it; the others stay as they are.
// It returns an error, and changes nothing, where the file has an unknown key, a name that is not
// in the list, or a value outside its bounds.
func (p *Parameters) UnmarshalJSON(text []byte) error {
	var file parametersFile
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return fmt.Errorf("refine: parameters: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("refine: parameters: data follow the end of the JSON value")
	}
	index := map[string]int{}
	for i, q := range p.list {
		index[q.Name] = i
	}
	changed := Parameters{list: p.List()}
	values := map[int][]float64{}
	for k, f := range file.Parameters {
		i, ok := index[f.Name]
		if !ok {
			return fmt.Errorf("refine: parameters: there is none named %q", f.Name)
		}
		if _, twice := values[i]; twice {
			return fmt.Errorf("refine: parameters: %s is given twice", f.Name)
		}
		q := &changed.list[i]
		switch {
		case q.vector && (f.Value != nil || len(f.Values) != q.size):
			return fmt.Errorf("refine: parameters: number %d, %s, has %d values; want \"values\" with %d", k, f.Name, len(f.Values), q.size)
		case q.vector:
			values[i] = f.Values
		case f.Value == nil || f.Values != nil:
			return fmt.Errorf("refine: parameters: number %d, %s, has no value", k, f.Name)
		default:
			values[i] = []float64{*f.Value}
		}
		q.Restraint, q.Scale, q.Fixed, q.Bounds = f.Restraint, f.Scale, f.Fixed, Bounds{}
		if f.Lower != nil || f.Upper != nil {
			q.Bounds = Bounds{math.Inf(-1), math.Inf(1)}
		}
		if f.Lower != nil {
			q.Bounds.Lower = *f.Lower
		}
		if f.Upper != nil {
			q.Bounds.Upper = *f.Upper
		}
	}
	old := map[int]G.Value{}
	var err error
	for i, v := range values {
		old[i] = p.list[i].Node.Value()
		if lerr := p.list[i].let(v); lerr != nil && err == nil {
			err = lerr
		}
	}
	if err == nil {
		err = changed.complete()
	}
	if err != nil {
		for i, v := range old {
			if lerr := G.Let(p.list[i].Node, v); lerr != nil {
				return fmt.Errorf("%w, and %s could not be restored: %w", err, p.list[i].Name, lerr)
			}
		}
		return err
	}
	*p = changed
	return nil
}
