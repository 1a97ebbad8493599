package crystal

import (
	"testing"

	"github.com/gobragg/gobragg/internal/nanobragg"
)

// mosflmMatrix is what the reference program was given as a matrix file, before it divided by the
// wavelength 0.9768 Å.
var mosflmMatrix = [3][3]float64{
	{0.00748632, -0.00361275, 0.00419881},
	{0.00541390, 0.01101840, -0.00266312},
	{-0.00297551, 0.00384107, 0.01067230},
}

// TestReferenceVectors holds the vectors against those that the reference program prints
// ("real-space cell vectors" and "reciprocal-space cell vectors", eight decimals) when called as in
// the comments, with -N 5 -default_F 100 -distance 100 -detpixels 8 besides. Its triclinic cells
// are bent (physics.md, deviation 1): there the exact lattice has to differ.
func TestReferenceVectors(t *testing.T) {
	matrix := mosflmMatrix
	for i := range matrix {
		for j := range matrix[i] {
			matrix[i][j] /= 0.9768
		}
	}
	for _, tt := range []struct {
		name       string
		cfg        Config
		bent       bool // the program bends it
		real, star [3][3]float64
		// The angles of "Unit Cell", six digits, where they are not the cell's own. ("Recp Cell" is
		// not compared: for a bent cell the program prints other angles than those between the
		// reciprocal vectors that it prints.)
		angles [3]float64
		volume float64
	}{
		// -cell 78 78 78 90 90 90
		{"cubic", Config{Cell: Cell{A: 78}}, false,
			[3][3]float64{{78, 0, 0}, {0, 78, 0}, {0, 0, 78}},
			[3][3]float64{{0.01282051, 0, 0}, {0, 0.01282051, 0}, {0, 0, 0.01282051}}, [3]float64{}, 0},
		// -cell 78.5 78.5 37.1 90 90 120
		{"hexagonal", Config{Cell: Cell{A: 78.5, B: 78.5, C: 37.1, Alpha: 90, Beta: 90, Gamma: 120}}, false,
			[3][3]float64{{67.98299420, -39.25, 0}, {0, 78.5, 0}, {0, 0, 37.1}},
			[3][3]float64{{0.01470956, 0, 0}, {0.00735478, 0.01273885, 0}, {0, 0, 0.02695418}}, [3]float64{}, 0},
		// -cell 52.3 61.4 70.9 90 104.6 90
		{"monoclinic", Config{Cell: Cell{A: 52.3, B: 61.4, C: 70.9, Alpha: 90, Beta: 104.6, Gamma: 90}}, false,
			[3][3]float64{{50.61118962, 0, -13.18322744}, {0, 61.4, 0}, {0, 0, 70.9}},
			[3][3]float64{{0.01975848, 0, 0}, {0, 0.01628664, 0}, {0.00367391, 0, 0.01410437}}, [3]float64{}, 0},
		// -cell 80.2 80.2 80.2 75.3 75.3 75.3
		{"rhombohedral", Config{Cell: Cell{A: 80.2, B: 80.2, C: 80.2, Alpha: 75.3, Beta: 75.3, Gamma: 75.3}}, true,
			[3][3]float64{{75.90816150, 15.68834646, 20.58802572}, {0, 77.51240673, 20.58802572}, {0, 0, 80.2}},
			[3][3]float64{{0.01315261, 0, 0}, {-0.00266206, 0.01288039, 0}, {-0.00269301, -0.00330651, 0.01244876}},
			[3]float64{75.1252, 75.1252, 75.2288}, 472644},
		// -cell 74 85 96 71 82 103
		{"triclinic", Config{Cell: Cell{A: 74, B: 85, C: 96, Alpha: 71, Beta: 82, Gamma: 103}}, true,
			[3][3]float64{{70.18423399, -21.15877971, 10.12320799}, {0, 80.51623957, 27.24215789}, {0, 0, 96}},
			[3][3]float64{{0.01427907, 0, 0}, {0.00375238, 0.01244675, 0}, {-0.00257055, -0.00353205, 0.01043922}},
			[3]float64{71.3071, 82.1373, 103.121}, 541321},
		// -cell 74 85 96 105 112 118
		{"triclinic, obtuse", Config{Cell: Cell{A: 74, B: 85, C: 96, Alpha: 105, Beta: 112, Gamma: 118}}, true,
			[3][3]float64{{54.02647281, -44.11314529, -24.72186580}, {0, 82.74466052, -19.45047957}, {0, 0, 96}},
			[3][3]float64{{0.01896299, 0, 0}, {0.01010962, 0.01238151, 0}, {0.00693164, 0.00250861, 0.01067191}},
			[3]float64{103.228, 109.517, 120.256}, 418894},
		// -cell 74 85 96 90 90 90 -misset 10 20 30
		{"misset", Config{Cell: Cell{A: 74, B: 85, C: 96}, Misset: [3]float64{10, 20, 30}}, false,
			[3][3]float64{{60.22102842, 34.76862697, -25.30949061}, {-37.48241690, 75.01795014, 13.86995245}, {36.33814141, 1.73071788, 88.83999153}},
			[3][3]float64{{0.01099727, 0.00634927, -0.00462189}, {-0.00518788, 0.01038311, 0.00191972}, {0.00394294, 0.00018779, 0.00963976}}, [3]float64{}, 0},
		// -cell 74 85 96 71 82 103 -misset -35.5 71.25 163
		{"triclinic, misset", Config{Cell: Cell{A: 74, B: 85, C: 96, Alpha: 71, Beta: 82, Gamma: 103}, Misset: [3]float64{-35.5, 71.25, 163}}, true,
			[3][3]float64{{-36.84623808, 23.13060916, -59.86091930}, {-1.53354990, -84.61816655, -7.90026036}, {-87.07262432, -31.67391143, 25.12213026}},
			[3][3]float64{{-0.00438930, 0.00134194, -0.01352128}, {0.00242913, -0.01133875, -0.00587656}, {-0.00969491, -0.00036816, 0.00582526}},
			[3]float64{71.3071, 82.1373, 103.121}, 541321},
		// -mat m.mat -lambda 0.9768
		{"matrix", Config{Matrix: &matrix}, false,
			[3][3]float64{{91.67101438, 39.21864836, -26.27973399}, {-35.75490394, 66.26045974, 30.60142647}, {38.42705967, -12.91339109, 73.18592689}},
			[3][3]float64{{0.00766413, 0.00554249, -0.00304618}, {-0.00369856, 0.01128010, 0.00393230}, {0.00429854, -0.00272637, 0.01092578}}, [3]float64{}, 0},
		// -mat m.mat -lambda 0.9768 -misset 5 -8 13
		{"matrix, misset", Config{Matrix: &matrix, Misset: [3]float64{5, -8, 13}}, false,
			[3][3]float64{{82.23489419, 61.43319423, -9.78194756}, {-53.66520994, 52.61777319, 30.93095811}, {31.67241446, -12.43683788, 76.43139214}},
			[3][3]float64{{0.00643926, 0.00742573, -0.00146006}, {-0.00668394, 0.00963791, 0.00433803}, {0.00352904, -0.00294999, 0.01114121}},
			[3]float64{89.9158, 82.7219, 100.195}, 684292},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := newCrystal(t, tt.cfg)
			l, err := x.LatticeWith(nanobragg.Reference())
			if err != nil {
				t.Fatal(err)
			}
			const printed = 0.51e-8 // half of the last decimal
			got := vectors(t, l.A, l.B, l.C, l.AStar, l.BStar, l.CStar)[0]
			for i, axis := range []string{"a", "b", "c"} {
				nearVec(t, axis, got[i], tt.real[i], printed)
				nearVec(t, axis+"*", got[3+i], tt.star[i], printed)
			}
			n, err := x.AtWith(nanobragg.Reference())
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range [][3]float64{n.A, n.B, n.C} {
				nearVec(t, "Numbers", v, tt.real[i], printed)
			}
			if tt.angles[0] != 0 {
				got := [3]float64{n.Cell.Alpha, n.Cell.Beta, n.Cell.Gamma}
				for i := range got {
					near(t, "angle", got[i], tt.angles[i], 0.51e-3)
				}
				near(t, "volume", n.Volume, tt.volume, 0.51)
			}
			exact, err := x.At()
			if err != nil {
				t.Fatal(err)
			}
			straight := 0.0
			for i, v := range [][3]float64{exact.A, exact.B, exact.C} {
				for k := range v {
					straight = max(straight, abs(v[k]-tt.real[i][k]))
				}
			}
			if tt.bent != (straight > 0.1) {
				t.Errorf("the exact lattice differs by %g Å; bent: %v", straight, tt.bent)
			}
		})
	}
}

func abs(x float64) float64 { return max(x, -x) }
