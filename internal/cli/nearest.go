package cli

import "strings"

// Nearest returns the one of names that was probably meant by name: the first one that begins with it, else the longest one
// that it begins with, else the one with the fewest mistakes; "" where there are too many in each. Case, and dashes at the beginning and end, do not matter.
func Nearest(name string, names []string) string {
	plain := func(s string) string { return strings.ToLower(strings.Trim(s, "-")) }
	name = plain(name)
	if len(name) >= 3 {
		for _, candidate := range names {
			if strings.HasPrefix(plain(candidate), name) {
				return candidate
			}
		}
	}
	best := ""
	for _, candidate := range names {
		if short := plain(candidate); len(short) >= 4 && len(short) > len(plain(best)) && strings.HasPrefix(name, short) {
			best = candidate
		}
	}
	if best != "" {
		return best
	}
	fewest := max(1, len(name)/3) + 1
	if len(name) < 2 {
		fewest = 1 // the name itself, in another case
	}
	for _, candidate := range names {
		if d := Distance(name, plain(candidate)); d < fewest {
			best, fewest = candidate, d
		}
	}
	return best
}

// Distance is that of Levenshtein: the number of bytes to insert, delete or replace to make b of a.
func Distance(a, b string) int {
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
