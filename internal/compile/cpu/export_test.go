package cpu

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/plan"
)

// AuditPlan lays out every sweep of a plan as Compile does and audits the result independently of
// the scheduler and the allocator.
func AuditPlan(p *plan.Plan) ([]compile.Audit, error) {
	program, err := Compile(p, Options{})
	if err != nil {
		return nil, err
	}
	var out []compile.Audit
	for k, s := range program.sweeps {
		if s == nil {
			continue
		}
		chosen := choices{}
		if err := chosen.choose(s.block); err != nil {
			return nil, err
		}
		audit, err := compile.AuditLayout(s.function, s.block, s.place, s.vectors, chosen.inPlace)
		if err != nil {
			return nil, fmt.Errorf("sweep %d: %w\n%s", k, err, s)
		}
		out = append(out, audit)
	}
	return out, nil
}

// Kernels counts the operations in a program's listing by name.
func Kernels(p *Program) map[string]int {
	out := map[string]int{}
	for _, line := range strings.Split(p.String(), "\n") {
		if _, right, ok := strings.Cut(line, " = "); ok {
			line = right
		}
		if words := strings.Fields(line); len(words) > 0 {
			out[words[0]]++
		}
	}
	return out
}
