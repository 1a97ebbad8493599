package gradcheck

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/view"
)

// View is a model on one executor, by the calls that its users make.
type View = view.View

// Model is a model of pixels whose derivatives users get by calls. A simulator is a Model.
type Model interface {
	// Views returns the model on each executor: first on its own; the uncompiled tape is among
	// them. With gpu, so are GPUs other than its own.
	Views(gpu bool) ([]View, error)
	// Donates returns nil where the model runs on the tape, and otherwise the error of reading one
	// of its inner values.
	Donates() error
}

// CheckModel compares the derivatives of a loss, an expression of a model's nodes, with finite
// differences. Derivatives are computed on the uncompiled tape, whatever the model itself runs on.
// Then those that users of the model get, by its calls and on its executors, are compared with
// these: see [Ways]. Report and errors are those of [Check].
//
// With [Options].RequireGuard, CheckModel returns the error of Donates for a compiled model.
func CheckModel(ctx context.Context, model Model, loss *G.Node, by G.Nodes, options Options) (*Report, error) {
	if v := reflect.ValueOf(model); model == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, errors.New("gradcheck: the model is nil")
	}
	if err := admissible(loss, by); err != nil {
		return nil, err
	}
	if options.RequireGuard {
		if _, err := guarded(true); err != nil {
			return nil, err
		}
		if err := model.Donates(); err != nil {
			return nil, fmt.Errorf("gradcheck: %w", err)
		}
	}
	list, err := node.Read(loss)
	if err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	views, err := model.Views(options.Ways == AllWays)
	if err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	tape := tapeOf(views)
	if tape == nil {
		return nil, errors.New("gradcheck: the model has no view on the uncompiled tape")
	}
	// Parameters that are not valid are reported here, by name.
	in, err := inputsOf(loss)
	if err != nil {
		return nil, err
	}
	_, _, err = tape.Compute(ctx, list...)
	if err = in.restore(err); err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	return run(ctx, views, loss, by, options)
}

// tapeOf returns the view on the uncompiled tape; nil if there is none.
func tapeOf(views []View) View {
	for _, v := range views {
		if !v.Compiled() {
			return v
		}
	}
	return nil
}
