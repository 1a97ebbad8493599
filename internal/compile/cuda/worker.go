package cuda

import (
	"context"
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
)

// worker runs batches of a sweep in a workspace.
type worker struct {
	*Program
	*workspace
	s       *Sweep
	shared  []expr.Array
	args    Arguments
	partial map[int][]float64
	sums    []float64   // of all rows, from the device
	totals  [][]float64 // of scattered tables
	failed  error
}

func newWorker(p *Program, s *Sweep, l *workspace, shared []expr.Array) *worker {
	w := &worker{Program: p, workspace: l, s: s, shared: shared, partial: map[int][]float64{}, sums: make([]float64, s.Rows)}
	for _, sum := range s.Sums {
		w.partial[sum.Node] = make([]float64, sum.Elements)
	}
	for _, t := range s.Scatters {
		w.partial[t.Node] = make([]float64, t.Cells)
		w.totals = append(w.totals, w.partial[t.Node])
	}
	return w
}

// begin uploads the data that does not change within a sweep.
func (w *worker) begin() error {
	constants := make([]float64, w.s.Constants)
	w.s.Fill(constants, w.far, w.shared)
	if len(constants) > 0 {
		if err := w.stream.SetConstant(Constants, 0, constants); err != nil {
			return err
		}
	}
	var err error
	if w.args.Far, err = w.upload("far", w.far); err != nil {
		return err
	}
	for k, node := range w.s.Tables {
		at, err := w.upload(fmt.Sprintf("table%d", k), w.shared[node].Data)
		if err != nil {
			return err
		}
		w.args.Tables = append(w.args.Tables, at)
	}
	for k, present := range w.s.Presents {
		at := Address(0) // if all cells are present
		if len(present) > 0 {
			var fresh bool
			if at, fresh, err = w.buffer(fmt.Sprintf("present%d", k), int64(len(present))); err != nil {
				return err
			}
			if fresh {
				if err := w.stream.UploadBytes(at, present); err != nil {
					return err
				}
			}
		}
		w.args.Presents = append(w.args.Presents, uint64(at))
	}
	return w.stream.Wait() // the uploaded slices may then be freed
}

// upload copies a whole array.
func (w *worker) upload(name string, data []float64) (uint64, error) {
	at, _, err := w.buffer(name, 8*int64(len(data)))
	if err != nil || len(data) == 0 {
		return uint64(at), err
	}
	return uint64(at), w.stream.Upload(at, data)
}

// Compute computes the pixels lo … hi−1. A kernel that runs cannot be stopped.
func (w *worker) Compute(_ context.Context, lo, hi int) error {
	if err := w.compute(lo, hi); err != nil {
		w.failed = err
		return fmt.Errorf("pixels %d to %d: %w", lo, hi-1, err)
	}
	return nil
}

func (w *worker) compute(lo, hi int) error {
	n := hi - lo
	blocks, threads, rounds := w.s.Grid(n)
	w.args.Pixels, w.args.Rounds, w.args.Columns = n, rounds, w.s.Columns(blocks)
	if err := w.loads(lo, hi); err != nil {
		return err
	}
	if err := w.stores(n); err != nil {
		return err
	}
	if err := w.room(); err != nil {
		return err
	}
	if err := w.stream.Launch(KernelSweep, blocks, threads, w.args.Pack()); err != nil {
		return err
	}
	if err := w.finish(threads); err != nil {
		return err
	}
	for k, s := range w.s.Stores {
		out := w.shared[s.Node]
		row := out.Dims[expr.Pixel]
		for r := range s.Rows {
			if err := w.stream.Download(out.Data[r*row+lo:][:n], Address(w.args.Stores[k].At)+Address(8*r*n)); err != nil {
				return err
			}
		}
	}
	if err := w.stream.Wait(); err != nil {
		return err
	}
	for _, sum := range w.s.Sums {
		part := w.partial[sum.Node]
		for i := range part {
			part[i] = w.sums[sum.Row+i] * sum.Scale
		}
	}
	return nil
}

