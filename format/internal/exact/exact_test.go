package exact

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestRead(t *testing.T) {
	for _, test := range []struct{ have, want int64 }{
		{0, 0}, {0, 1}, {1, 0}, {7, 7}, {6, 7}, {9, 7},
		{firstChunk, firstChunk},
		{5 * firstChunk / 2, 5 * firstChunk / 2},
		{5*firstChunk/2 - 1, 5 * firstChunk / 2},
		{3, 1 << 50}, // a length that could not be allocated
	} {
		in := make([]byte, test.have)
		for i := range in {
			in[i] = byte(i * 7)
		}
		got, err := Read(bytes.NewReader(in), test.want)
		if test.have == test.want {
			if err != nil || !bytes.Equal(got, in) {
				t.Errorf("%+v: error %v, or other bytes", test, err)
			}
			continue
		}
		var size *SizeError
		if !errors.As(err, &size) || size.Expected != test.want || size.Found != test.have {
			t.Errorf("%+v: error %v", test, err)
		}
	}
}

func TestReadPassesErrorsOn(t *testing.T) {
	boom := errors.New("boom")
	for _, n := range []int64{3, 5} { // while discarding the rest, while reading
		r := io.MultiReader(bytes.NewReader([]byte("abcd")), iotest.ErrReader(boom))
		if _, err := Read(r, n); !errors.Is(err, boom) {
			t.Errorf("n = %d: error %v", n, err)
		}
	}
}
