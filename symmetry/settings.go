package symmetry

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// hallTable lists the 530 settings of International Tables B (2010), table A1.4.2.7: number, CCP4
// number, Hermann–Mauguin symbol, extension, Hall symbol, order.
//
//go:embed hall.tsv
var hallTable string

// moreSettings are settings besides the 530 that files name: CCP4's library has the first ones, with
// the origin elsewhere, and centred cells of triclinic crystals occur in comparisons of structures.
const moreSettings = `5	3005	C 1 21 1		C 2yb	4
5	5005	I 1 21 1		I 2yb	4
18	1018	P 21 21 2 (a)		P 2ab 2a	4
20	1020	C 2 2 21 (a)		C 2ac 2	8
21	1021	C 2 2 2 (a)		C 2ab 2b	8
22	1022	F 2 2 2 (a)		F 2 2c	16
23	1023	I 2 2 2 (a)		I 2ab 2bc	8
94	1094	P 42 21 2 (a)		P 4bc 2a	8
197	1197	I 2 3 (a)		I 2ab 2bc 3	24
1	0	A 1		A 1	2
1	0	B 1		B 1	2
1	0	C 1		C 1	2
1	0	F 1		F 1	4
1	0	I 1		I 1	2
2	0	A -1		-A 1	4
2	0	B -1		-B 1	4
2	0	C -1		-C 1	4
2	0	F -1		-F 1	8
2	0	I -1		-I 1	4
`

// settings has the tabulated groups, each generated once.
type settings struct {
	groups []*Group
	byKey  func() map[string]*Group
}

var table = sync.OnceValue(func() *settings {
	s := &settings{}
	for line := range strings.Lines(hallTable + moreSettings) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		number, _ := strconv.Atoi(f[0])
		ccp4, _ := strconv.Atoi(f[1])
		operations, err := parseHall(f[4])
		if err != nil {
			panic(fmt.Sprintf("symmetry: table: %s: %v", f[4], err))
		}
		s.groups = append(s.groups, newGroup(Group{Number: number, CCP4: ccp4, HM: f[2], Extension: f[3], Hall: f[4], Operations: operations}))
	}
	s.byKey = sync.OnceValue(func() map[string]*Group {
		m := make(map[string]*Group, len(s.groups))
		for _, g := range s.groups {
			k, err := key(g.Operations)
			if err != nil {
				panic(fmt.Sprintf("symmetry: table: %s: %v", g.Hall, err))
			}
			if _, first := m[k]; !first {
				m[k] = g
			}
		}
		return m
	})
	return s
})

// Settings returns the tabulated groups in the order of International Tables: 530 settings, then
// those that only CCP4 and others use.
func Settings() []*Group { return slices.Clone(table().groups) }

// FromHall returns the group of a Hall symbol, for instance "-P 2ybc" or "P 61 2 (0 0 5)". If its
// operations are those of a tabulated setting, it is that one.
func FromHall(symbol string) (*Group, error) {
	operations, err := parseHall(symbol)
	if err != nil {
		return nil, fmt.Errorf("symmetry: Hall symbol %.60q: %w", symbol, err)
	}
	g, err := match(operations)
	if err != nil {
		return nil, fmt.Errorf("symmetry: Hall symbol %.60q: %w", symbol, err)
	}
	if g.Hall == "" {
		g.Hall = strings.TrimSpace(symbol)
	}
	return g, nil
}

// FromOperations returns the group that the operations generate, whatever the file with them calls
// it. If its origin lies elsewhere than in any tabulated setting, it has the name and number of one,
// and a Hall symbol with the shift. Other settings have the number 0 and no names. Operations that
// generate no space group are an error.
func FromOperations(operations []Operation) (*Group, error) {
	all, err := generate(operations)
	if err == nil {
		var g *Group
		if g, err = match(all); err == nil {
			return g, nil
		}
	}
	return nil, fmt.Errorf("symmetry: %w", err)
}

// match returns the group with these operations, the tabulated one if there is one.
func match(operations []Operation) (*Group, error) {
	k, err := key(operations)
	if err != nil {
		return nil, err
	}
	if g := table().byKey()[k]; g != nil {
		return g, nil
	}
	if g := shifted(operations); g != nil {
		return g, nil
	}
	return newGroup(Group{Operations: operations}), nil
}

// ByNumber returns the standard setting of a number of International Tables A: unique axis b and cell
// choice 1, hexagonal axes, the second of two origins. Numbers above 230 are CCP4's, such as 1003
// for P 1 1 2.
func ByNumber(n int) (*Group, error) {
	if n > 230 {
		for _, g := range table().groups {
			if g.CCP4 == n {
				return g, nil
			}
		}
	}
	if g := standard(n); g != nil {
		return g, nil
	}
	return nil, fmt.Errorf("symmetry: there is no space group number %d", n)
}

// standard returns the standard setting of a number, nil if there is none.
func standard(n int) *Group {
	for i, g := range table().groups {
		if g.Number == n {
			if next := table().groups[i+1]; g.Extension == "1" && next.Number == n && next.Extension == "2" {
				return next
			}
			return g
		}
	}
	return nil
}
