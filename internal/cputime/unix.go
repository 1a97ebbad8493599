//go:build unix

package cputime

import "syscall"

// Seconds returns the user and system time of the process so far, of all its threads; 0 where the system does not tell.
func Seconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
