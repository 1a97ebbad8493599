package plan_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/tape"
	"github.com/gobragg/gobragg/structure"
)

// ramp returns n different numbers between 0.1 and 1.
func ramp(n int) []float64 {
	data := make([]float64, n)
	for i := range data {
		data[i] = 0.1 + 0.9*float64(i*7%n)/float64(n)
	}
	return data
}

// model is the common part of the small graphs below: an image of some pixels and its inputs.
type model struct {
	*nodetest.Builder
	pixels      int
	x           *G.Node // a number
	orientation *G.Node // (3, 1, 1, 1)
	pixel       *G.Node // (1, 1, 1, pixels)
	image       *G.Node // (pixels)
}

func newModel(pixels int) *model {
	m := &model{Builder: nodetest.On(G.NewGraph()), pixels: pixels}
	m.x = m.Scalar("x", 0.7)
	m.orientation = m.Leaf("orientation", []float64{0.5, -1, 2}, 3, 1, 1, 1)
	m.pixel = m.Leaf("pixel", ramp(pixels), 1, 1, 1, pixels)
	y := m.SumAxes(m.Square(m.Sin(m.Mul(m.Mul(m.x, m.pixel), m.orientation))), expr.Orientation)
	m.image = m.Reshape(y, tensor.Shape{pixels})
	return m
}

// batches is a plan and the tape's engine for it.
type batches struct {
	*plan.Plan
	*tape.Engine
}

func newBatches[N nodetest.Either](pixelLeaf func(*expr.Node) bool, pixels int, roots ...N) (*batches, error) {
	p, err := plan.New(pixelLeaf, pixels, nodetest.Expressions(roots...)...)
	if err != nil {
		return nil, err
	}
	return &batches{p, tape.NewEngine(p, tape.Options{})}, nil
}

func (b *batches) SetSize(pixels int) { b.Engine = tape.NewEngine(b.Plan, tape.Options{Batch: pixels}) }

func (b *batches) Run(ctx context.Context, workers int, progress plan.Progress) ([]G.Value, error) {
	return b.Plan.Run(ctx, b.Engine, workers, progress)
}

