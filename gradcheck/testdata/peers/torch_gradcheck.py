"""Check the graphs of graphs.json with torch.autograd.gradcheck and gradgradcheck, at their defaults.

    python3 torch_gradcheck.py > torch.json      (Debian: apt-get install python3-torch)

Each graph is the sum of an expression of vectors, whose gradient is given by expressions too: a
torch.autograd.Function whose backward multiplies by them. Where a graph has "second", the gradient
is differentiated as well. The outcome is "pass" where a checker accepts the graph, and "FAIL" where
it raises an error.
"""

import json
import os
import sys

import torch

ONE = {"neg": torch.neg, "sin": torch.sin, "cos": torch.cos, "exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt,
       "tanh": torch.tanh, "abs": torch.abs, "sum": torch.sum, "detach": lambda a: a.detach(), "ones": torch.ones_like}
TWO = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}


def evaluate(e, inputs):
    """The value of an expression: a name, a number, a list of numbers, or an operation and its operands."""
    if isinstance(e, str):
        return inputs[e]
    if isinstance(e, float):
        return torch.tensor(e, dtype=torch.float64)
    if isinstance(e[0], float):
        return torch.tensor(e, dtype=torch.float64)
    operands = [evaluate(o, inputs) for o in e[1:]]
    return ONE[e[0]](*operands) if e[0] in ONE else TWO[e[0]](*operands)


def function(graph):
    """The graph as a function of its inputs, in the order of their names."""
    names = sorted(graph["at"])

    class Planted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *inputs):
            ctx.save_for_backward(*inputs)
            return evaluate(graph["value"], dict(zip(names, inputs))).sum()

        @staticmethod
        def backward(ctx, grad):
            inputs = dict(zip(names, ctx.saved_tensors))
            return tuple(grad * evaluate(graph["gradient"][n], inputs) for n in names)

    inputs = tuple(torch.tensor(graph["at"][n], dtype=torch.float64, requires_grad=True) for n in names)
    return Planted.apply, inputs


def outcome(graph, fast):
    f, inputs = function(graph)
    try:
        torch.autograd.gradcheck(f, inputs, fast_mode=fast)
        if graph["second"]:
            torch.autograd.gradgradcheck(f, inputs, fast_mode=fast)
    except RuntimeError:  # GradcheckError is one
        return "FAIL"
    return "pass"


def main():
    torch.manual_seed(0)
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "graphs.json"), encoding="utf-8") as f:
        graphs = json.load(f)
    tools = []
    for tool, fast in (("gradcheck", False), ("gradcheck, fast_mode", True)):
        tools.append({"tool": "torch " + torch.__version__ + " " + tool, "outcomes": [outcome(g, fast) for g in graphs]})
    json.dump(tools, sys.stdout, indent="\t")
    print()


main()
