//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gobragg/gobragg/internal/atomicfile"
	"gorgonia.org/cu"
	"gorgonia.org/cu/nvrtc"
)

// compiledLimit is the most texts kept in memory. A program has few texts, each of about 100 kB of
// PTX.
const compiledLimit = 64

var (
	compiledLock sync.Mutex
	compiledPTX  = map[string]*compiled{}
)

// compiled is the PTX of a text, compiled only once even if several goroutines need it.
type compiled struct {
	lock sync.Mutex
	ptx  string
}

// compiledFor returns the PTX of a text for a device: from memory, from the user's cache folder, or
// from NVRTC.
func compiledFor(text Text, d *device) (string, error) {
	if err := loadCompiler(); err != nil {
		return "", err
	}
	key, err := cacheKey(text, d)
	if err != nil {
		return "", err
	}
	compiledLock.Lock()
	entry := compiledPTX[key]
	if entry == nil {
		if len(compiledPTX) >= compiledLimit {
			clear(compiledPTX)
		}
		entry = new(compiled)
		compiledPTX[key] = entry
	}
	compiledLock.Unlock()

	entry.lock.Lock()
	defer entry.lock.Unlock()
	if entry.ptx != "" {
		return entry.ptx, nil
	}
	path := cachePath(key)
	ptx, found := readCache(path)
	if !found {
		if ptx, err = ptxFor(text, d); err != nil {
			return "", err
		}
		writeCache(path, ptx)
	}
	entry.ptx = ptx
	return ptx, nil
}

// cacheKey returns a hash of everything that the PTX depends on.
func cacheKey(text Text, d *device) (string, error) {
	major, minor, err := nvrtc.Version()
	if err != nil {
		return "", fmt.Errorf("cuda: the version of NVRTC: %w", err)
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "NVRTC %d.%d, driver %d, capability %d, %q\n", major, minor, cu.Version(), d.capability, baseOptions)
	_, _ = io.WriteString(hash, text.Source) // a hash returns no error
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}

// cachePath returns the file of a text in the user's cache folder, or "" if the user has none.
func cachePath(key string) string {
	folder, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "gobragg", "cuda", key+".ptx")
}

// sealed returns the contents of a cache file: a comment with the checksum of the PTX, then the
// PTX.
func sealed(ptx string) string {
	return fmt.Sprintf("// sha256 %x\n%s", sha256.Sum256([]byte(ptx)), ptx)
}

// readCache reads PTX from a file. It returns false if the file does not exist, cannot be read or
// is damaged.
func readCache(path string) (string, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", false
	}
	_, ptx, _ := strings.Cut(string(data), "\n")
	return ptx, ptx != "" && sealed(ptx) == string(data)
}

// writeCache writes PTX to a file. If that fails, the text is compiled again next time.
func writeCache(path, ptx string) {
	if path == "" || os.MkdirAll(filepath.Dir(path), 0o755) != nil {
		return
	}
	_ = atomicfile.Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, sealed(ptx))
		return err
	})
}
