package chunk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// TestWrite: all numbers arrive, in order, whatever pieces they go out in.
func TestWrite(t *testing.T) {
	for _, n := range []int{0, 1, length - 1, length, length + 1, 2 * length, 2*length + 7} {
		values := make([]uint16, n)
		for i := range values {
			values[i] = uint16(i * 7)
		}
		var out bytes.Buffer
		next := 0
		err := Write(&out, values, 2, func(out []byte, part []uint16, at int) error {
			if at != next || len(out) != 2*len(part) {
				t.Errorf("%d numbers: %d bytes for those from %d on, of which there are %d; want from %d on", n, len(out), at, len(part), next)
			}
			next += len(part)
			for i, v := range part {
				binary.LittleEndian.PutUint16(out[2*i:], v)
			}
			return nil
		})
		if err != nil || out.Len() != 2*n {
			t.Errorf("%d numbers: %d bytes, error %v", n, out.Len(), err)
			continue
		}
		for i, want := range values {
			if got := binary.LittleEndian.Uint16(out.Bytes()[2*i:]); got != want {
				t.Fatalf("%d numbers: number %d is %d, want %d", n, i, got, want)
			}
		}
	}
}

// full takes some bytes and fails then.
type full struct{ room int }

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestErrors(t *testing.T) {
	values := make([]byte, 3*length)
	calls := 0
	copied := func(out []byte, part []byte, _ int) error {
		calls++
		copy(out, part)
		return nil
	}
	if err := Write(&full{2 * length}, values, 1, copied); !errors.Is(err, errFull) || calls != 3 {
		t.Errorf("error %v after %d pieces, want %v after 3", err, calls, errFull)
	}
	refused := errors.New("refused")
	if err := Write(io.Discard, values, 1, func([]byte, []byte, int) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("error %v, want %v", err, refused)
	}
}
