package shim

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gobragg/gobragg/internal/compile/cuda"
)

var (
	buildsLock sync.Mutex
	// builds are the executables and shared objects that this process made, by what they are made
	// from.
	builds = map[string]func() (string, error){}
)

// build makes a file of the process's folder, once.
func build(key string, how func(folder, target string) error) (string, error) {
	buildsLock.Lock()
	made := builds[key]
	if made == nil {
		made = sync.OnceValues(func() (string, error) {
			path, err := folder()
			if err != nil {
				return "", err
			}
			target := filepath.Join(path, fmt.Sprintf("%x", sha256.Sum256([]byte(key)))[:24])
			return target, how(path, target)
		})
		builds[key] = made
	}
	buildsLock.Unlock()
	return made()
}

func key(parts ...[]string) string { return strings.Join(slices.Concat(parts...), "\x00") }

// buildServer makes the program that runs texts, once a process.
func (t *tools) buildServer() (string, error) {
	program, err := build(key([]string{"server", t.name}, t.flags), func(folder, target string) error {
		return t.program(filepath.Join(folder, "server", "server.cc"), target)
	})
	if err != nil {
		return "", fmt.Errorf("cuda: the stand-in GPU's server: %s: %w", t.name, err)
	}
	return program, nil
}

// buildText makes the shared object of a text, or finds it. A text that does not compile gives a
// *compilation.
func (t *tools) buildText(text cuda.Text, flags []string) (string, error) {
	source, err := withTables(text)
	if err != nil {
		return "", err
	}
	return build(key([]string{"text", t.name}, t.flags, flags, []string{source}), func(folder, target string) error {
		if err := os.Mkdir(target, 0o700); err != nil {
			return err
		}
		file := filepath.Join(target, "text.cc")
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			return err
		}
		include := []string{"-include", filepath.Join(folder, "table.h")}
		return t.object(file, objectOf(target), slices.Concat(include, flags))
	})
}

func objectOf(folder string) string { return filepath.Join(folder, "text.so") }

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// withTables is a text with what tells the server of its kernels and constants (table.h).
func withTables(text cuda.Text) (string, error) {
	for _, name := range slices.Concat(text.Kernels, text.Constants) {
		if !identifier.MatchString(name) {
			return "", fmt.Errorf("cuda: %q cannot be the name of a kernel or of a constant", name)
		}
	}
	var b strings.Builder
	b.WriteString("#line 1 \"text\"\n" + text.Source + "\n#line 1 \"tables\"\n")
	for _, k := range text.Kernels {
		fmt.Fprintf(&b, "static void shim_run_%[1]s(const void *a) { %[1]s(*(const %[1]s_arguments *)a); }\n", k)
	}
	b.WriteString("extern \"C\" shim_kernel shim_kernels[];\nshim_kernel shim_kernels[] = {\n")
	for _, k := range text.Kernels {
		fmt.Fprintf(&b, "    {\"%[1]s\", shim_run_%[1]s, shim_members<%[1]s_arguments>()},\n", k)
	}
	b.WriteString("    {},\n};\nextern \"C\" shim_constant shim_constants[];\nshim_constant shim_constants[] = {\n")
	for _, c := range text.Constants {
		fmt.Fprintf(&b, "    shim_array(\"%[1]s\", %[1]s),\n", c)
	}
	b.WriteString("    {},\n};\n")
	return b.String(), nil
}
