package cli

import (
	"bytes"
	"strings"
	"testing"
)

func TestBar(t *testing.T) {
	var b bytes.Buffer
	m := bar(&b)
	m.Update(10, 100)
	m.Update(50, 200) // another sweep
	m.Update(200, 200)
	m.Update(10, 200) // and one of as many pixels
	m.Finish()
	if !strings.Contains(b.String(), "simulating") {
		t.Errorf("drawn: %q", b.String())
	}
}

// TestPercents: a run in parts comes to 100 % once.
func TestPercents(t *testing.T) {
	var b bytes.Buffer
	m := NewMeter(true, &b).InParts()
	m.Expect(2)
	m.Update(5, 10)
	m.Update(10, 10)
	m.Next()
	m.Update(10, 10)
	if got := b.String(); got != "25% done\n50% done\n100% done\n" {
		t.Errorf("%q", got)
	}
	if NewMeter(false, &b).InParts().Update != nil {
		t.Error("progress of a meter that shows nothing")
	}
}
