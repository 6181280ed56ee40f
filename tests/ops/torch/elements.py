"""What PyTorch makes of numbers at which functions jump, end or overflow: outputs, and the gradients of their sums.

.venv-torch/bin/python tests/ops/torch/elements.py > tests/ops/torch/elements.json
"""
import json
import torch
import torch.nn.functional as F

INF, NAN = float("inf"), float("nan")
LINE = [-1e4, -100.0, -20.0, -6.0, -3.0, -2.5, -1.5, -1.0, -0.5, -1e-3, 0.0, 1e-3, 0.5, 1.0, 1.5, 2.5, 3.0, 6.0, 20.0, 100.0, 1e4]
INSIDE = [-1.0, -0.99, -0.5, -0.2, -1e-3, 0.0, 1e-3, 0.2, 0.5, 0.99, 1.0]
ANGLES = [-1000.0, -31.4, -3.1416, -1.5, -0.7, 0.0, 1e-3, 0.7, 1.5, 3.1416, 31.4, 1000.0]
POSITIVE = [0.0, 1e-30, 1e-3, 0.5, 1.0, 2.0, 1e4, 1e30]

ONE = {
    "exp": (torch.exp, [-200.0, -80.0] + LINE[2:19]),
    "log": (torch.log, POSITIVE + [-1.0]),
    "sqrt": (torch.sqrt, POSITIVE + [-1.0]),
    "abs": (torch.abs, LINE),
    "reciprocal": (torch.reciprocal, [-2.0, -1e-3, 1e-3, 4.0]),
    "erf": (torch.erf, LINE),
    "floor": (torch.floor, LINE),
    "ceil": (torch.ceil, LINE),
    "round": (torch.round, LINE),
    "trunc": (torch.trunc, LINE),
    "sign": (torch.sign, LINE),
    "sin": (torch.sin, ANGLES),
    "cos": (torch.cos, ANGLES),
    "tan": (torch.tan, [-1.5, -0.7, 0.0, 1e-3, 0.7, 1.5, 2.5]),
    "asin": (torch.asin, INSIDE[1:-1]),
    "acos": (torch.acos, INSIDE[1:-1]),
    "atan": (torch.atan, LINE),
    "sinh": (torch.sinh, LINE[2:19]),
    "cosh": (torch.cosh, LINE[2:19]),
    "asinh": (torch.asinh, LINE + [-1e12, 1e12]),
    "acosh": (torch.acosh, [1.25, 1.5, 20.0, 1e4, 1e12]),
    "atanh": (torch.atanh, INSIDE[1:-1]),
    "leakyRelu": (lambda x: F.leaky_relu(x, 0.01), LINE),
    "elu": (F.elu, LINE),
    "selu": (F.selu, LINE),
    "celu": (lambda x: F.celu(x, 1.0), LINE),
    "gelu": (F.gelu, LINE),
    "geluTanh": (lambda x: F.gelu(x, approximate="tanh"), LINE),
    "silu": (F.silu, LINE),
    "mish": (F.mish, LINE),
    "hardsigmoid": (F.hardsigmoid, LINE),
    "hardtanh": (F.hardtanh, LINE),
    "relu6": (F.relu6, LINE),
    "clamp": (lambda x: torch.clamp(x, -1, 1.5), LINE),
    "softplus": (F.softplus, LINE),
    "softplusSteep": (lambda x: F.softplus(x, 2, 5), LINE),
    "softsign": (F.softsign, LINE),
    "threshold": (lambda x: F.threshold(x, 0.5, -2), LINE),
}

BASES = [-2.0, -2.0, -2.0, -1.0, 0.0, 0.0, 0.0, 0.5, 1.0, 2.0, 2.0, 3.0, 1.5, -0.5]
EXPONENTS = [3.0, 2.0, -1.0, 0.0, 0.0, 2.0, 0.5, -1.5, 4.0, 10.0, 0.5, 6.0, 0.0, -3.0]
LEFT = [5.5, -5.5, 5.5, -5.5, 6.0, -6.0, 0.35, 7.0, 1.0, 0.0]
RIGHT = [3.0, 3.0, -3.0, -3.0, 3.0, 3.0, 0.1, 7.0, 4.0, 2.0]
SAME = [1.0, 2.0, 3.0, NAN, 1.0, -0.5]
OTHER = [2.0, 2.0, -1.0, 1.0, NAN, 4.0]
TWO = {
    "pow": (torch.pow, BASES, EXPONENTS),
    "fmod": (torch.fmod, LEFT, RIGHT),
    "remainder": (torch.remainder, LEFT, RIGHT),
    "maximum": (torch.maximum, SAME, OTHER),
    "minimum": (torch.minimum, SAME, OTHER),
}

ROWS = [[3.0, 3.0, -1.0, 2.0], [1000.0, 1001.0, 999.0, 1001.0], [-INF, 0.5, -INF, 0.5], [0.0, 2.0, 0.0, 4.0]]
ALONG = {
    "softmax": lambda x: torch.softmax(x, 1) * torch.tensor([1.0, 2.0, -3.0, 0.5]),
    "logSoftmax": lambda x: torch.log_softmax(x, 1)[:, 1:2],
    "logsumexp": lambda x: torch.logsumexp(x, 1),
    "amax": lambda x: torch.amax(x, 1),
    "amin": lambda x: torch.amin(x, 1),
    "prod": lambda x: torch.prod(x, 1),
    "cumsum": lambda x: torch.cumsum(x, 1),
    "argmax": lambda x: torch.argmax(x, 1).float() + 0 * x[:, 0].nan_to_num(0, 0, 0),
}


def numbers(tensor):
    return [str(v).replace("inf", "Infinity") if v != v or v in (INF, -INF) else v for v in tensor.double().flatten().tolist()]


def case(make, *inputs):
    tensors = [torch.tensor(values, dtype=torch.float64, requires_grad=True) for values in inputs]
    output = make(*tensors)
    gradients = torch.autograd.grad(output.sum(), tensors)
    return {
        "inputs": [numbers(tensor.detach()) for tensor in tensors],
        "output": numbers(output.detach()),
        "gradients": [numbers(gradient) for gradient in gradients],
    }


made = {name: case(make, values) for name, (make, values) in ONE.items()}
made |= {name: case(make, a, b) for name, (make, a, b) in TWO.items()}
made |= {name: case(make, ROWS) for name, make in ALONG.items()}
print("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in made.items()) + "\n}")
