//go:build linux

// Command formats measures how fast files are read, next to the programs that read the same formats (fabio, h5py, gemmi, where
// Debian's Python has them), and how much memory a long sweep takes: go run ./docs/formats, from the module's root. It prints the
// tables of docs/performance.md. Times are the processor's, in one thread, the least of several readings, so that other programs
// on the machine disturb them little; files come from the cache of the system.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/cif"
	"github.com/gobragg/gobragg/format/mtz"
	"github.com/gobragg/gobragg/format/nxmx"
	"github.com/gobragg/gobragg/internal/cputime"
)

// reading is a file that is read.
type reading struct {
	kind, what string
	path       string
	bytes      int // of what is read, for images of their pixels
	read       func() error
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("formats: ")
	repeat := flag.Int("n", 5, "times of each reading; the least counts")
	rows := flag.Int("rows", 10_000_000, "reflections of the large MTZ file")
	frames := flag.Int("frames", 200, "images of the sweep of 16 megapixels; 0 leaves it out")
	python := flag.String("python", "/usr/bin/python3", "with fabio, h5py and gemmi")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	if err := run(*repeat, *rows, *frames, *python); err != nil {
		log.Fatal(err)
	}
}

func run(repeat, rows, frames int, python string) error {
	folder, err := os.MkdirTemp("", "formats")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	list, err := files(folder, rows)
	if err != nil {
		return err
	}
	peers := measurePeers(list, repeat, python)
	fmt.Println("| file | here | MB/s | other program | MB/s | ratio |\n|---|---|---|---|---|---|")
	for _, r := range list {
		took, err := least(r.read, repeat)
		if err != nil {
			return err
		}
		own := float64(r.bytes) / 1e6 / took
		fmt.Printf("| %s, %.0f MB | %.1f ms | %.0f | ", r.what, float64(r.bytes)/1e6, 1000*took, own)
		if p, there := peers[r.kind]; there {
			fmt.Printf("%s | %.0f | %.1f |\n", p.name, float64(r.bytes)/1e6/p.seconds, p.seconds/took)
		} else {
			fmt.Println("not there | | |")
		}
	}
	if err := expand(list, rows); err != nil {
		return err
	}
	if frames == 0 {
		return nil
	}
	return sweep(filepath.Join(folder, "sweep.nxs"), frames)
}

// least returns the least processor time of several calls.
func least(read func() error, repeat int) (seconds float64, err error) {
	for i := range repeat {
		runtime.GC()
		start := cputime.Seconds()
		if err := read(); err != nil {
			return 0, err
		}
		if took := cputime.Seconds() - start; i == 0 || took < seconds {
			seconds = took
		}
	}
	return seconds, nil
}

// peer is how another program reads a file.
type peer struct {
	name    string
	seconds float64
}

// measurePeers runs the other programs on the files.
func measurePeers(list []reading, repeat int, python string) map[string]peer {
	var in, out bytes.Buffer
	for _, r := range list {
		fmt.Fprintln(&in, r.kind, r.path)
	}
	c := exec.Command(python, "docs/formats/peers.py", fmt.Sprint(repeat))
	c.Stdin, c.Stdout, c.Stderr = &in, &out, os.Stderr
	c.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	if err := c.Run(); err != nil {
		log.Printf("!!! NOT RUN: the other programs: %v !!!", err)
	}
	peers := map[string]peer{}
	for line := range strings.Lines(out.String()) {
		var kind, name, version string
		var seconds float64
		if _, err := fmt.Sscan(line, &kind, &name, &version, &seconds); err == nil {
			peers[kind] = peer{name + " " + version, seconds}
		}
	}
	return peers
}

