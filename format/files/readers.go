package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/crystfel"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/format/hkl"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/mask"
	"github.com/gobragg/gobragg/format/mtz"
	"github.com/gobragg/gobragg/format/npy"
	"github.com/gobragg/gobragg/format/nxmx"
	"github.com/gobragg/gobragg/format/pdb"
	"github.com/gobragg/gobragg/format/sfcif"
	"github.com/gobragg/gobragg/format/shelx"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/format/sources"
	"github.com/gobragg/gobragg/format/tiff"
	"github.com/gobragg/gobragg/format/xds"
	"github.com/gobragg/gobragg/symmetry"
)

// readers of all formats. A format that several kinds of files have follows itself.
var readers = []reader{
	{"mtz", sniff.MTZ, readMTZ},
	{"sfcif", sniff.MMCIFReflections, readSFCIF},
	{"sfcif", sniff.CIFReflections, readSFCIF},
	{"sfcif", sniff.CIF, readCIF},
	{"pdb", sniff.PDB, readModel},
	{"mmcif", sniff.MMCIFModel, readCIF},
	{"xds-ascii", sniff.XDSASCII, readXDS},
	{"xds-integrate", sniff.Integrate, readXDS},
	{"xparm", sniff.XPARM, readXPARM},
	{"cbf", sniff.CBF, readCBF},
	{"smv", sniff.SMV, openSMV},
	{"tiff", sniff.TIFF, readTIFF},
	{"nxmx", sniff.HDF5, readNXmx},
	{"npy", sniff.NPY, readNPY},
	{"npz", sniff.Zip, readNPZ},
	{"shelx", "", readSHELX},
	{"hkl", "", readHKL},
	{"dials-expt", sniff.DIALS, readExperiments},
	{"dials-refl", sniff.DIALSTable, readTable},
	{"crystfel-geom", "", readCrystFELGeometry},
	{"crystfel-cell", sniff.CrystFELCell, readCrystFELCell},
	{"crystfel-stream", sniff.Stream, readStream},
	{"spectrum", "", readSpectrum},
	{"mask", sniff.PNG, readMask},
	{"mask", "", readMask},
}

func readMTZ(c *Content, o Options) (err error) {
	c.Reflections, err = mtz.ReadFile(c.Path, o.Columns...)
	return err
}

func readSFCIF(c *Content, o Options) (err error) {
	c.Reflections, err = sfcif.ReadFile(c.Path, o.Columns...)
	return err
}

// defaultResolution in Å is that to which amplitudes of a model are calculated.
const defaultResolution = 2

// readCIF reads a CIF whose beginning does not show what it holds, or that may hold both: structure
// factors or else a model.
func readCIF(c *Content, o Options) error {
	err := readSFCIF(c, o)
	if !errors.Is(err, format.ErrNoData) {
		c.Format = "sfcif"
		return err
	}
	asModel := readModel(c, o)
	switch {
	case asModel == nil:
		c.Format = "mmcif"
		return nil
	case c.Format == "mmcif":
		return asModel
	}
	return err
}

func readModel(c *Content, o Options) error {
	if err := noColumns(c, o); err != nil {
		return err
	}
	model, err := pdb.ReadFile(c.Path)
	if err != nil {
		return err
	}
	dmin := o.DMin
	if dmin == 0 {
		dmin = defaultResolution
		c.Notices = append(c.Notices, fmt.Sprintf("is a model: its amplitudes are calculated to %d Å", defaultResolution))
	}
	m, err := model.StructureFactors(dmin)
	if err != nil {
		return format.Errorf(format.Classify(err, format.ErrInvalidValue), "%s: %w", c.Path, err)
	}
	c.Reflections = m
	return nil
}

func readXDS(c *Content, o Options) error {
	if err := noColumns(c, o); err != nil {
		return err
	}
	m, err := xds.ReadFile(c.Path)
	if err != nil {
		return err
	}
	c.Reflections = m
	if c.Format == "xds-integrate" {
		return readXPARM(c, o)
	}
	return nil
}

func readXPARM(c *Content, _ Options) error {
	g, x, err := xds.ReadGeometryFile(c.Path)
	if err != nil {
		return err
	}
	c.Geometry = g
	if x != nil {
		c.Crystals = []format.Crystal{*x}
	}
	return nil
}

// keep makes images those of the file, unless they could not be opened.
func keep[T format.Images](c *Content, images T, err error) error {
	if err == nil {
		c.Images = images
	}
	return err
}

func readCBF(c *Content, _ Options) error {
	images, err := cbf.Open(c.Path)
	return keep(c, images, err)
}

func openSMV(c *Content, _ Options) error {
	images, err := smv.Open(c.Path)
	return keep(c, images, err)
}

func readTIFF(c *Content, _ Options) error {
	images, err := tiff.Open(c.Path)
	return keep(c, images, err)
}

func readMask(c *Content, _ Options) (err error) {
	c.Mask, err = mask.ReadFile(c.Path)
	return err
}

