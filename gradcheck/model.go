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

// Model computes expressions of its graph in two ways. A simulator is a Model.
type Model interface {
	// TapeValues computes expressions on the uncompiled tape.
	TapeValues(ctx context.Context, list ...*expr.Node) ([]G.Value, error)
	// CompiledValues computes expressions by the program that users of the model get. Where there
	// is none, why is the reason.
	CompiledValues(ctx context.Context, list ...*expr.Node) (values []G.Value, why string, err error)
	// Donates returns nil where the model runs on the tape, and otherwise the error of reading one
	// of its inner values.
	Donates() error
}

// CheckModel compares the derivatives of a loss, an expression of a model's nodes, with finite
// differences. Derivatives are computed on the uncompiled tape, whatever the model itself runs on,
// and then compared with those of its compiled program. Report and errors are those of [Check].
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
	// Parameters that are not valid are reported here, by name.
	if _, err := model.TapeValues(ctx, list...); err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	return run(ctx, model, loss, by, options)
}
