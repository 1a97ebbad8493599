// Package cputime tells how much time the processors have spent on this process: what programs that measure speed on a machine that
// does other work, and tests that report a cost, count.
package cputime
