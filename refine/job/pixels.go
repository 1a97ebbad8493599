package job

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/prediction"
)

// margin is how many pixels the boxes of predicted spots reach beyond the light, where the background alone is.
const margin = 3

// counts reports whether a pixel of the data counts.
func (j *job) counts(panel, i int) bool { return counts(j.data, panel, i) }

func counts(d *experiment.Data, panel, i int) bool {
	return d.Mask == nil || d.Mask[panel] == nil || d.Mask[panel][i]
}

// selectPixels finds the pixels that count: the boxes of a table of reflections, or of the predicted spots, with a margin of reach
// pixels.
func (j *job) selectPixels(e *experiment.Experiment, lists []experiment.Predicted, reach int) error {
	sizes := e.Detector.Sizes()
	j.rectangles = nil
	if j.table != nil && j.hasBoxes() {
		return j.tableBoxes(sizes)
	}
	if j.table != nil {
		j.notice("%s has no boxes of pixels (the column bbox): those of the predicted spots are taken", j.tablePath)
	}
	for _, l := range lists {
		for i := range l.Reflections {
			for _, b := range l.Reflections[i].Boxes {
				size := sizes[b.Panel]
				for k, side := range []*[2]int{&b.Fast, &b.Slow} {
					side[0], side[1] = max(0, side[0]-reach), min(size[k], side[1]+reach)
				}
				j.rectangles = append(j.rectangles, b)
			}
		}
	}
	return nil
}

// hasBoxes reports whether the table has a column of boxes.
func (j *job) hasBoxes() bool { return j.column("bbox") }

func (j *job) column(name string) bool {
	for _, c := range j.table.Columns {
		if c.Name == name {
			return true
		}
	}
	return false
}

// tableBoxes takes the boxes of a table of reflections that lie in the image, and their backgrounds where the table has them.
func (j *job) tableBoxes(sizes [][2]int) error {
	refuse := func(err error) error { return fmt.Errorf("job: %s: %w", j.tablePath, err) }
	boxes, err := dials.Get[[6]int32](j.table, "bbox")
	if err != nil {
		return refuse(err)
	}
	panels := make([]uint64, len(boxes))
	if j.column("panel") {
		if panels, err = dials.Get[uint64](j.table, "panel"); err != nil {
			return refuse(err)
		}
	}
	var levels []float64
	if j.column("background.mean") {
		if levels, err = dials.Get[float64](j.table, "background.mean"); err != nil {
			return refuse(err)
		}
	}
	z := int32(0) // of the image
	if s := j.said.Scan; s != nil {
		z = int32(j.image - 1)
	}
	j.boxes = nil
	for i, b := range boxes {
		if j.kind == Sweep && (z < b[4] || z >= b[5]) {
			continue
		}
		p := int(panels[i])
		if p >= len(sizes) {
			return fmt.Errorf("job: %s has a spot on panel %d, and the detector has %d", j.tablePath, p, len(sizes))
		}
		box := prediction.Box{Panel: p, Fast: [2]int{max(0, int(b[0])), min(sizes[p][0], int(b[1]))}, Slow: [2]int{max(0, int(b[2])), min(sizes[p][1], int(b[3]))}}
		if box.Fast[0] >= box.Fast[1] || box.Slow[0] >= box.Slow[1] {
			continue
		}
		j.rectangles = append(j.rectangles, box)
		if levels != nil && levels[i] > 0 && !math.IsInf(levels[i], 0) {
			j.boxes = append(j.boxes, experiment.Box{Panel: p, Level: levels[i],
				Region: experiment.Region{FastMin: box.Fast[0], FastMax: box.Fast[1] - 1, SlowMin: box.Slow[0], SlowMax: box.Slow[1] - 1}})
		}
	}
	if len(j.rectangles) == 0 {
		return fmt.Errorf("job: none of the %d boxes of %s is in the image", len(boxes), j.tablePath)
	}
	if len(j.boxes) != len(j.rectangles) {
		j.boxes = nil // some have none
	}
	return nil
}

// on returns the configuration with a detector that simulates the pixels of masks alone.
func on(c *experiment.Config, rectangles []prediction.Box) (*experiment.Config, error) {
	list := prediction.List{Reflections: []prediction.Reflection{{Boxes: rectangles}}}
	return c.OnSpots([]experiment.Predicted{{List: &list}})
}
