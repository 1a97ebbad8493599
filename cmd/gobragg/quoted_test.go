package main

import "testing"

func TestQuoted(t *testing.T) {
	got := quoted([]string{"gobragg", "refine", "a b.expt", "sweep_####.cbf", "it's", "", "--free", "cell,misset"})
	if want := `gobragg refine 'a b.expt' 'sweep_####.cbf' 'it'\''s' '' --free cell,misset`; got != want {
		t.Errorf("the command is %s, want %s", got, want)
	}
}
