package nanobragg

import "testing"

func TestWithin(t *testing.T) {
	for _, c := range []struct{ word, want string }{
		{"-matrix", "-mat"},
		{"-adcoffset", "-adc"},
		{"-pixel_x", "-pixel"},
		{"-my-hkl", "-hkl"},
		{"--lambda", "-lambda"},
		{"-twotheta_axis_of_mine", "-twotheta_axis"}, // -twotheta too, which is part of it
		{"-detector_thicksteps2", "-detector_thicksteps"},
		{"-phistepsize", "-phisteps"},
		{"-hkl-mat", ""},                                                                                               // both
		{"-hdiv", ""}, {"-detector_thickness", ""}, {"-binary_spot", ""}, {"-detsize_x", ""}, {"-source_distance", ""}, // ignored by it
		{"-N5", ""}, {"-phi0", ""}, {"-polarization", ""}, // whole words only
		{"my-hkl", ""}, {"", ""}, {"-", ""},
	} {
		if got := Within(c.word); got != c.want {
			t.Errorf("%q: %q, want %q", c.word, got, c.want)
		}
	}
}
