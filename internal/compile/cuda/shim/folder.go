package shim

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/gobragg/gobragg/internal/compile/cuda"
)

// Sources are the C++ parts: shim.h, with which CUDA C compiles; warp.h, the scheduler; table.h,
// what a text's shared object tells of itself; and server/server.cc. They may serve another front
// end.
//
//go:embed shim.h warp.h table.h server/server.cc server/probe.cc
var Sources embed.FS

// workspace is the process's temporary folder, with Sources in it.
type workspace struct {
	path string
	// alive is the input of the process that removes the folder: its end comes with this process's.
	alive io.WriteCloser
}

var makeWorkspace = sync.OnceValues(func() (*workspace, error) {
	path, err := os.MkdirTemp("", "gobragg-shim-")
	if err != nil {
		return nil, err
	}
	wait := exec.Command("sh", "-c", `trap "" INT TERM HUP; read -r _; rm -rf -- "$1"`, "sh", path)
	alive, err := wait.StdinPipe()
	if err == nil {
		err = wait.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &workspace{path, alive}, writeSources(path)
})

// folder is where the workspace is, which the first call makes.
func folder() (string, error) {
	w, err := makeWorkspace()
	if err != nil {
		return "", fmt.Errorf("cuda: the stand-in GPU's folder: %w", err)
	}
	return w.path, nil
}

// removeMemory removes the file of an allocation. One that is not there was never made, or has been
// removed with the folder.
func removeMemory(at cuda.Address) {
	if path, err := folder(); err == nil {
		_ = os.Remove(filepath.Join(path, fmt.Sprintf("%x", uint64(at))))
	}
}

func writeSources(path string) error {
	return fs.WalkDir(Sources, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case entry.IsDir():
			return os.Mkdir(filepath.Join(path, name), 0o700)
		}
		data, err := Sources.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(path, name), data, 0o600)
	})
}
