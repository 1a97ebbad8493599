package cpu

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/plan"
)

// AuditPlan lays out every sweep of a plan as Compile does and holds the result against what must be true of it,
// whatever the scheduler and the allocator think: see auditor.
func AuditPlan(plan *plan.Plan) ([]compile.Audit, error) {
	var out []compile.Audit
	for k, sweep := range plan.Sweeps() {
		if len(sweep.Reduce)+len(sweep.Store) == 0 {
			continue
		}
		f, err := compile.Lower(plan, sweep)
		if err != nil {
			return nil, err
		}
		f = f.Fuse()
		b, registers := f.Emit(f.Schedule())
		place, vectors := allocate(b, registers)
		audit, err := compile.AuditLayout(f, b, place, vectors, inPlace)
		if err != nil {
			return nil, fmt.Errorf("sweep %d: %w\n%s", k, err, f.Listing(b, place, vectors, 32))
		}
		out = append(out, audit)
	}
	return out, nil
}

// Kernels counts the operations of a program's listing by their names. A call with two results is a lookup.
func Kernels(p *Program) map[string]int {
	out := map[string]int{}
	for _, line := range strings.Split(p.String(), "\n") {
		left, right, ok := strings.Cut(line, " = ")
		if !ok {
			left, right = "", line
		}
		words := strings.Fields(right)
		switch {
		case len(words) == 0:
		case words[0] == "call" && strings.Contains(left, ","):
			out["lookup"]++
		default:
			out[words[0]]++
		}
	}
	return out
}
