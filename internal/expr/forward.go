package expr

// Forward gives the derivative of a rule's result along given derivatives of its operands, nil where an operand does not
// change; nil if the result does not. Where a result does not vary along an axis, it may have a smaller shape than out.
func Forward(r Rule, in []*Node, out *Node, tangents []*Node) (*Node, error) {
	b := On(out.Graph())
	var sum *Node
	for i, t := range tangents {
		if t == nil || !r.Smooth(i) {
			continue
		}
		part := forward(b, r, in, out, i, t)
		if sum == nil {
			sum = part
		} else {
			sum = b.Add(sum, part)
		}
	}
	return sum, b.Err()
}

// forward is the share of operand i.
func forward(b *Builder, r Rule, in []*Node, out *Node, i int, t *Node) *Node {
	switch l := r.(type) {
	case sumTo, sumAlong, reshape, broadcastTo:
		return b.Apply(r, b.BroadcastTo(t, in[i].Shape())) // linear
	case lookup:
		switch {
		case i == 3:
			return b.Apply(r, in[0], in[1], in[2], b.BroadcastTo(t, in[3].Shape())) // linear in tables and weights
		case l.kind == scatter:
			l.order[i]++
			return b.Apply(l, in[0], in[1], in[2], b.Mul(in[3], t))
		}
	}
	// Elementwise: what reverse mode makes of a gradient of 1 a element, it makes of the tangent too.
	return r.Diff(b, in, out, t)[i]
}

// Backward gives the gradient's share of each operand, in the operand's shape; nil where the rule is not smooth.
func Backward(r Rule, in []*Node, out, grad *Node) ([]*Node, error) {
	b := On(out.Graph())
	shares := r.Diff(b, in, out, grad)
	for i, s := range shares {
		if s != nil {
			shares[i] = b.SumTo(s, in[i].Shape())
		}
	}
	return shares, b.Err()
}
