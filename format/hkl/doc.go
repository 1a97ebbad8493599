// Package hkl reads and writes tables of structure factor amplitudes F by Miller indices h, k, l: text files with one
// reflection a line, and the binary Fdump.bin in which the original nanoBragg keeps a table between runs.
package hkl
