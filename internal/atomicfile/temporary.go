package atomicfile

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
)

// newFileMode is the mode of a file that did not exist; the umask applies. os.CreateTemp would make it 0600, and what the
// umask leaves of 0644 cannot be asked for portably.
const newFileMode fs.FileMode = 0o644

// attempts bounds the search for a free temporary name; the first one nearly always is.
const attempts = 100

// The name of a temporary file says who writes it: .NAME.HOST-PID-RANDOM.gobragg.tmp, HOST a hash of the machine's name.
// Whether that writer is alive is decided by a lock on the file, or by the process number where there are no such locks;
// HOST is there since neither can be trusted between machines that share a folder.
var temporaryName = regexp.MustCompile(`^\..+\.([0-9a-f]{8})-([0-9]+)-[0-9a-f]{16}\.gobragg\.tmp$`)

var host = sync.OnceValue(func() string {
	name, err := os.Hostname()
	if err != nil {
		name = "" // as all machines without a name
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name)) // never fails
	return fmt.Sprintf("%08x", hash.Sum32())
})

// create opens a new temporary file for path, and holds its lock.
func create(path string) (*os.File, error) {
	folder, base := filepath.Split(path)
	for attempt := 1; ; attempt++ {
		name := filepath.Join(folder, fmt.Sprintf(".%s.%s-%d-%016x.gobragg.tmp", base, host(), os.Getpid(), rand.Uint64()))
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, newFileMode)
		switch {
		case err == nil && claim(file):
			return file, nil
		case err == nil:
			// Another program's sweep was faster than the lock: it takes the file for abandoned.
			_ = discard(file)
			err = errors.New("no temporary file can be kept")
		case !errors.Is(err, fs.ErrExist):
			return nil, err
		}
		if attempt == attempts {
			return nil, err
		}
	}
}

// swept holds the folders that this process has looked through. Once is enough: a folder may hold very many files.
var swept sync.Map

func sweepOnce(folder string) {
	if full, err := filepath.Abs(folder); err == nil {
		if _, done := swept.LoadOrStore(full, true); !done {
			sweep(full)
		}
	}
}

// sweep removes the temporary files in folder whose writers have died. That it cannot is no reason not to write.
func sweep(folder string) {
	entries, _ := os.ReadDir(folder) // as many as can be read
	for _, entry := range entries {
		parts := temporaryName.FindStringSubmatch(entry.Name())
		if parts == nil || parts[1] != host() || !entry.Type().IsRegular() {
			continue
		}
		if pid, err := strconv.Atoi(parts[2]); err == nil {
			removeAbandoned(filepath.Join(folder, entry.Name()), pid)
		}
	}
}