// loads uploads the batch's pixels, except those of arrays that stay on the device.
func (w *worker) loads(lo, hi int) error {
	w.args.Loads = w.args.Loads[:0]
	n := hi - lo
	for k, l := range w.s.Loads {
		a := w.shared[l.Node]
		row := a.Dims[expr.Pixel]
		at, there, err := w.devices.resident(w.device, w.plan.Node(l.Node).Expr, a.Data)
		if err != nil {
			return err
		}
		if there {
			w.args.Loads = append(w.args.Loads, Pixels{At: uint64(at) + uint64(8*lo), Stride: uint64(row)})
			continue
		}
		if at, _, err = w.buffer(fmt.Sprintf("in%d", k), 8*int64(l.Rows*n)); err != nil {
			return err
		}
		for r := range l.Rows {
			if err := w.stream.Upload(at+Address(8*r*n), a.Data[r*row+lo:][:n]); err != nil {
				return err
			}
		}
		w.args.Loads = append(w.args.Loads, Pixels{At: uint64(at), Stride: uint64(n)})
	}
	return nil
}

func (w *worker) stores(n int) error {
	w.args.Stores = w.args.Stores[:0]
	for k, s := range w.s.Stores {
		at, _, err := w.buffer(fmt.Sprintf("out%d", k), 8*int64(s.Rows*n))
		if err != nil {
			return err
		}
		w.args.Stores = append(w.args.Stores, Pixels{At: uint64(at), Stride: uint64(n)})
	}
	return nil
}

// room allocates memory for the batch's sums, and clears the sums that are added to.
func (w *worker) room() error {
	bytes := 8 * int64(w.s.Rows) * int64(w.args.Columns)
	at, _, err := w.buffer("partial", bytes)
	if err != nil {
		return err
	}
	w.args.Partial = uint64(at)
	if w.s.Adds {
		if err := w.stream.Zero(at, bytes); err != nil {
			return err
		}
	}
	w.args.Limbs = w.args.Limbs[:0]
	for k, t := range w.s.Scatters {
		bytes := 8 * Limbs * int64(t.Cells)
		at, _, err := w.buffer(fmt.Sprintf("limbs%d", k), bytes)
		if err != nil {
			return err
		}
		if err := w.stream.Zero(at, bytes); err != nil {
			return err
		}
		w.args.Limbs = append(w.args.Limbs, uint64(at))
	}
	return nil
}

// finish adds the partial sums of the warps, and rounds the scattered tables.
func (w *worker) finish(threads int) error {
	if w.s.Rows > 0 {
		at, _, err := w.buffer("sums", 8*int64(w.s.Rows))
		if err != nil {
			return err
		}
		args := []uint64{w.args.Partial, uint64(w.args.Columns), uint64(w.s.Rows), uint64(at)}
		if err := w.stream.Launch(KernelFold, (32*w.s.Rows+threads-1)/threads, threads, args); err != nil {
			return err
		}
		if err := w.stream.Download(w.sums, at); err != nil {
			return err
		}
	}
	for k, t := range w.s.Scatters {
		at, _, err := w.buffer(fmt.Sprintf("total%d", k), 8*int64(t.Cells))
		if err != nil {
			return err
		}
		args := []uint64{w.args.Limbs[k], uint64(t.Cells), uint64(at)}
		if err := w.stream.Launch(KernelTotal, (t.Cells+threads-1)/threads, threads, args); err != nil {
			return err
		}
		if err := w.stream.Download(w.totals[k], at); err != nil {
			return err
		}
	}
	return nil
}

// Partial returns the sum of a reduction over the last batch.
func (w *worker) Partial(node int) []float64 { return w.partial[node] }

// Close returns the workspace for the next worker. After an error the workspace is closed, since
// its state is unknown.
func (w *worker) Close() {
	if w.failed == nil {
		w.workspace.idle.put(w.workspace)
	} else {
		w.workspace.giveUp()
		w.devices.failed(w.device, w.failed)
	}
	w.devices.giveBack(w.device)
}
