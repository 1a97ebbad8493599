package gradcheck

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/node"
)

// valueOf returns a gorgonia value that holds a copy of data.
func valueOf(shape tensor.Shape, data []float64) G.Value {
	return node.AsValue(shape, append([]float64(nil), data...))
}
