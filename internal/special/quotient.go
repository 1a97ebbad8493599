package special

// waveJet fills jet with the derivatives by x, orders 0 to len(jet)-1, of a
// wave of frequency w whose value is v0 and whose derivative is w v1: (sin w x,
// cos w x) for a sine, (cos w x, -sin w x) for a cosine.
func waveJet(jet []float64, w, v0, v1 float64) {
	power := 1.0
	for k := range jet {
		jet[k] = power * v0
		power *= w
		v0, v1 = v1, -v0
	}
}

// divideBySine turns the derivatives by x of f, orders 0 to len(jet)-1, into
// those of f/sin x, given sin x and cos x. With q = f/sin x, the Leibniz rule on
// f = q sin x leaves
//
//	q_k sin x = f_k - sum over j < k of C(k, j) q_j sin(x + (k-j) pi/2).
func divideBySine(jet []float64, sin, cos float64) {
	cycle := [4]float64{sin, cos, -sin, -cos}
	for k := range jet {
		v := jet[k]
		for j := range k {
			v -= binomial[k][j] * jet[j] * cycle[(k-j)&3]
		}
		jet[k] = v / sin
	}
}
