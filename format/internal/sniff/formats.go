package sniff

import (
	"bytes"
	"regexp"
	"sync"
)

// kind is a kind of file that is recognised by how it begins.
type kind struct {
	name  string // with its article
	holds Content
	cure  string // for those who want what it holds
	is    func(start []byte) bool
}

// What to do with a file that holds what was wanted, but in another format.
const (
	anyFormat = "give it where any format is read, as structure.file of an experiment or to gobragg convert"
	model     = "it is a model: give it where structure factors are calculated from one, as structure.file of an experiment or by -pdb of nanobragg"
	toText    = "export the amplitudes of all of P1 as text, h k l F a line"
	toMatrix  = "give the nine numbers of the matrix, a*, b*, c* times the wavelength in columns, as MOSFLM writes them"
	toSMV     = "convert it to SMV, for instance by gobragg convert"
	unpack    = "unpack it first"
	notData   = "it holds no data"
)

// formats in the order in which they are tried.
var formats = []kind{
	{CBF, Image, toSMV, match(`^###CBF`)}, // a CIF, too
	{MTZ, Reflections, anyFormat + "; nanobragg has -mtz for it", prefix("MTZ ")},
	{MMCIFReflections, Reflections, anyFormat + "; nanobragg has -cif for it", cif("_refln.")},
	{CIFReflections, Reflections, anyFormat + "; nanobragg has -cif for it", cif("_refln_")},
	{MMCIFModel, other, model, cif("_atom_site.")},
	{CIF, other, "structure factors have to be exported as text, h k l F a line", cif("")},
	{XDSASCII, Reflections, anyFormat, match(`^!FORMAT=XDS_ASCII`)},
	{Integrate, Reflections, "its values are not scaled: scale and merge them, and write h k l F a line", match(`^!OUTPUT_FILE=INTEGRATE\.HKL`)},
	{XPARM, Matrix, toMatrix, match(`^ *G?XPARM`)},
	{"a CrystFEL reflection list", Reflections, "its values are intensities: take amplitudes and write h k l F a line", match(`^CrystFEL reflection list`)},
	{Stream, Reflections, "merge it and write h k l F a line", match(`^CrystFEL stream`)},
	{CrystFELCell, other, "give the cell as six numbers", match(`^CrystFEL unit cell`)},
	{"a SCALEPACK file", Reflections, "its values are intensities: take amplitudes and write h k l F a line", match(`^ +1\r?\n *-98[57]\r?\n`)},
	{"an X-PLOR or CNS file", Reflections, toText, match(`(?i)^\s*(NREF|DECLARE |INDE)`)},
	{PDB, other, model, match(`^(HEADER {4}|CRYST1|REMARK {1,3}|ATOM {2}|HETATM[ 0-9]|TITLE {5}|COMPND {4}|EXPDTA {4}|MODEL {5}|SCALE1 {4}|SEQRES {2,3}|DBREF {2})`)},
	{Shelx, other, "structure factors are in the .hkl file next to it", match(`(?i)^TITL\s`)},
	{Dump, Reflections, "it is binary: read it as a dump (-dump, or the format dump)", match(`^ *-?\d+ -?\d+ -?\d+ -?\d+ -?\d+ -?\d+\n\f`)},
	{DIALS, Experiment, "gobragg reads it, and nanobragg by -expt", match(`^\s*\{\s*"__id__"`)},
	{DIALSTable, other, "gobragg inspect shows it", prefix("\x93\xbbdials::af::reflection_table")},
	{"JSON", other, "it is not read here", match(`^\s*(\{\s*"|\[\s*[{\["])`)},
	{"an EDF image", Image, toSMV, match(`^\{\s*(HeaderID|EDF_)`)},
	{SMV, Image, "read it as SMV", match(`^\{[^"]*=`)},
	{PGM, Image, toSMV, match(`^P[25]\s`)},
	{HDF5, other, "gobragg reads images of NXmx, and converts them", prefix("\x89HDF\r\n\x1a\n")},
	{TIFF, Image, toSMV, prefix("II*\x00", "MM\x00*")},
	{PNG, Image, toSMV, prefix("\x89PNG")},
	{"a JPEG image", Image, toSMV, prefix("\xff\xd8\xff")},
	{"a mar345 image", Image, toSMV, prefix("\xd2\x04\x00\x00", "\x00\x00\x04\xd2")},
	{"an R-AXIS image", Image, toSMV, prefix("R-AXIS", "RAXIS")},
	{NPY, other, "gobragg reads images, and converts them", prefix("\x93NUMPY")},
	{"a PDF document", other, notData, prefix("%PDF")},
	{"a web page", other, "the download failed, or saved a page about the file instead of the file", match(`(?i)^\s*<(!doctype|html)`)},
	{"XML", other, "it is not read", match(`^\s*<\?xml`)},
	{"a pointer to a file in Git LFS", other, "fetch the file itself, with git lfs pull", prefix("version https://git-lfs")},
	{"a PostScript document", other, notData, prefix("%!PS")},
	{Zip, other, unpack, prefix("PK\x03\x04")},
	{"a file compressed by xz", other, unpack, prefix("\xfd7zXZ\x00")},
	{"a file compressed by zstd", other, unpack, prefix("\x28\xb5\x2f\xfd")},
	{"a file compressed by lz4", other, unpack, prefix("\x04\x22\x4d\x18")},
	{"a file compressed by compress", other, unpack, prefix("\x1f\x9d")},
	{"a file compressed twice", other, unpack, prefix("\x1f\x8b\x08", "BZh91AY&SY")},
	{"an archive (7z)", other, unpack, prefix("7z\xbc\xaf\x27\x1c")},
	{"an archive (tar)", other, unpack, func(start []byte) bool { return len(start) > 262 && string(start[257:262]) == "ustar" }},
	{"an executable program", other, notData, prefix("\x7fELF", "\xcf\xfa\xed\xfe")},
	{"text in UTF-16", other, "save it as UTF-8", prefix("\xff\xfe", "\xfe\xff")},
}

// recognise returns the format of the start of a file, or nil.
func recognise(start []byte) *kind {
	start = bytes.TrimPrefix(start, []byte(byteOrderMark))
	for i := range formats {
		if formats[i].is(start) {
			return &formats[i]
		}
	}
	return nil
}

func prefix(any ...string) func([]byte) bool {
	return func(start []byte) bool {
		for _, p := range any {
			if bytes.HasPrefix(start, []byte(p)) {
				return true
			}
		}
		return false
	}
}

// match compiles its pattern when it is first asked: most programs never are.
func match(pattern string) func([]byte) bool {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
	return func(start []byte) bool { return compiled().Match(start) }
}

// block begins a CIF, whose comments may come first.
var block = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\s*(#[^\n\r]*)?[\n\r])*\s*(?i:data_)`)
})

// cif recognises one with a category of data in its first lines.
func cif(category string) func([]byte) bool {
	return func(start []byte) bool { return block().Match(start) && bytes.Contains(start, []byte(category)) }
}
