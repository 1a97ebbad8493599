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

// newFileMode is the mode of a new file, subject to the umask. os.CreateTemp would use 0600, and
// there is no portable way to read the umask and change the mode afterwards.
const newFileMode fs.FileMode = 0o644

// attempts limits the search for an unused temporary name; the first one nearly always is.
const attempts = 100

// temporaryName matches the names of temporary files, .NAME.HOST-PID-RANDOM.gobragg.tmp, which
// identify the writer; HOST is a hash of the machine's name. A lock on the file, or the process
// number on systems without such locks, shows whether the writer is alive. Neither is reliable
// between machines that share a folder, hence HOST.
var temporaryName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\..+\.([0-9a-f]{8})-([0-9]+)-[0-9a-f]{16}\.gobragg\.tmp$`)
})

var host = sync.OnceValue(func() string {
	name, err := os.Hostname()
	if err != nil {
		name = "" // shared by all machines without a name
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name)) // never fails
	return fmt.Sprintf("%08x", hash.Sum32())
})

// create opens and locks a new temporary file for path.
func create(path string) (*os.File, error) {
	folder, base := filepath.Split(path)
	for attempt := 1; ; attempt++ {
		name := filepath.Join(folder, fmt.Sprintf(".%s.%s-%d-%016x.gobragg.tmp", base, host(), os.Getpid(), rand.Uint64()))
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, newFileMode)
		switch {
		case err == nil && claim(file):
			return file, nil
		case err == nil:
			// Another program's sweep came before the lock and took the file for abandoned.
			_ = discard(file)
			err = errors.New("another program keeps removing the temporary file")
		case !errors.Is(err, fs.ErrExist):
			return nil, err
		}
		if attempt == attempts {
			return nil, err
		}
	}
}

// swept holds the folders that this process has swept. It does so only once, since a folder may
// have very many files.
var swept sync.Map

func sweepOnce(folder string) {
	if full, err := filepath.Abs(folder); err == nil {
		if _, done := swept.LoadOrStore(full, true); !done {
			sweep(full)
		}
	}
}

// sweep removes the temporary files in folder whose writers have died. It ignores errors, which
// need not prevent writing.
func sweep(folder string) {
	entries, _ := os.ReadDir(folder) // as many entries as can be read
	for _, entry := range entries {
		parts := temporaryName().FindStringSubmatch(entry.Name())
		if parts == nil || parts[1] != host() || !entry.Type().IsRegular() {
			continue
		}
		if pid, err := strconv.Atoi(parts[2]); err == nil {
			removeAbandoned(filepath.Join(folder, entry.Name()), pid)
		}
	}
}