func readNXmx(c *Content, _ Options) error {
	images, err := nxmx.Open(c.Path, nxmx.Options{})
	return keep(c, images, err)
}

func readNPY(c *Content, _ Options) error {
	images, err := npy.Open(c.Path)
	return keep(c, images, err)
}

func readNPZ(c *Content, _ Options) error {
	archive, err := npy.OpenArchive(c.Path)
	if err != nil {
		return err
	}
	c.archive = archive
	for _, name := range archive.Names() {
		array, err := archive.Open(name)
		if err != nil {
			return err
		}
		m := Member{Name: name}
		if array.Frames() > 0 {
			m.Images = array
		} else {
			x, err := array.Number()
			if err != nil {
				return errors.Join(err, array.Close())
			}
			m.Number = &x
		}
		c.Members = append(c.Members, m)
	}
	return nil
}

// triclinic returns P 1, the group of files that have none.
func triclinic() *symmetry.Group {
	g, err := symmetry.ByNumber(1)
	if err != nil {
		panic(err) // the table of groups is a part of this program
	}
	return g
}

// readSHELX reads reflections with the instructions of the same name that lie beside them, if there are any.
func readSHELX(c *Content, o Options) error {
	if err := noColumns(c, o); err != nil {
		return err
	}
	plain := strings.TrimSuffix(strings.TrimSuffix(c.Path, ".gz"), ".bz2")
	stem := strings.TrimSuffix(plain, filepath.Ext(plain))
	var in *shelx.Instructions
	for _, ending := range []string{".res", ".ins"} {
		if _, err := os.Stat(stem + ending); err != nil {
			continue
		}
		var err error
		if in, err = shelx.ReadInstructionsFile(stem + ending); err != nil {
			return err
		}
		c.Notices = append(c.Notices, "has its cell and symmetry from "+stem+ending)
		break
	}
	m, err := shelx.ReadFile(c.Path, in)
	if err != nil {
		return err
	}
	if m.Group == nil {
		m.Group = triclinic()
		c.Notices = append(c.Notices, "has neither cell nor symmetry, and no instructions lie beside it: its reflections are taken for all of P 1 but their Friedel mates")
	}
	c.Reflections = m
	return nil
}

func readHKL(c *Content, o Options) error {
	if err := noColumns(c, o); err != nil {
		return err
	}
	t, err := hkl.ReadFile(c.Path, hkl.ByFile)
	if err != nil {
		return format.Errorf(format.Classify(err, format.ErrInvalidValue), "%w", err)
	}
	m := t.InP1()
	m.Notices = t.Notices
	m.Rows = t.Count()
	m.Merged = m.Rows // mates
	c.Reflections = m
	return nil
}

// noColumns is the error for labels of columns where there are none to choose.
func noColumns(c *Content, o Options) error {
	if len(o.Columns) == 0 {
		return nil
	}
	return format.Errorf(format.ErrNoData, "%s: has no labels of columns: %v cannot be chosen", c.Path, o.Columns)
}

func readExperiments(c *Content, _ Options) error {
	list, err := dials.ReadExperimentsFile(c.Path)
	if err != nil {
		return err
	}
	c.Experiments = list
	seen := map[*format.Crystal]bool{}
	for _, e := range list {
		if c.Geometry == nil {
			c.Geometry = e.Geometry
		}
		if e.Crystal != nil && !seen[e.Crystal] {
			seen[e.Crystal] = true
			c.Crystals = append(c.Crystals, *e.Crystal)
		}
	}
	return nil
}

func readTable(c *Content, _ Options) (err error) {
	c.Table, err = dials.ReadTableFile(c.Path)
	return err
}

func readCrystFELGeometry(c *Content, _ Options) (err error) {
	c.Geometry, err = crystfel.ReadGeometryFile(c.Path)
	return err
}

func readCrystFELCell(c *Content, _ Options) error {
	cell, err := crystfel.ReadCellFile(c.Path)
	if err != nil {
		return err
	}
	c.Crystals = []format.Crystal{{A: cell.Reciprocal()}}
	c.Notices = append(c.Notices, "has a cell without an orientation: a* is taken along x, and b* in the x-y plane")
	return nil
}

func readStream(c *Content, _ Options) (err error) {
	c.Chunks, err = crystfel.ReadStreamFile(c.Path, func(chunk *crystfel.Chunk) error {
		for _, x := range chunk.Crystals {
			c.Crystals = append(c.Crystals, x.Crystal)
		}
		return nil
	})
	return err
}

func readSpectrum(c *Content, _ Options) error {
	list, err := sources.ReadSpectrumFile(c.Path)
	if err != nil {
		return format.Errorf(format.Classify(err, format.ErrInvalidValue), "%w", err)
	}
	for _, l := range list {
		c.Spectrum = append(c.Spectrum, Line{l.Wavelength * 1e10, l.Weight})
	}
	return nil
}
