package symmetry

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// maxOrder is the largest number of operations of a conventional cell, that of F m -3 m.
const maxOrder = 192

// generate returns the group that the operations generate: first the identity, then operations
// without, then those with each centring vector. Its length is the product of at most 48 rotations
// with the centring vectors.
func generate(generators []Operation) ([]Operation, error) {
	centring := [][3]int{{}}
	for {
		operations, vectors, err := extend(generators, centring)
		if err != nil {
			return nil, err
		}
		if len(vectors) == len(centring) {
			out := make([]Operation, 0, len(operations)*len(centring))
			for _, t := range centring {
				for _, o := range operations {
					out = append(out, Operation{o.R, sum(o.T, t)})
				}
			}
			return out, nil
		}
		centring = vectors
	}
}

// extend multiplies operations until each rotation has one, modulo the centring vectors, and returns the
// vectors with those found on the way.
func extend(generators []Operation, centring [][3]int) (operations []Operation, vectors [][3]int, err error) {
	const maxRotations = 48
	at := map[[3][3]int]int{identity: 0}
	operations = []Operation{Identity()}
	vectors = slices.Clone(centring)
	add := func(o Operation) error {
		i, known := at[o.R]
		if !known {
			if len(operations) == maxRotations {
				return fmt.Errorf("the operations have more than %d rotations: they form no crystallographic group", maxRotations)
			}
			at[o.R] = len(operations)
			operations = append(operations, o)
			return nil
		}
		d := difference(o.T, operations[i].T)
		if slices.Contains(vectors, d) {
			return nil
		}
		// A new vector, with its multiples and its images under the rotations known so far.
		for todo := [][3]int{d}; len(todo) > 0; todo = todo[1:] {
			if slices.Contains(vectors, todo[0]) {
				continue
			}
			for _, v := range slices.Clone(vectors) {
				for m := sum(v, todo[0]); !slices.Contains(vectors, m); m = sum(m, todo[0]) {
					vectors = append(vectors, m)
				}
			}
			if len(vectors)*len(operations) > maxOrder {
				return fmt.Errorf("the operations generate more than %d in a cell: they form no space group of a conventional cell", maxOrder)
			}
			for _, o := range operations {
				todo = append(todo, Operation{R: o.R}.Times(Operation{R: identity, T: todo[0]}).T)
			}
		}
		return nil
	}
	for i := 0; i < len(operations); i++ {
		for _, g := range generators {
			if err := add(operations[i].Times(g)); err != nil {
				return nil, nil, err
			}
		}
	}
	if len(vectors)*len(operations) > maxOrder {
		return nil, nil, fmt.Errorf("the operations generate more than %d in a cell: they form no space group of a conventional cell", maxOrder)
	}
	return operations, vectors, nil
}

func sum(a, b [3]int) [3]int {
	return [3]int{mod(a[0] + b[0]), mod(a[1] + b[1]), mod(a[2] + b[2])}
}

func difference(a, b [3]int) [3]int {
	return [3]int{mod(a[0] - b[0]), mod(a[1] - b[1]), mod(a[2] - b[2])}
}

// code packs an operation into an integer. Elements of R beyond ±7 are errors: no setting needs them.
func (o Operation) code() (uint64, error) {
	var c uint64
	for _, row := range o.R {
		for _, v := range row {
			if v < -7 || v > 7 {
				return 0, errors.New("the rotations have elements beyond ±7")
			}
			c = c<<4 | uint64(v+8)
		}
	}
	for _, t := range o.T {
		c = c<<5 | uint64(t)
	}
	return c, nil
}

// key identifies a set of operations.
func key(operations []Operation) (string, error) {
	codes := make([]uint64, len(operations))
	for i, o := range operations {
		c, err := o.code()
		if err != nil {
			return "", err
		}
		codes[i] = c
	}
	slices.Sort(codes)
	out := make([]byte, 0, 8*len(codes))
	for _, c := range codes {
		out = binary.LittleEndian.AppendUint64(out, c)
	}
	return string(out), nil
}
