package node

import G "gorgonia.org/gorgonia"

// operation is one of gorgonia's, and how it is differentiated.
type operation struct {
	kind     string // the name of its type
	symbol   string // distinguishes operations of a type: see symbolOf; "" for all of the type
	made     string // gorgonia's functions that make it
	read     reader // what it means as an expression, if that is known
	integers bool   // operands may be integers: read makes them numbers
	way      way    // how it is differentiated, where it is not read
	why      string // why it is refused, and what to use instead; or a remark
}

// way is how an operation that is not read as an expression is differentiated.
type way uint8

const (
	refused  way = iota // never
	constant            // its derivative is zero: a number, or locally constant
)

// byGrad is why operations are refused that are only met in the graphs that gorgonia.Grad makes.
const byGrad = "gorgonia.Grad made it; ask this module for the derivative of the loss instead"

// operations has a row for every operation of gorgonia v0.9.18. What has no row is refused. TestOperations finds a type of
// gorgonia's that has none, holds values and derivatives of the others to second order against gorgonia's and against
// differences, and writes the table in docs/differentiability.md.
var operations = []operation{
	{kind: "elemUnaryOp", symbol: "abs", made: "Abs", read: elementwise, why: "the derivative at 0 is taken as 0"},
	{kind: "elemUnaryOp", symbol: "sign", made: "Sign", read: elementwise, why: "0 at 0; gorgonia has 1 there for scalars"},
	{kind: "elemUnaryOp", symbol: "ceil", made: "Ceil", read: elementwise},
	{kind: "elemUnaryOp", symbol: "floor", made: "Floor", read: elementwise},
	{kind: "elemUnaryOp", symbol: "sin", made: "Sin", read: elementwise},
	{kind: "elemUnaryOp", symbol: "cos", made: "Cos", read: elementwise},
	{kind: "elemUnaryOp", symbol: "exp", made: "Exp", read: elementwise},
	{kind: "elemUnaryOp", symbol: "ln", made: "Log, LogSumExp", read: elementwise, why: "gorgonia makes Log1p(x) of Log(1 + x), and gives up the node 1 + x, which must not be used elsewhere; its LogSumExp is log(Σ exp(x − max) + max), which is another function"},
	{kind: "elemUnaryOp", symbol: "log2", made: "Log2", read: elementwise, why: "gorgonia's own derivative is wrong"},
	{kind: "elemUnaryOp", symbol: "neg", made: "Neg", read: elementwise},
	{kind: "elemUnaryOp", symbol: "square", made: "Square", read: elementwise},
	{kind: "elemUnaryOp", symbol: "sqrt", made: "Sqrt, Norm", read: elementwise},
	{kind: "elemUnaryOp", symbol: "inv", made: "Inverse", read: elementwise},
	{kind: "elemUnaryOp", symbol: "invSqrt", made: "InverseSqrt", read: elementwise, why: "gorgonia's own derivative is wrong"},
	{kind: "elemUnaryOp", symbol: "cube", made: "Cube", read: elementwise},
	{kind: "elemUnaryOp", symbol: "tanh", made: "Tanh, Mish", read: elementwise},
	{kind: "elemUnaryOp", symbol: "sigmoid", made: "Sigmoid", read: elementwise},
	{kind: "elemUnaryOp", symbol: "log1p", made: "Log1p", read: elementwise},
	{kind: "elemUnaryOp", symbol: "expm1", made: "Expm1", read: elementwise},
	{kind: "elemUnaryOp", symbol: "softplus", made: "Softplus", read: elementwise, why: "gorgonia's own value is x from 16 on, off by up to 1e-7"},

	{kind: "elemBinOp", symbol: "+", made: "Add, BroadcastAdd, ReduceAdd, LeakyRelu", read: elementwise},
	{kind: "elemBinOp", symbol: "-", made: "Sub, BroadcastSub, BinaryXent", read: elementwise},
	{kind: "elemBinOp", symbol: "⊙", made: "HadamardProd, Mul by a scalar, BroadcastHadamardProd, ReduceMul, Rectify", read: elementwise},
	{kind: "elemBinOp", symbol: "÷", made: "HadamardDiv, Div, BroadcastHadamardDiv, Mean", read: elementwise},
	{kind: "elemBinOp", symbol: "^", made: "Pow, BroadcastPow, Norm", read: elementwise, why: "by the exponent, the derivative at base 0 is taken as 0"},
	{kind: "elemBinOp", symbol: "<", made: "Lt, BroadcastLt", read: elementwise, way: constant},
	{kind: "elemBinOp", symbol: ">", made: "Gt, BroadcastGt", read: elementwise, way: constant},
	{kind: "elemBinOp", symbol: "<=", made: "Lte, BroadcastLte", read: elementwise, way: constant},
	{kind: "elemBinOp", symbol: ">=", made: "Gte, BroadcastGte", read: elementwise, way: constant},
	{kind: "elemBinOp", symbol: "==", made: "Eq, BroadcastEq", read: elementwise, way: constant},
	{kind: "elemBinOp", symbol: "!=", made: "Ne, BroadcastNe", read: elementwise, way: constant},
	{kind: "minBetween", made: "MinBetween", read: elementwise, why: "of equal elements the first has the derivative"},
	{kind: "maxBetween", made: "MaxBetween", read: elementwise, why: "of equal elements the first has the derivative"},

	{kind: "sumOp", made: "Sum, Mean, Norm", read: sum, why: "gorgonia's own value is wrong along the third of four axes"},
	{kind: "maxOp", made: "Max", read: maximum, why: "equal elements share the derivative; gorgonia's own value is wrong along the third of four axes"},
	{kind: "sizeOp", made: "SizeOf, Mean", read: size},
	{kind: "reshapeOp", made: "Reshape, Ravel, KeepDims", read: reshape},
	{kind: "softmaxOp", made: "SoftMax, LogSoftMax", read: softmax, why: "gorgonia merges SoftMax and LogSoftMax of one node along one axis into the one made first"},
	{kind: "linAlgBinOp", symbol: "matrices", made: "Mul of matrices, Conv1d, Conv2d", read: matrices},
	{kind: "linAlgBinOp", symbol: "matrix and vector", made: "Mul of a matrix and a vector", read: matrixVector},
	{kind: "linAlgBinOp", symbol: "inner", made: "Mul of vectors", read: inner},
	{kind: "linAlgBinOp", symbol: "outer", made: "OuterProd", read: outer, why: "gorgonia's own derivative is transposed"},
	{kind: "linAlgBinOp", symbol: "batches", made: "BatchedMatMul", read: matrices},
	{kind: "globalAveragePoolOp", made: "GlobalAveragePool2D", read: averageOfImage},
	{kind: "dropoutOp", made: "Dropout", read: dropout, why: "it drops other elements at each evaluation, so that loss and gradient would see different ones; multiply by an input that holds what is kept. With probability 0 it is the identity"},
	{kind: "Iop", made: "Iop", read: identity},

	{kind: "randomOp", made: "GaussianRandomNode, UniformRandomNode, BinomialRandomNode", way: constant, why: "drawn once in each evaluation: what is computed together is of one draw"},
	{kind: "constantScalar", made: "NewConstant", way: constant},
	{kind: "constantTensor", made: "NewConstant, OneHotVector", way: constant},
	{kind: "dtConvOp", made: "ConvType", way: constant, why: "gorgonia converts from and to integers only"},

	{kind: "sliceOp", made: "Slice, Unconcat", read: slice, why: "gorgonia's own second derivative is wrong; refused where a step does not divide the length, since gorgonia computes other elements than it infers"},
	{kind: "atOp", made: "At", read: at, why: "gorgonia has no derivative of it"},
	{kind: "transposeOp", made: "Transpose", read: transpose},
	{kind: "concatOp", made: "Concat", read: concat},
	{kind: "byIndicesOp", made: "ByIndices", read: byIndices, integers: true, why: "gorgonia's own derivative is wrong where an index is listed twice; refused along an inner axis, where gorgonia reads the wrong elements"},
	{kind: "repeatOp", made: "Broadcast, BroadcastAdd and the like", read: repeat},
	{kind: "diagFlatOp", made: "DiagFlat", read: diagonal, why: "gorgonia has no derivative of it"},
	{kind: "upsampleOp", made: "Upsample2D", read: upsample},
	{kind: "tensordotOp", made: "Tensordot", read: contraction, why: "gorgonia's own derivative fails for some shapes"},
	{kind: "im2colOp", made: "Im2Col, Conv1d, Conv2d", read: imageToColumns},
	{kind: "maxPoolOp", made: "MaxPool1D, MaxPool2D, AveragePool1D", read: maximumPool, why: "equal elements share the derivative; gorgonia's AveragePool1D takes the maximum"},
	{kind: "avgPoolOp", made: "AveragePool2D", why: "gorgonia divides by the width of the image, not by the number of elements; use Im2Col and Mean"},
	{kind: "sparsemaxOp", made: "Sparsemax", why: "gorgonia has no second derivative of it, and one along the last axis of a matrix only; use SoftMax"},
	{kind: "BatchNormOp", made: "BatchNorm", why: "each evaluation changes its running mean and variance, and it gives derivatives for three operands while it has one; use Mean, Sub, Square, Sqrt and HadamardDiv"},
	{kind: "GroupNormOp", made: "GroupNorm", why: "it gives derivatives for three operands while it has one; use Mean, Sub, Square, Sqrt and HadamardDiv"},
	{kind: "ctcLossOp", made: "CTCLoss", why: "its derivative uses what the last evaluation left in it, and it gives derivatives for five operands while it has four"},
	{kind: "yoloOp", made: "YOLOv3", why: "gorgonia has no derivative of it, and computes it in float32"},

	{kind: "clampOp", why: "it computes nothing; use MinBetween and MaxBetween"},
	{kind: "ExternalOp", made: "NewExternalOp", why: "it binds an operation to a device and a buffer; apply the operation itself"},
	{kind: "letOp", made: "Set", why: "it is a statement, not a value"},
	{kind: "readOp", made: "Read", why: "it is a statement, not a value"},
	{kind: "devTrans", why: "it is a statement, not a value"},

	{kind: "sliceIncrOp", read: increment, why: "gorgonia.Grad makes it of slices"},
	{kind: "softmaxDiffOp", why: byGrad},
	{kind: "sparsemaxDiffOp", why: byGrad},
	{kind: "col2imOp", why: byGrad},
	{kind: "maxPoolDiffOp", why: byGrad},
	{kind: "avgPoolDiffOp", why: byGrad},
	{kind: "byIndicesOpDiffOp", why: byGrad},
	{kind: "dropoutDiffOp", why: byGrad},
	{kind: "upsampleDiffOp", why: byGrad},
	{kind: "batchnormDiffOp", why: byGrad},
	{kind: "groupNormDiffOp", why: byGrad},
	{kind: "ctcLossDiffOp", why: byGrad},
}

// rows finds the row of an operation by kind and symbol. It is filled in by init, since readers refer to operations.
var rows map[[2]string]*operation

func init() {
	rows = map[[2]string]*operation{}
	for i := range operations {
		rows[[2]string{operations[i].kind, operations[i].symbol}] = &operations[i]
	}
}

// rowOf is the row of one of gorgonia's operations; nil if it has none, or is not gorgonia's.
func rowOf(op G.Op) *operation {
	kind := kindOf(op)
	if kind == "" {
		return nil
	}
	return rows[[2]string{kind, symbolOf(op, kind)}]
}
