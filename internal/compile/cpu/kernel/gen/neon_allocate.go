package main

import (
	"fmt"
	"slices"
)

// written and read are the registers of a line.
func (l line) written() []register { return l.v[:l.writes] }

func (l line) read() []register {
	if l.reads {
		return l.v
	}
	return l.v[l.writes:]
}

// straight reports whether control always passes from the line in front to this one, and nothing comes from elsewhere.
func (l *line) straight() bool { return l.kind != label && !l.jump && l.text != "BNE loop" }

// removeUnread leaves out what is computed or loaded and not read.
func removeUnread(lines []line) []line {
	for {
		kept := slices.DeleteFunc(slices.Clone(lines), func(l line) bool {
			if l.writes == 0 || l.kind == text {
				return false
			}
			for _, v := range l.written() {
				if slices.ContainsFunc(lines, func(m line) bool { return slices.Contains(m.read(), v) }) {
					return false
				}
			}
			return true
		})
		if len(kept) == len(lines) {
			return kept
		}
		lines = kept
	}
}

// removeCopies leaves out copies that are not needed: where the copy is changed by no line before it is given another value,
// or read for the last time, its lines read the original; where the original is not read any more, it goes on under the
// copy's name.
func removeCopies(lines []line) []line {
	for i := 0; i < len(lines); i++ {
		if lines[i].kind != "mov" {
			continue
		}
		d, s := lines[i].v[0], lines[i].v[1]
		switch {
		case d == s:
		case readsOriginal(lines, i, d, s):
		case renames(lines, i, d, s):
		default:
			continue
		}
		lines = slices.Delete(lines, i, i+1)
		i--
	}
	return lines
}

// readsOriginal makes the lines behind a copy read what was copied, if none of them changes the copy.
func readsOriginal(lines []line, at int, copied, original register) bool {
	first := slices.IndexFunc(lines, func(l line) bool { return slices.Contains(l.v, copied) })
	last := at
	for i := range lines {
		if slices.Contains(lines[i].v, copied) {
			last = i
		}
	}
	end := at + 1
	for ; ; end++ {
		if end == len(lines) || !lines[end].straight() {
			return false // it may be read anywhere
		}
		l := &lines[end]
		if slices.Contains(l.written(), copied) {
			if l.reads {
				return false
			}
			break
		}
		if end == last && first == at {
			break
		}
		if slices.Contains(l.written(), original) {
			return false
		}
	}
	for i := at + 1; i <= end; i++ {
		l := &lines[i]
		for j := l.writes; j < len(l.v); j++ {
			if l.v[j] == copied {
				l.v[j] = original
			}
		}
	}
	return true
}

// renames gives all lines behind a copy the original's name instead of the copy's, if the original is not read there and both
// are only known since the last jump or label.
func renames(lines []line, at int, copied, original register) bool {
	start := at
	for start > 0 && lines[start-1].straight() {
		start--
	}
	for i := range lines {
		l := &lines[i]
		inside := i >= start && i < at
		if !inside && i < at && (slices.Contains(l.v, copied) || slices.Contains(l.v, original)) {
			return false
		}
		if i > at && slices.Contains(l.v, original) {
			return false
		}
	}
	for i := at + 1; i < len(lines); i++ {
		for j, v := range lines[i].v {
			if v == copied {
				lines[i].v[j] = original
			}
		}
	}
	return true
}

// allocate gives each virtual register one of the 32. One that is written before the loop and read in it is kept to its end.
func allocate(lines []line) (map[register]int, error) {
	from, to := loop(lines)
	type span struct{ first, last int }
	spans := map[register]*span{}
	var order []register
	for i := range lines {
		for _, v := range lines[i].v {
			if s, ok := spans[v]; ok {
				s.last = i
			} else {
				spans[v] = &span{i, i}
				order = append(order, v)
			}
		}
	}
	for v, s := range spans {
		if s.first < from && s.last >= from && s.last <= to {
			s.last = to
		}
		if first := lines[s.first]; !slices.Contains(first.written(), v) || first.reads && first.kind != text {
			return nil, fmt.Errorf("a register is read by %q before it is written", first.kind+first.text)
		}
	}
	physical := map[register]int{}
	var until [32]int // the line that reads the register last
	for i := range until {
		until[i] = -1
	}
	for _, v := range order {
		s := spans[v]
		chosen := -1
		// A register may be written by the line that reads its last value, if it is an operation on vectors.
		for r := range until {
			if until[r] < s.first || until[r] == s.first && operations[lines[s.first].kind].operands > 0 && !lines[s.first].reads {
				chosen = r
				// A copy takes its original's place.
				if l := lines[s.first]; l.kind != "mov" || physical[l.v[1]] == r {
					break
				}
			}
		}
		if chosen < 0 {
			return nil, fmt.Errorf("more than %d registers are needed", len(until))
		}
		physical[v], until[chosen] = chosen, s.last
	}
	return physical, nil
}
