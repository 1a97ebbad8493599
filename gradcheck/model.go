package gradcheck

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Model computes expressions of its graph in two ways. Simulators are models.
type Model interface {
	// TapeValues computes on the uncompiled tape.
	TapeValues(ctx context.Context, list ...*expr.Node) ([]G.Value, error)
	// CompiledValues computes by the program that users of the model get, or says why there is none.
	CompiledValues(ctx context.Context, list ...*expr.Node) (values []G.Value, why string, err error)
	// Donates is nil where the model itself runs on the tape, and otherwise the error that its inner values are met with.
	Donates() error
}

// CheckModel holds the derivatives of a loss, an expression of a model's nodes, against differences. They are computed on
// the uncompiled tape, whatever the model runs on itself, and then compared with those of its compiled program.
//
// With [Options].RequireGuard a compiled model is refused, with the error of its Donates.
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
	// Parameters that make no sense are reported here, by name.
	if _, err := model.TapeValues(ctx, list...); err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	return run(ctx, model, loss, by, options)
}
