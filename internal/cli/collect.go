package cli

import (
	"os"
	"runtime"
	"runtime/debug"
)

// collectLate has the first garbage collected when the heap has 16 MB instead of 4: a run of one image makes less than that,
// and a collection costs it as much as its kernels. Later ones come as usual. GOGC in the environment wins.
func collectLate() {
	if os.Getenv("GOGC") != "" {
		return
	}
	const usual, late = 100, 400
	debug.SetGCPercent(late)
	type garbage struct{ _ [32]byte }
	runtime.SetFinalizer(new(garbage), func(*garbage) { debug.SetGCPercent(usual) })
}
