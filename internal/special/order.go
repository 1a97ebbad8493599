package special

import "fmt"

// MaxOrder is the highest order of derivative this package prepares. Errors of
// SincRatio grow from some 1e-15 of the largest value at order 5 to 1e-9, or 1e-5
// for N = 2, here.
const MaxOrder = 16

// binomial[n][k] is n over k, for the Leibniz rule.
var binomial = pascal()

func pascal() (rows [MaxOrder + 1][MaxOrder + 1]float64) {
	for n := range rows {
		rows[n][0] = 1
		for k := 1; k <= n; k++ {
			rows[n][k] = rows[n-1][k-1] + rows[n-1][k]
		}
	}
	return rows
}

func checkOrder(function string, order int) error {
	if order < 0 || order > MaxOrder {
		return fmt.Errorf("special: derivative order %d of %s is outside [0, %d]", order, function, MaxOrder)
	}
	return nil
}
