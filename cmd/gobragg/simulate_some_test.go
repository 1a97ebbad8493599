package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/experiment"
)

// TestSelected: --images names numbers and ranges of the scan.
func TestSelected(t *testing.T) {
	scan := &experiment.Scan{First: 4, Images: 10}
	for text, want := range map[string]string{"": "4 5 6 7 8 9 10 11 12 13", "4": "4", "13,5-7": "5 6 7 13", "5-6, 6-7,4": "4 5 6 7"} {
		f := simulateFlags{images: text}
		numbers, err := f.selected(scan)
		if got := strings.Trim(strings.Join(strings.Fields(strings.Trim(fmt.Sprint(numbers), "[]")), " "), " "); err != nil || got != want {
			t.Errorf("%q: %s, %v, not %s", text, got, err, want)
		}
	}
	for _, text := range []string{"3", "14", "5-", "-5", "7-5", "x", "4,,5", "4-20", "1e1"} {
		f := simulateFlags{images: text}
		if numbers, err := f.selected(scan); err == nil || !strings.Contains(err.Error(), "--images "+text) {
			t.Errorf("%q: %v, %v", text, numbers, err)
		}
	}
	f := simulateFlags{images: "1"}
	if numbers, err := f.selected(nil); err != nil || len(numbers) != 1 {
		t.Errorf("%v, %v", numbers, err)
	}
}

// TestSimulateSome: some images of a scan, and those that were missing, have the bytes that they have in all of it.
func TestSimulateSome(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	bytes := func(name string) string {
		t.Helper()
		data, err := os.ReadFile(in(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	e := written(t, "e.json", strings.Replace(spots, `"images": 2`, `"images": 4`, 1))
	flags := []string{e, "--noise", "3", "--derivative", "cell.a"}
	outs := func(name string) (list []string) {
		for _, ending := range []string{"_#.cbf", "_#.nxs", "_#.img"} {
			list = append(list, "--out", in(name+ending))
		}
		return append(list, "--picture", in(name+"_#.png"))
	}
	for _, name := range []string{"all", "some"} {
		if err := os.Mkdir(in(name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	kinds := []string{"_#.cbf", "_#.nxs", "_#.img", "_#.png", "_cell.a_#.nxs", "_cell.a_#.png"}
	simulated(t, append(flags, outs("all/x")...)...)
	simulated(t, append(flags, append(outs("some/x"), "--images", "5,7")...)...)
	for _, number := range []string{"5", "7"} {
		for _, kind := range kinds {
			if name := strings.Replace(kind, "#", number, 1); bytes("some/x"+name) != bytes("all/x"+name) {
				t.Errorf("some/x%s is not all/x%[1]s", name)
			}
		}
	}
	if _, err := os.Stat(in("some/x_4.cbf")); err == nil {
		t.Error("some/x_4.cbf is there")
	}
	// Images 4 and 6 are missing; one of the files of 7 is, too.
	if err := os.Remove(in("some/x_7.img")); err != nil {
		t.Fatal(err)
	}
	old, err := os.Stat(in("some/x_5.cbf"))
	if err != nil {
		t.Fatal(err)
	}
	simulated(t, append(flags, append(outs("some/x"), "--resume")...)...)
	for _, number := range []string{"4", "5", "6", "7"} {
		for _, kind := range kinds {
			if name := strings.Replace(kind, "#", number, 1); bytes("some/x"+name) != bytes("all/x"+name) {
				t.Errorf("after --resume some/x%s is not all/x%[1]s", name)
			}
		}
	}
	if again, err := os.Stat(in("some/x_5.cbf")); err != nil || !os.SameFile(old, again) {
		t.Errorf("some/x_5.cbf was written again, %v", err)
	}
	if says := simulated(t, append(flags, append(outs("some/x"), "--resume")...)...); !strings.Contains(says, "all images are there") {
		t.Error(says)
	}
	// Files of another seed stay, and are an error.
	before := bytes("some/x_7.cbf")
	if err := os.Remove(in("some/x_4.cbf")); err != nil {
		t.Fatal(err)
	}
	status, _, says := invoke(t, append([]string{"simulate", e, "--noise", "4", "--derivative", "cell.a", "--resume"}, outs("some/x")...)...)
	if status != 1 || !strings.Contains(says, "some/x_7.cbf is not image 7 of this experiment") || bytes("some/x_7.cbf") != before {
		t.Errorf("%d: %s", status, says)
	}
	if _, err := os.Stat(in("some/x_4.cbf")); err == nil {
		t.Error("some/x_4.cbf was made")
	}
	// One file of a range is that rotation; of images with others between them it cannot be.
	simulated(t, e, "--images", "5-6", "--out", in("range.nxs"))
	if r := openFile(t, in("range.nxs")).Geometry.Rotation; r.Phi != 10.5 || r.Images != 2 || r.Width != 0.5 {
		t.Errorf("%+v", r)
	}
	simulated(t, e, "--images", "5,7", "--out", in("gap.npy"))
	for _, test := range [][]string{
		{"image_####", e, "--images", "5,7", "--out", in("gap.nxs")},
		{"--resume: " + in("one.nxs") + " has no place for the number", e, "--resume", "--out", in("one.nxs")},
		{"3 is not among the images 4 to 7", e, "--images", "3", "--out", in("x.npy")},
	} {
		if status, _, says := invoke(t, append([]string{"simulate"}, test[1:]...)...); status == 0 || !strings.Contains(says, test[0]) {
			t.Errorf("%v: %d, %s", test[1:], status, says)
		}
	}
}