// files writes the files.
func files(folder string, rows int) ([]reading, error) {
	var list []reading
	path := filepath.Join(folder, "pilatus.cbf")
	f := pilatus()
	if err := cbf.WriteFile(path, f, nil, cbf.Header{}); err != nil {
		return nil, err
	}
	list = append(list, reading{"cbf", "CBF, byte_offset, PILATUS 6M", path, len(f.Data), func() error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		_, _, err = cbf.Read(file, path)
		return err
	}})
	for _, t := range []format.Type{format.Uint16, format.Uint32} {
		kind := fmt.Sprintf("nxmx%d", 8*t.Size())
		path := filepath.Join(folder, kind+".nxs")
		f := eiger(t)
		w, err := nxmx.Create(path, geometry(f, 1), f.Fast, f.Slow, t)
		if err != nil {
			return nil, err
		}
		if err := w.Write(f); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		images, err := nxmx.Open(path, nxmx.Options{})
		if err != nil {
			return nil, err
		}
		var frame format.Frame
		list = append(list, reading{kind, fmt.Sprintf("HDF5, bitshuffle-LZ4, 16 megapixels of %v", t), path, len(f.Data), func() error { return images.Read(0, &frame) }})
	}
	for _, m := range []struct {
		kind string
		rows int
	}{{"mtz6", 1_000_000}, {"mtz7", rows}} {
		path := filepath.Join(folder, m.kind+".mtz")
		if err := mtz.WriteFile(path, reflections(m.rows)); err != nil {
			return nil, err
		}
		list = append(list, reading{m.kind, fmt.Sprintf("MTZ, %.0g reflections", float64(m.rows)), path, 24 * m.rows, func() error {
			_, err := mtz.ReadFile(path, "F")
			return err
		}})
	}
	text := cifText(200_000)
	cifPath := filepath.Join(folder, "sf.cif")
	if err := os.WriteFile(cifPath, text, 0o600); err != nil {
		return nil, err
	}
	list = append(list, reading{"cif", "CIF, a loop of 2·10⁵ rows", cifPath, len(text), func() error {
		data, err := os.ReadFile(cifPath)
		if err != nil {
			return err
		}
		_, err = cif.Parse(data, cifPath)
		return err
	}})
	debug.FreeOSMemory()
	return list, nil
}

// expand reads the large file of reflections, and expands it.
func expand(list []reading, rows int) error {
	for _, r := range list {
		if r.kind != "mtz7" {
			continue
		}
		start := cputime.Seconds()
		m, err := mtz.ReadFile(r.path, "F")
		if err != nil {
			return err
		}
		e, err := m.Expand()
		if err != nil {
			return err
		}
		fmt.Printf("\n%.0g reflections, read and expanded to a table of all of P 1: %.2f s; at most %d MB of memory for a file of %d MB.\n",
			float64(rows), cputime.Seconds()-start, peak(), 24*rows/1_000_000)
		runtime.KeepAlive(e)
	}
	return nil
}

// sweep writes images of 16 megapixels into one file, and reads them.
func sweep(path string, frames int) error {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600); err != nil { // the peak counts from here
		return err
	}
	f := eiger(format.Uint16)
	w, err := nxmx.Create(path, geometry(f, frames), f.Fast, f.Slow, f.Type)
	if err != nil {
		return err
	}
	defer func() { _ = w.Discard() }()
	fmt.Printf("\n| images of 16 megapixels | written, ms an image | read | peak memory, MB |\n|---|---|---|---|\n")
	start := cputime.Seconds()
	for i := range frames {
		f.Data[i]++ // no two are the same
		if err := w.Write(f); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	wrote := cputime.Seconds() - start
	images, err := nxmx.Open(path, nxmx.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = images.Close() }()
	start = cputime.Seconds()
	for i := range frames {
		if err := images.Read(i, f); err != nil {
			return err
		}
		if n := i + 1; n == frames/10 || n == frames {
			fmt.Printf("| %d | %.1f | %.1f | %d |\n", n, 1000*wrote/float64(frames), 1000*(cputime.Seconds()-start)/float64(n), peak())
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	scale := 1e4 / float64(frames)
	fmt.Printf("\n10⁴ of them would take %.0f s to write, %.0f s to read, and %.0f GB.\n", wrote*scale, (cputime.Seconds()-start)*scale, float64(info.Size())*scale/1e9)
	return nil
}

// peak returns the largest resident memory so far, in MB.
func peak() (megabytes int) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			if _, err := fmt.Sscan(text, &megabytes); err != nil {
				log.Fatal(err)
			}
		}
	}
	return megabytes / 1000
}
