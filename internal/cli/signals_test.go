package cli

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"
)

// TestSupervise: a run that a signal interrupts has little time to end, unless it has said that it takes its time.
func TestSupervise(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt")
	}
	const own, cut = 7, 8
	for _, test := range []struct {
		name    string
		patient bool
		takes   time.Duration
		want    int
	}{
		{"a run that ends soon", false, 0, own},
		{"one that does not", false, 3 * time.Second, cut},
		{"one that takes its time", true, 2 * grace, own},
	} {
		t.Run(test.name, func(t *testing.T) {
			status := Supervise(func(ctx context.Context) int {
				if test.patient {
					TakeTime(ctx)
				}
				self, err := os.FindProcess(os.Getpid())
				if err == nil {
					err = self.Signal(os.Interrupt)
				}
				if err != nil {
					t.Error(err)
				}
				<-ctx.Done()
				time.Sleep(test.takes)
				return own
			}, func(error) int { return cut })
			if status != test.want {
				t.Errorf("status %d; want %d", status, test.want)
			}
		})
	}
}
