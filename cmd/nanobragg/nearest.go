package main

import "strings"

// elsewhere answers names of options that users of other programs try, by the name without its dash.
var elsewhere = map[string]string{
	"cbf": noCBF, "cbffile": noCBF, "h5": noCBF, "hdf5": noCBF, "nexus": noCBF, "tiff": noCBF,
	"mtz": noMTZ, "cif": noMTZ, "pdb": noMTZ,
}

const (
	noCBF = "images are written by -intfile and -noisefile in the SMV format, by -floatfile without a header"
	noMTZ = "structure factors are read by -hkl from text, h k l F a line"
)

// nearest is the name of the option that was probably meant by name: the first one that begins with it, else the one with
// the fewest mistakes; "" where there are too many in each.
func nearest(name string) string {
	name = "-" + strings.ToLower(strings.Trim(name, "-"))
	names := optionNames()
	if letters := len(name) - 1; letters >= 3 {
		for _, candidate := range names {
			if strings.HasPrefix(strings.ToLower(candidate), name) {
				return candidate
			}
		}
	}
	best, fewest := "", max(1, (len(name)-1)/3)+1
	if len(name) < 3 {
		fewest = 1 // the name itself, in another case
	}
	for _, candidate := range names {
		if d := editDistance(name, strings.ToLower(candidate)); d < fewest {
			best, fewest = candidate, d
		}
	}
	return best
}

// optionNames are the names of all options, those with open ends short and in full, in the order of -help.
func optionNames() []string {
	var list []string
	for _, g := range groups {
		for _, opt := range g.options {
			for _, name := range opt.names {
				short, open := stem(name)
				list = append(list, short)
				if open {
					list = append(list, strings.NewReplacer("[", "", "]", "").Replace(name))
				}
			}
		}
	}
	return list
}

// editDistance is that of Levenshtein: the number of bytes to insert, delete or replace to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1) // from the part of a read so far to each part of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