func (m *model) batches(t testing.TB, roots ...*G.Node) *batches {
	t.Helper()
	if m.Err() != nil {
		t.Fatal(m.Err())
	}
	b, err := newBatches(func(n *expr.Node) bool { return n == m.In(m.pixel) }, m.pixels, roots...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// normalised divides an image by its mean.
func (m *model) normalised(image *G.Node) *G.Node {
	return m.Div(image, m.Scale(1/float64(m.pixels), m.SumAll(image)))
}

func sweeps(b *batches) int {
	n := 0
	for _, s := range b.Sweeps() {
		if len(s.Reduce)+len(s.Store) > 0 {
			n++
		}
	}
	return n
}

// TestBatches compares losses of several kinds, with their gradients, with the tape, for images of
// one pixel and more, batches that do and do not divide them, and any number of workers. Each plan
// has as many sweeps as it needs: one, and another for each reduction that pixels depend on. The
// breaks are the nodes that mix pixels.
func TestBatches(t *testing.T) {
	unit := func(n *G.Node, err error) *G.Node {
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, tt := range []struct {
		name   string
		loss   func(m *model) *G.Node
		sweeps int // of the loss alone
		breaks int // nodes that mix pixels
	}{
		{"sum", func(m *model) *G.Node { return m.SumAll(m.Square(m.image)) }, 1, 0},
		{"gorgonia's sum and mean", func(m *model) *G.Node {
			return unit(G.Mul(unit(G.Sum(unit(G.Square(m.image)))), unit(G.Mean(m.image))))
		}, 1, 0},
		{"relative to the mean", func(m *model) *G.Node { return m.SumAll(m.Square(m.Sin(m.normalised(m.image)))) }, 2, 0},
		{"relative to the mean, twice", func(m *model) *G.Node {
			return m.SumAll(m.Square(m.normalised(m.Sin(m.normalised(m.image)))))
		}, 3, 0},
		{"variance", func(m *model) *G.Node {
			mean := unit(G.Mean(m.image))
			return unit(G.Mean(unit(G.Square(unit(G.Sub(m.image, mean))))))
		}, 2, 0},
		{"a vector without pixels", func(m *model) *G.Node {
			v := m.Leaf("v", ramp(m.pixels), m.pixels) // as long as the pixel axis, and not on it
			return m.Mul(m.SumAll(m.Square(v)), m.SumAll(m.image))
		}, 1, 0},
		{"a vector as long as the pixels", func(m *model) *G.Node {
			v := m.Leaf("v", ramp(m.pixels), m.pixels)
			return m.SumAll(m.Sin(m.Mul(v, m.image)))
		}, 2, 1},
		{"the same, spread over orientations first", func(m *model) *G.Node {
			v := m.BroadcastTo(m.Leaf("v", ramp(m.pixels), m.pixels), tensor.Shape{3, 1, 1, m.pixels})
			return m.SumAll(m.Mul(m.Mul(v, m.pixel), m.image)) // the break's operands are whole already
		}, 1, 1},
		{"pixels as rows", func(m *model) *G.Node {
			return m.SumAll(m.Mul(m.Reshape(m.image, tensor.Shape{m.pixels, 1}), m.Leaf("row", []float64{1, 2, 3}, 3)))
		}, 1, 1},
		{"gorgonia's slice", func(m *model) *G.Node { return unit(G.Sum(unit(G.Square(unit(G.Slice(m.image, G.S(0, 1))))))) }, 1, 1},
		{"gorgonia's outer product", func(m *model) *G.Node {
			return unit(G.Sum(unit(G.OuterProd(m.image, unit(G.Exp(m.image))))))
		}, 2, 1},
		{"two slices, joined to an image", func(m *model) *G.Node { // which is on the pixels again
			turned := m.image
			if k := 2 * m.pixels / 5; k > 1 { // gorgonia drops an axis of one
				turned = unit(G.Concat(0, unit(G.Slice(m.normalised(m.image), G.S(k, m.pixels))), unit(G.Slice(m.image, G.S(0, k)))))
			}
			return m.SumAll(m.Mul(m.Exp(turned), m.image))
		}, 3, 2},
		{"the gradient of a slice's", func(m *model) *G.Node { // which is put among zeros
			first := m.SumAll(m.Square(unit(G.Slice(m.image, G.S(0, (m.pixels+1)/2)))))
			grads, err := nodetest.Gradient(first, m.image)
			if err != nil {
				t.Fatal(err)
			}
			return m.SumAll(m.Mul(m.Square(grads[0]), m.image))
		}, 2, 1},
		{"more steps than the image has", func(m *model) *G.Node {
			five := m.Leaf("five", ramp(5), 5, 1, 1, 1)
			return m.SumAll(m.Sin(m.Mul(five, m.Mul(m.image, m.pixel))))
		}, 1, 0},
		{"more numbers of steps than there are loops", func(m *model) *G.Node {
			sum := m.SumAll(m.image)
			for n := 4; n < 4+plan.MaxLoops-1; n++ { // the image has the loops of two axes
				own := m.Leaf(fmt.Sprint("steps", n), ramp(n), n, 1, 1, 1)
				sum = m.Add(sum, m.SumAll(m.Mul(own, m.pixel)))
			}
			return sum
		}, 1, 4},
		{"a break between reductions", func(m *model) *G.Node {
			sliced := unit(G.Slice(m.normalised(m.image), G.S(0, 1)))
			return m.SumAll(m.Mul(m.image, m.SumAll(m.Exp(sliced))))
		}, 3, 1},
		{"a table read at pixels", func(m *model) *G.Node {
			grid := &expr.Grid{Box: structure.Box{HMax: m.pixels - 1, KMax: 0, LMax: 0}} // as long as the pixels
			f := m.Leaf("f", ramp(m.pixels), m.pixels)
			return m.SumAll(m.Mul(m.image, m.Gather(grid, m.Scale(float64(m.pixels-1), m.pixel), m.Const(0), m.Const(0), f)))
		}, 1, 0},
		{"pixels as a table, read at pixels", func(m *model) *G.Node {
			grid := &expr.Grid{Box: structure.Box{HMax: m.pixels - 1, KMax: 0, LMax: 0}}
			return m.SumAll(m.Square(m.Gather(grid, m.Scale(float64(m.pixels-1), m.pixel), m.Const(0), m.Const(0), m.image)))
		}, 2, 1},
		{"pixels as a table", func(m *model) *G.Node {
			grid := &expr.Grid{Box: structure.Box{HMax: m.pixels - 1, KMax: 0, LMax: 0}}
			h := m.Leaf("h", []float64{0, 0.2, 0}, 3)
			return m.SumAll(m.Square(m.Gather(grid, h, m.Const(0), m.Const(0), m.image)))
		}, 1, 1},
	} {
		for _, pixels := range []int{1, 2, 5, 40} {
			t.Run(fmt.Sprintf("%s, %d pixels", tt.name, pixels), func(t *testing.T) {
				m := newModel(pixels)
				loss := tt.loss(m)
				if m.Err() != nil {
					t.Fatal(m.Err())
				}
				if pixels > 3 { // with fewer, sums over other axes look like nodes that mix pixels
					b := m.batches(t, loss)
					if got := sweeps(b); got != tt.sweeps {
						t.Errorf("%d sweeps, want %d", got, tt.sweeps)
					}
					if got := len(b.Breaks()); got != tt.breaks {
						t.Errorf("breaks %v, want %d", b.Breaks(), tt.breaks)
					}
					for _, br := range b.Breaks() {
						if br.Why == "" || br.Node == nil || br.String() == "" {
							t.Errorf("a break without a reason: %v", br)
						}
					}
				}
				grads, err := nodetest.Gradient(loss, m.x, m.orientation, m.pixel)
				if err != nil {
					t.Fatal(err)
				}
				roots := append(G.Nodes{loss, m.image, m.x, m.pixel}, grads...) // inputs may be roots, too
				want := onTape(t, roots...)
				b := m.batches(t, roots...)
				for _, size := range []int{1, 2, 3, 7, pixels, 1000} {
					b.SetSize(size)
					var first [][]float64
					for _, workers := range []int{1, 2, 5, 0} {
						got := inBatches(t, b, workers)
						for i := range roots {
							if err := agree(got[i], want[i], 1e-13); err != nil {
								t.Fatalf("root %d, batches of %d, %d workers: %v", i, size, workers, err)
							}
						}
						if first == nil {
							first = got
						}
						sameBits(t, got, first)
					}
				}
			})
		}
	}
}

func sameBits(t testing.TB, got, want [][]float64) {
	t.Helper()
	for i := range want {
		for k := range want[i] {
			if math.Float64bits(got[i][k]) != math.Float64bits(want[i][k]) {
				t.Fatalf("root %d, number %d: %.17g and %.17g differ with the number of workers", i, k, got[i][k], want[i][k])
			}
		}
	}
}

// TestOtherTypes: outside of the sweeps, gorgonia's operations may use values of other types.
func TestOtherTypes(t *testing.T) {
	m := newModel(6)
	which := G.NewTensor(m.Graph(), tensor.Int, 1, G.WithShape(3), G.WithName("which"), G.WithValue(tensor.New(tensor.WithBacking([]int{4, 0, 4}))))
	chosen, err := G.ByIndices(m.image, which, 0)
	if err != nil {
		t.Fatal(err)
	}
	loss := m.SumAll(m.Square(chosen))
	grads, err := nodetest.Gradient(loss, m.x)
	if err != nil {
		t.Fatal(err)
	}
	single := G.NewVector(m.Graph(), G.Float32, G.WithName("single"), G.WithShape(2), G.WithValue(tensor.New(tensor.WithBacking([]float32{1, 2}))))
	squared := G.Must(G.Square(single))
	b := m.batches(t, loss, grads[0])
	b.SetSize(4)
	got, want := inBatches(t, b, 2), onTape(t, loss, grads[0])
	for i := range want {
		if err := agree(got[i], want[i], 1e-14); err != nil {
			t.Error(err)
		}
	}
	image := onTape(t, m.image)[0]
	if err := agree(got[0], []float64{2*image[4]*image[4] + image[0]*image[0]}, 1e-14); err != nil {
		t.Error(err)
	}
	values, err := m.batches(t, squared, which).Run(context.Background(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v := values[0].Data().([]float32); v[0] != 1 || v[1] != 4 {
		t.Errorf("float32 squares are %v", v)
	}
	if v := values[1].Data().([]int); !slices.Equal(v, []int{4, 0, 4}) {
		t.Errorf("the indices are %v", v)
	}
}

func TestBatchesRefuse(t *testing.T) {
	m := newModel(6)
	for _, pixels := range []int{0, -3} {
		_, err := newBatches(func(*expr.Node) bool { return false }, pixels, m.image)
		wantError(t, err, "plan: batches of", "pixels")
	}
	_, err := newBatches(func(n *expr.Node) bool { return n == m.In(m.orientation) }, 6, m.image)
	wantError(t, err, `plan: leaf "orientation" has 1 pixels, want 6`)
	_, err = newBatches(func(n *expr.Node) bool { return n == m.In(m.pixel) }, 7, m.image)
	wantError(t, err, `plan: leaf "pixel" has 6 pixels, want 7`)
	_, err = newBatches(func(*expr.Node) bool { return false }, 6, (*G.Node)(nil))
	wantError(t, err, "nil node")

	empty := G.NewScalar(m.Graph(), G.Float64, G.WithName("empty"))
	b := m.batches(t, m.Mul(m.image, empty))
	_, err = b.Run(context.Background(), 2, nil)
	wantError(t, err, `plan: input "empty" has no value`)
	if err := G.Let(empty, G.NewF64(2)); err != nil {
		t.Fatal(err)
	}
	if _, err = b.Run(context.Background(), 2, nil); err != nil {
		t.Error(err)
	}
}

// TestProgress: the progress grows by batches and ends at the total of all sweeps.
func TestProgress(t *testing.T) {
	m := newModel(10)
	b := m.batches(t, m.SumAll(m.normalised(m.image)))
	b.SetSize(3)
	for _, workers := range []int{1, 3} {
		var done []int
		if _, err := b.Run(context.Background(), workers, func(d, total int) {
			if total != 20 {
				t.Errorf("total %d, want two sweeps over 10 pixels", total)
			}
			done = append(done, d)
		}); err != nil {
			t.Fatal(err)
		}
		// A sweep has batches of 3, 3, 3 and 1, reported as they are done: by several workers, in
		// any order.
		if want := []int{3, 6, 9, 10, 13, 16, 19, 20}; workers == 1 && !slices.Equal(done, want) {
			t.Errorf("progress %v, want %v", done, want)
		}
		if len(done) != 8 || !slices.IsSorted(done) || done[3] != 10 || done[7] != 20 {
			t.Errorf("%d workers: progress %v, want 10 after four batches and 20 after eight", workers, done)
		}
	}
}

// TestCancel cancels before a run and in the middle of one; the same plan runs to its end afterwards.
func TestCancel(t *testing.T) {
	m := newModel(50)
	loss := m.SumAll(m.normalised(m.image))
	b := m.batches(t, loss)
	b.SetSize(1)
	for _, workers := range []int{1, 4} {
		for _, after := range []int{0, 1, 20, 60} {
			ctx, cancel := context.WithCancel(context.Background())
			if after == 0 {
				cancel()
			}
			last := 0
			v, err := b.Run(ctx, workers, func(done, _ int) {
				if last = done; done == after {
					cancel()
				}
			})
			cancel()
			if !errors.Is(err, context.Canceled) || v != nil {
				t.Errorf("%d workers, cancelled after %d pixels: %v, %v", workers, after, v, err)
			}
			// A worker may have had its next batch when the context ended.
			if last > after+workers {
				t.Errorf("%d workers, cancelled after %d pixels: went on to %d", workers, after, last)
			}
		}
	}
	// A graph without pixels can be cancelled too.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.batches(t, m.Square(m.x)).Run(ctx, 1, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("uniform nodes: %v", err)
	}
	if err := agree(inBatches(t, b, 4)[0], onTape(t, loss)[0], 1e-13); err != nil {
		t.Error(err)
	}
}

// TestBatchFails: an error in one batch ends the run, on any number of workers, with the error that
// came first. So does an error outside of the sweeps.
func TestBatchFails(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		m := newModel(40)
		above := 0.9
		if workers > 1 {
			above = 0.96 // one pixel only: several workers may fail in any order
		}
		n := m.Apply(nodetest.Panics(above), m.pixel)
		b := m.batches(t, m.SumAll(n))
		b.SetSize(1)
		first := -1.0
		for _, v := range ramp(40) {
			if v > above {
				first = v
				break
			}
		}
		_, err := b.Run(context.Background(), workers, nil)
		wantError(t, err, "plan: sweep 0: ", fmt.Sprintf("panics above %g of", above), fmt.Sprintf("%g is too much", first))
	}
	m := newModel(4)
	_, err := m.batches(t, m.Mul(m.Apply(nodetest.Panics(0), m.x), m.image)).Run(context.Background(), 2, nil)
	wantError(t, err, "panics above 0", "0.7 is too much")

	x := nodetest.On(G.NewGraph()).Leaf("x", ramp(6), 2, 3)
	f, err := G.ApplyOp(nodetest.Foreign{Name: "falls over", Compute: func(G.Value) (G.Value, error) { panic("oh no") }}, x)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBatches(func(*expr.Node) bool { return false }, 4, f)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Run(context.Background(), 1, nil)
	wantError(t, err, "plan: the result of falls over", "oh no")
}
