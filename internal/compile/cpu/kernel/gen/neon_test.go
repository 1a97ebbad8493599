package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// decode is an instruction as a disassembler that knows nothing of this package reads it.
func decode(t *testing.T, word uint32) string {
	t.Helper()
	in, err := arm64asm.Decode([]byte{byte(word), byte(word >> 8), byte(word >> 16), byte(word >> 24)})
	if err != nil {
		t.Fatalf("%#08x: %v", word, err)
	}
	return arm64asm.GNUSyntax(in)
}

// TestEncodings: each operation that is written as a number is the instruction of its comment, with the first and the last
// registers and others in each place.
func TestEncodings(t *testing.T) {
	numbers := 0
	for name, o := range operations {
		if o.goName != "" {
			continue
		}
		numbers++
		for _, v := range [][]int{{0, 0, 0}, {31, 31, 31}, {1, 2, 3}, {30, 17, 8}, {5, 31, 0}} {
			v = v[:1+o.operands]
			written := o.print(name, v)
			var word uint32
			_, comment, ok := strings.Cut(written, " // ")
			if _, err := fmt.Sscanf(written, "WORD $0x%x", &word); err != nil || !ok {
				t.Fatalf("%s: %q", name, written)
			}
			if got := decode(t, word); got != comment {
				t.Errorf("%s is written as %q, which is %q", name, written, got)
			}
		}
	}
	if numbers < 15 {
		t.Errorf("%d operations are written as numbers", numbers)
	}
}

// TestWords: each number in the committed file is the instruction of its comment.
func TestWords(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "kernels_neon_arm64.s"))
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`WORD \$(0x\w+) // (.*)`).FindAllStringSubmatch(string(text), -1)
	if n := strings.Count(string(text), "WORD"); n != len(words) || n < 500 {
		t.Errorf("%d of %d numbers have a comment", len(words), n)
	}
	for _, w := range words {
		var word uint32
		fmt.Sscanf(w[1], "0x%x", &word)
		if got := decode(t, word); got != w[2] {
			t.Errorf("%s is %q, its comment says %q", w[1], got, w[2])
		}
	}
}

// TestAssembled: what Go's assembler makes of the operations that it has is what their names here say: its operands run the
// other way.
func TestAssembled(t *testing.T) {
	gnu := map[string]string{"B16": "16b", "D2": "2d"}
	var source bytes.Buffer
	var want []string
	source.WriteString("TEXT f(SB), 4, $0\n")
	for name, o := range operations {
		if o.goName == "" {
			continue
		}
		v := []int{1, 2, 3}[:1+o.operands]
		var regs []string
		for _, r := range v {
			regs = append(regs, fmt.Sprintf("v%d.%s", r, gnu[o.lanes]))
		}
		want = append(want, name+" "+strings.Join(regs, ", "))
		source.WriteString("\t" + o.print(name, v) + "\n")
	}
	folder := t.TempDir()
	file, object := filepath.Join(folder, "f_arm64.s"), filepath.Join(folder, "f.o")
	if err := os.WriteFile(file, source.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	assemble := exec.Command("go", "tool", "asm", "-p", "f", "-o", object, file)
	assemble.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64")
	if out, err := assemble.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("go", "tool", "objdump", "-gnu", object).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, w := range want {
		if !strings.Contains(string(out), "// "+w) {
			t.Errorf("no %q in what is assembled:\n%s", w, out)
		}
	}
}
