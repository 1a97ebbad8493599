package main

import "strings"

// nearest is the name of an option most like name, "" where none is like it at all.
func nearest(name string) string {
	best, closest := "", max(2, len(name)/3)+1
	for _, g := range groups {
		for _, opt := range g.options {
			for _, n := range opt.names {
				short, _ := stem(n)
				full := strings.NewReplacer("[", "", "]", "").Replace(n)
				for _, candidate := range []string{full, short} {
					if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < closest {
						best, closest = candidate, d
					}
				}
			}
		}
	}
	return best
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
