package cli

import (
	"os"
	"path/filepath"
)

// Identity returns what two names of one file have in common; "" for devices and pipes, which may be written twice.
func Identity(path string) (string, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", nil
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	} else if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path))
	}
	return filepath.Abs(path)
}
