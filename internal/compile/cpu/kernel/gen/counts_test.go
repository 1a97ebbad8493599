package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// loopCount is the instructions that a kernel's loops take for a lane, in the text of an assembly file. Of ways that exclude each
// other it counts the one that most lanes take: wide intervals, and cells that stay the same.
func loopCount(t *testing.T, file, kernel string) float64 {
	t.Helper()
	_, body, ok := strings.Cut(file, "TEXT "+kernel+"<>(SB)")
	if !ok {
		t.Fatalf("no kernel %s", kernel)
	}
	body, _, _ = strings.Cut(body, "\nTEXT ")
	back := regexp.MustCompile(`^(?:BNE|JNZ)\s+(loop|find|read)$`)
	step := regexp.MustCompile(`^(?:SUBS|ADDQ)\s+\$(0x\w+|\d+), (?:R8|AX)\b`)
	var total float64
	lines, lanes, inside, skipped := 0, 0.0, false, false
	for l := range strings.SplitSeq(body, "\n") {
		l = strings.TrimSpace(l)
		switch l {
		case "":
			continue
		case "loop:", "find:", "read:":
			lines, inside = 0, true
			continue
		case "narrow:":
			skipped = true
			continue
		case "done:", "next:":
			skipped = false
			continue
		}
		if !inside || skipped || strings.HasPrefix(l, "//") {
			continue
		}
		lines++
		if m := step.FindStringSubmatch(l); m != nil {
			bytes, err := strconv.ParseInt(m[1], 0, 64)
			if err != nil {
				t.Fatal(err)
			}
			lanes = float64(bytes) / 8
		}
		if back.MatchString(l) {
			total += float64(lines) / lanes
			inside = false
		}
		if strings.HasSuffix(l, " next") {
			skipped = true
		}
	}
	if total == 0 {
		t.Fatalf("no loop in %s", kernel)
	}
	return total
}

// TestCounts: docs/performance.md has the numbers of instructions that the kernels take for a lane.
func TestCounts(t *testing.T) {
	page, err := os.ReadFile(filepath.FromSlash("../../../../../docs/performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, name := range []string{"neon_arm64", "avx2_amd64", "avx512_amd64"} {
		text, err := os.ReadFile(filepath.Join("..", "kernels_"+name+".s"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, string(text))
	}
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)` \\|([^|]*)\\|([^|]*)\\|([^|]*)\\|([^|]*)\\|$").FindAllStringSubmatch(string(page), -1)
	if len(rows) < 20 {
		t.Errorf("%d rows of kernels in docs/performance.md", len(rows))
	}
	for _, row := range rows {
		for i, file := range files {
			want := fmt.Sprintf("%.1f", loopCount(t, file, row[1]))
			if got := strings.TrimSpace(row[2+i]); got != want {
				t.Errorf("%s: %s instructions a lane in column %d, the file has %s", row[1], got, i+1, want)
			}
		}
	}
}
