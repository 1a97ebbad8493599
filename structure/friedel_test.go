package structure

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFriedelMates(t *testing.T) {
	for _, test := range []struct {
		name     string
		in, want []Reflection
		lone     int
	}{
		{"half", []Reflection{{0, 0, 0, 9}, {0, 0, 1, 5}, {1, -2, 3, 6}},
			[]Reflection{{-1, 2, -3, 6}, {0, 0, -1, 5}, {0, 0, 0, 9}, {0, 0, 1, 5}, {1, -2, 3, 6}}, 2},
		{"pairs that differ are kept", []Reflection{{1, 0, 0, 5}, {-1, 0, 0, 6}, {2, 0, 0, 7}},
			[]Reflection{{-2, 0, 0, 7}, {-1, 0, 0, 6}, {1, 0, 0, 5}, {2, 0, 0, 7}}, 1},
		{"all there", []Reflection{{-1, 0, 0, 6}, {1, 0, 0, 5}}, []Reflection{{-1, 0, 0, 6}, {1, 0, 0, 5}}, 0},
		{"a box without the origin", []Reflection{{3, 4, 5, 1}}, []Reflection{{-3, -4, -5, 1}, {3, 4, 5, 1}}, 1},
		{"a full box", []Reflection{{0, 0, 0, 1}, {1, 0, 0, 2}}, []Reflection{{-1, 0, 0, 2}, {0, 0, 0, 1}, {1, 0, 0, 2}}, 1},
	} {
		table, err := New(test.in)
		if err != nil {
			t.Fatal(err)
		}
		before := slices.Collect(table.Reflections())
		complete, added, err := table.WithFriedelMates()
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Collect(complete.Reflections()); !reflect.DeepEqual(got, test.want) || added != test.lone || table.Lone() != test.lone {
			t.Errorf("%s: %v, %d added, %d lone", test.name, got, added, table.Lone())
		}
		if err := complete.Validate(); err != nil || complete.Lone() != 0 {
			t.Errorf("%s: %d are lone, %v", test.name, complete.Lone(), err)
		}
		if same := complete == table; same != (test.lone == 0) || !slices.Equal(slices.Collect(table.Reflections()), before) {
			t.Errorf("%s: the table itself was changed, or copied in vain", test.name)
		}
	}
	far, err := New([]Reflection{{1000, 1000, 1000, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := far.WithFriedelMates(); err == nil || !strings.Contains(err.Error(), "structure: with Friedel mates: the box h -1000..1000") {
		t.Errorf("error %v", err)
	}
}
