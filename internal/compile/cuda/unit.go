package cuda

import (
	"fmt"
	"strings"
)

// unit returns the whole translation unit.
func (p *printer) unit(mixed bool) string {
	var t strings.Builder
	if mixed {
		t.WriteString("#define NB_MIXED 1\n")
	}
	t.WriteString(DeviceSource())
	fmt.Fprintf(&t, "\n#define PARTS %d\n\n", p.Parts)
	fmt.Fprintf(&t, "__constant__ double constants[%d];\n\n", max(1, p.Constants))
	t.WriteString("struct sweep_arguments {\n  long long pixels, rounds;\n  const double *far;\n  double *partial;\n  long long columns;\n")
	for k := range p.Loads {
		fmt.Fprintf(&t, "  const double *in%d;\n  long long in%d_stride;\n", k, k)
	}
	for k := range p.Stores {
		fmt.Fprintf(&t, "  double *out%d;\n  long long out%d_stride;\n", k, k)
	}
	for k := range p.Tables {
		fmt.Fprintf(&t, "  const double *table%d;\n", k)
	}
	for k := range p.Presents {
		fmt.Fprintf(&t, "  const unsigned char *present%d;\n", k)
	}
	for k := range p.Scatters {
		fmt.Fprintf(&t, "  unsigned long long *limbs%d;\n", k)
	}
	fmt.Fprintf(&t, "};\n\nextern \"C\" __global__ void __launch_bounds__(%d) sweep(const sweep_arguments a) {\n", blockThreads)
	t.WriteString(`  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long groups = (long long)gridDim.x * blockDim.x / PARTS;
  const int lane = threadIdx.x % 32;
  const int part = lane % PARTS;
  const long long warp = thread / 32;
  (void)lane; (void)part; (void)warp;
`)
	for k, g := range p.grids {
		fmt.Fprintf(&t, "  const nb_grid grid%d = %s;\n", k, g)
	}
	for k := range p.Sinks {
		if p.inThread(k) {
			fmt.Fprintf(&t, "  double sum%d = 0.0;\n", k)
		}
	}
	t.WriteString(`  for (long long round = 0; round < a.rounds; ++round) {
    long long pixel = thread / PARTS + round * groups;
    const bool live = pixel < a.pixels;
    const bool first = live && part == 0;
    if (!live) pixel = a.pixels - 1; // computes like the others, and counts nothing
    (void)first;
`)
	t.WriteString(p.text.String())
	t.WriteString("  }\n")
	for k := range p.Sinks {
		if p.inThread(k) {
			fmt.Fprintf(&t, "  sum%d = nb_warp_sum(sum%d, 1);\n  if (lane == 0) a.partial[%d * a.columns + warp] = sum%d;\n", k, k, p.Sums[p.sumOf[k]].Row, k)
		}
	}
	t.WriteString("}\n")
	t.WriteString(finishSource)
	return t.String()
}

// finishSource has the kernels that end a sweep. fold runs a warp for each row, total a thread for
// each cell.
const finishSource = `
struct fold_arguments { const double *partial; long long columns, rows; double *out; };

extern "C" __global__ void fold(const fold_arguments a) {
  const long long row = ((long long)blockIdx.x * blockDim.x + threadIdx.x) / 32;
  const int lane = threadIdx.x % 32;
  double sum = 0.0;
  if (row < a.rows)
    for (long long k = lane; k < a.columns; k += 32) sum += a.partial[row * a.columns + k];
  sum = nb_warp_sum(sum, 1);
  if (row < a.rows && lane == 0) a.out[row] = sum;
}

struct total_arguments { const unsigned long long *limbs; long long cells; double *out; };

extern "C" __global__ void total(const total_arguments a) {
  const long long cell = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (cell < a.cells) a.out[cell] = nb_total(a.limbs + cell * (NB_LIMBS + 1));
}
`
