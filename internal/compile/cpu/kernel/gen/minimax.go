package main

import (
	"fmt"
	"math/big"
)

// precision of the fits in bits: enough for systems of 23 equations.
const precision = 300

func number(x float64) *big.Float      { return fresh().SetFloat64(x) }
func fresh() *big.Float                { return new(big.Float).SetPrec(precision) }
func sum(a, b *big.Float) *big.Float   { return fresh().Add(a, b) }
func minus(a, b *big.Float) *big.Float { return fresh().Sub(a, b) }
func times(a, b *big.Float) *big.Float { return fresh().Mul(a, b) }
func over(a, b *big.Float) *big.Float  { return fresh().Quo(a, b) }

// polynomial has the constant first.
type polynomial []*big.Float

func (p polynomial) at(x *big.Float) *big.Float {
	v := fresh()
	for i := len(p) - 1; i >= 0; i-- {
		v = sum(times(v, x), p[i])
	}
	return v
}

// fit is the polynomial of the given degree whose largest error over [from, to],
// times a weight >= 0 that may depend on x and f(x), is least. It is Remez' exchange
// on a fixed grid, which lies denser towards the ends.
func fit(f func(x *big.Float) *big.Float, weight func(x, fx *big.Float) *big.Float, from, to *big.Float, degree int) (polynomial, error) {
	const points, rounds = 512, 30
	x, fx, w := make([]*big.Float, points), make([]*big.Float, points), make([]*big.Float, points)
	for i := range x {
		// Points between 0 and 1 with the density of Chebyshev's, 3t² - 2t³; never an end,
		// where a weight may be 0.
		t := over(number(float64(2*i+1)), number(2*points))
		s := times(times(t, t), minus(number(3), times(number(2), t)))
		x[i] = sum(from, times(s, minus(to, from)))
		fx[i] = f(x[i])
		w[i] = weight(x[i], fx[i])
	}
	reference := make([]int, degree+2)
	for i := range reference {
		reference[i] = (2*i + 1) * points / (2 * len(reference))
	}
	for range rounds {
		p, err := level(x, fx, w, reference)
		if err != nil {
			return nil, err
		}
		errors := make([]*big.Float, points)
		for i := range errors {
			errors[i] = times(w[i], minus(p.at(x[i]), fx[i]))
		}
		next := extremes(errors, degree+2)
		if next == nil {
			return nil, fmt.Errorf("gen: fit of degree %d lost its alternation", degree)
		}
		settled := true
		for i := range next {
			settled = settled && next[i] == reference[i]
		}
		if settled {
			return p, nil
		}
		reference = next
	}
	return nil, fmt.Errorf("gen: fit of degree %d did not settle in %d rounds", degree, rounds)
}

// level is the polynomial whose weighted errors at the reference points are equal
// with signs that alternate.
func level(x, fx, w []*big.Float, reference []int) (polynomial, error) {
	n := len(reference)
	rows := make([][]*big.Float, n)
	for i, at := range reference {
		power := w[at]
		for range n - 1 {
			rows[i] = append(rows[i], power)
			power = times(power, x[at])
		}
		rows[i] = append(rows[i], number(float64(1-2*(i%2))), times(w[at], fx[at]))
	}
	solution, err := solve(rows)
	if err != nil {
		return nil, err
	}
	return polynomial(solution[:n-1]), nil
}

// extremes are the places of the largest errors, one for each run of errors of one
// sign; of more than n, the smaller at the ends are dropped. Fewer give nil.
func extremes(errors []*big.Float, n int) []int {
	size := func(i int) *big.Float { return fresh().Abs(errors[i]) }
	var found []int
	for i := range errors {
		last := len(found) - 1
		switch {
		case last < 0 || errors[i].Sign() != errors[found[last]].Sign():
			found = append(found, i)
		case size(i).Cmp(size(found[last])) > 0:
			found[last] = i
		}
	}
	for len(found) > n {
		if size(found[0]).Cmp(size(found[len(found)-1])) < 0 {
			found = found[1:]
		} else {
			found = found[:len(found)-1]
		}
	}
	if len(found) < n {
		return nil
	}
	return found
}

// solve is Gauss' elimination; each row ends in its right-hand side.
func solve(rows [][]*big.Float) ([]*big.Float, error) {
	n := len(rows)
	for k := range n {
		pivot := k
		for i := k; i < n; i++ {
			if fresh().Abs(rows[i][k]).Cmp(fresh().Abs(rows[pivot][k])) > 0 {
				pivot = i
			}
		}
		if rows[pivot][k].Sign() == 0 {
			return nil, fmt.Errorf("gen: singular system of %d equations", n)
		}
		rows[k], rows[pivot] = rows[pivot], rows[k]
		for i := range n {
			if i == k {
				continue
			}
			factor := over(rows[i][k], rows[k][k])
			for j := k; j <= n; j++ {
				rows[i][j] = minus(rows[i][j], times(factor, rows[k][j]))
			}
		}
	}
	solution := make([]*big.Float, n)
	for k := range n {
		solution[k] = over(rows[k][n], rows[k][k])
	}
	return solution, nil
}
