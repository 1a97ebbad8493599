package experiment

import (
	"reflect"
	"strings"
	"testing"
)

// TestMoved: every file that an experiment can name is moved, and the original keeps its names.
func TestMoved(t *testing.T) {
	c := &Config{
		Crystals:   []Crystal{{}},
		Detector:   Detector{Panels: []Panel{{}}},
		Background: Background{Materials: []Material{{}}, Image: &ImageBackground{Files: []string{""}}},
		Images:     []Image{{}},
	}
	isFile := func(path string) bool {
		name := path[strings.LastIndexByte(path, '.')+1:]
		return strings.HasSuffix(name, "file") || strings.HasPrefix(name, "files[")
	}
	files := 0
	err := walk(reflect.ValueOf(c).Elem(), "", rules{}, func(path string, v reflect.Value, _ rules) error {
		if isFile(path) {
			files++
			v.SetString("x.dat")
		}
		return nil
	})
	if err != nil || files != 10 {
		t.Fatalf("%d files, %v", files, err)
	}
	for _, of := range []struct {
		c    *Config
		want string
	}{{c.Moved("sub"), "../x.dat"}, {c, "x.dat"}} {
		_ = walk(reflect.ValueOf(of.c).Elem(), "", rules{}, func(path string, v reflect.Value, _ rules) error {
			if isFile(path) && strings.ReplaceAll(v.String(), "\\", "/") != of.want {
				t.Errorf("%s is %s, not %s", path, v.String(), of.want)
			}
			return nil
		})
	}
}
