package fake

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/internal/compile/cuda/shim"
)

//go:embed source
var sources embed.FS

// Build makes the libraries in a folder. It returns the environment variables, "NAME=value", with
// which a program started anew finds them in place of the real ones. The error wraps
// shim.ErrNoCompiler where there is no C++ compiler.
func Build(folder string) ([]string, error) {
	compiler, err := shim.Compiler()
	if err != nil {
		return nil, err
	}
	flags, err := shim.Flags()
	if err != nil {
		return nil, err
	}
	if err := writeSources(folder); err != nil {
		return nil, fmt.Errorf("fake CUDA: %w", err)
	}
	command := strings.Fields(compiler)
	for _, library := range []struct{ source, name string }{
		{"driver.cc", "libcuda.so.1"},
		{"compiler.cc", "libnvrtc.so.12"},
	} {
		if err := build(command, folder, library.source, library.name); err != nil {
			return nil, err
		}
	}
	// A text's shared object finds the scheduler in the driver.
	text := slices.Concat(command, flags, []string{"-shared", "-fPIC", "-include", filepath.Join(folder, "table.h")})
	for i := range text {
		text[i] = quote(text[i])
	}
	libraries := folder
	if old := os.Getenv("LD_LIBRARY_PATH"); old != "" {
		libraries += ":" + old
	}
	return []string{
		"LD_LIBRARY_PATH=" + libraries,
		"FAKE_CUDA_COMPILE=" + strings.Join(text, " "),
		"FAKE_CUDA_LINK=" + quote(filepath.Join(folder, "libcuda.so.1")) + " -lm",
	}, nil
}

func writeSources(folder string) error {
	for _, file := range []struct {
		in   embed.FS
		name string
	}{
		{sources, "source/fake.h"}, {sources, "source/driver.cc"}, {sources, "source/compiler.cc"},
		{shim.Sources, "shim.h"}, {shim.Sources, "warp.h"}, {shim.Sources, "table.h"},
	} {
		data, err := file.in.ReadFile(file.name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, path.Base(file.name)), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func build(command []string, folder, source, name string) error {
	arguments := []string{"-std=c++17", "-O0", "-Wall", "-fPIC", "-shared", "-U_FORTIFY_SOURCE", "-Wl,-soname," + name,
		filepath.Join(folder, source), "-o", filepath.Join(folder, name), "-ldl", "-lm"}
	cmd := exec.Command(command[0], slices.Concat(command[1:], arguments)...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("fake CUDA: %s: %w\n%s", name, err, log.Bytes())
	}
	return nil
}

// quote makes an argument for the shell.
func quote(argument string) string { return "'" + strings.ReplaceAll(argument, "'", `'\''`) + "'" }
