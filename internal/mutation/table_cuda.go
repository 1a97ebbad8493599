package mutation

// onGPU is why gradcheck is blind without a GPU.
const onGPU = "It needs a GPU: simulators on one are compared by gradcheck as those of the processor are."

// devices are mistakes in what is compiled for GPUs. The tests run the kernels by the C++ compiler.
var devices = []Mutant{
	{Name: "printer: c − ab as c + ab", Kind: CUDA, File: "internal/compile/cuda/operations.go", Blind: onGPU,
		Old: `fma(-%[1]s, %[2]s, %[3]s)`, New: `fma(%[1]s, %[2]s, %[3]s)`},
	{Name: "printer: choice's branches swapped", Kind: CUDA, File: "internal/compile/cuda/operations.go", Blind: onGPU,
		Old: `%[1]s != 0.0 ? %[2]s : %[3]s`, New: `%[1]s != 0.0 ? %[3]s : %[2]s`},
	{Name: "printer: dot product's numbers swapped", Kind: CUDA, File: "internal/compile/cuda/operations.go", Blind: onGPU,
		Old: `fma(%[2]s, %[5]s, %[1]s * %[4]s)`, New: `fma(%[2]s, %[4]s, %[1]s * %[5]s)`},
	{Name: "printer: the next panel's number", Kind: CUDA, File: "internal/compile/cuda/operations.go", Blind: onGPU,
		Old: `args[0], k-1, args[k], choice)`, New: `args[0], len(args)-1-k, args[k], choice)`},
	{Name: "printer: orders of a table's derivatives swapped", Kind: CUDA, File: "internal/compile/cuda/operations.go", Blind: onGPU,
		Old: `r.Order[0], r.Order[1], r.Order[2])
}`, New: `r.Order[1], r.Order[0], r.Order[2])
}`},
	{Name: "printer: threads without a pixel counted", Kind: CUDA, File: "internal/compile/cuda/printer.go", Blind: onGPU,
		Old: `	return "first"`, New: `	return "part == 0"`},
	{Name: "printer: the last of a shared loop's turns lost", Kind: CUDA, File: "internal/compile/cuda/printer.go", Blind: onGPU,
		Old: `(n+p.Parts-1)/p.Parts)`, New: `n/p.Parts)`},
	{Name: "printer: threads of a pixel keep their sums apart", Kind: CUDA, File: "internal/compile/cuda/printer.go", Blind: onGPU,
		Old: `r%d = nb_parts_sum<PARTS>(r%d);`, New: `(void)r%d; (void)r%d;`},
	{Name: "device: first derivative of the lattice sum by the magnitude", Kind: CUDA, File: "internal/compile/cuda/device.cuh", Blind: onGPU,
		Old: `    *r1 = quotient * (d * sinc_d);`, New: `    *r1 = quotient * (x * sinc_d);`, Tests: []string{"internal/compile/cuda Device"}},
	{Name: "layout: coefficients of the next derivative", Kind: CUDA, File: "internal/compile/cuda/layout.go", Blind: onGPU,
		Old: `.at+order*special.PreparedLen)`, New: `.at+min(order, 1)*special.PreparedLen)`},
	{Name: "launch: number of cells prepared once for ever", Kind: CUDA, File: "internal/compile/cuda/launch.go", Blind: onGPU,
		Old: `		if at[special.PreparedCells] == n {`, New: `		if at[special.PreparedCells] != 0 {`, Tests: []string{"internal/compile/cuda CUDAThirdDerivative", "internal/compile/cuda CUDA"}},
	{Name: "launch: a reduction's scale lost", Kind: CUDA, File: "internal/compile/cuda/worker.go", Blind: onGPU,
		Old: `w.sums[sum.Row+i] * sum.Scale`, New: `w.sums[sum.Row+i]`},
	{Name: "launch: pixels of the first launch in all", Kind: CUDA, File: "internal/compile/cuda/worker.go", Blind: onGPU,
		Old: `a.Data[r*row+lo:][:n]`, New: `a.Data[r*row:][:n]`},
	{Name: "launch: sums that are added to not cleared", Kind: CUDA, File: "internal/compile/cuda/worker.go", Blind: onGPU,
		Old: `		if err := w.stream.Zero(at, bytes); err != nil {
			return err
		}
		w.args.Limbs`, New: `		w.args.Limbs`},
}
