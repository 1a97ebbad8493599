// Package numbered deals with the names of files that are numbered, such as the images of a sweep:
// sweep_####.img and sweep_%04d.img stand for sweep_0001.img, sweep_0002.img and so on.
package numbered

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Name is a path with a place for a number.
type Name struct {
	before, after string
	width         int  // least number of digits
	fixed         bool // there is no room for more
}

// ErrNoPlace is the error for a path without a place for a number.
var ErrNoPlace = errors.New("has no place for the number: a run of #, or %05d")

// place matches a run of # and what C's printf takes for a number that is filled up with zeros.
var place = regexp.MustCompile(`#+|%(?:0[0-9]+)?d`)

// widest is more than the digits of any number.
const widest = 18

// Parse finds the place for the number in a path: a run of #, with a digit for each, or %d, or %05d
// with at least five digits. It looks in the name of the file and, if that has none, in its folder.
// A path without a place is [ErrNoPlace], and one with several an error.
func Parse(path string) (Name, error) {
	folder, file := filepath.Split(path)
	for _, part := range []struct{ before, text, after string }{{folder, file, ""}, {"", folder, file}} {
		switch at := place.FindAllStringIndex(part.text, -1); len(at) {
		case 0:
		case 1:
			return parse(part.before+part.text[:at[0][0]], part.text[at[0][0]:at[0][1]], part.text[at[0][1]:]+part.after)
		default:
			return Name{}, fmt.Errorf("has %d places for the number, %s and %s: there can be one",
				len(at), part.text[at[0][0]:at[0][1]], part.text[at[1][0]:at[1][1]])
		}
	}
	return Name{}, ErrNoPlace
}

func parse(before, number, after string) (Name, error) {
	n := Name{before: before, after: after, width: 1}
	switch {
	case number[0] == '#':
		n.width, n.fixed = len(number), true
	case len(number) > 2:
		width, err := strconv.Atoi(number[1 : len(number)-1])
		if err != nil || width > widest {
			return Name{}, fmt.Errorf("asks for numbers of more than %d digits, %s", widest, number)
		}
		n.width = width
	}
	if n.width > widest {
		return Name{}, fmt.Errorf("asks for numbers of more than %d digits", widest)
	}
	return n, nil
}

// Path returns the path with a number, filled up with zeros.
func (n Name) Path(number int) string {
	return n.before + fmt.Sprintf("%0*d", n.width, number) + n.after
}

// Template returns the path with a # for each digit, as other programs write it.
func (n Name) Template() string { return n.before + strings.Repeat("#", n.width) + n.after }

// Room returns an error if a number has more digits than a run of # has places.
func (n Name) Room(number int) error {
	if digits := len(strconv.Itoa(number)); n.fixed && digits > n.width {
		return fmt.Errorf("has places for %d digits; number %d needs %d", n.width, number, digits)
	}
	return nil
}

// Files returns the paths of the files that are there, by their numbers.
func (n Name) Files() ([]string, error) {
	folder, prefix := filepath.Split(n.before)
	list, err := os.ReadDir(filepath.Clean(folder))
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, entry := range list {
		rest, found := strings.CutPrefix(entry.Name(), prefix)
		if !found {
			continue
		}
		digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
		if number, err := strconv.Atoi(digits); err == nil && n.Room(number) == nil && fmt.Sprintf("%0*d", n.width, number) == digits {
			if _, err := os.Stat(n.Path(number)); err == nil {
				numbers = append(numbers, number)
			}
		}
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers) // of entries with further endings
	paths := make([]string, len(numbers))
	for i, number := range numbers {
		paths[i] = n.Path(number)
	}
	return paths, nil
}
