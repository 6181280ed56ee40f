"""Resizing in PyTorch, with the gradients of a weighed sum; writes resize.json beside this file.

Run: .venv-torch/bin/python tests/ops/torch/resize.py
"""
import json
import pathlib

import torch
from torch.nn.functional import interpolate

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
CASES = [
    ([2, 2, 3, 4], dict(scale_factor=2, mode="nearest")),
    ([1, 2, 5, 4], dict(size=[7, 3], mode="nearest")),
    ([2, 1, 4, 3], dict(scale_factor=[1.5, 2], mode="nearest")),
    ([9, 2, 3, 4], dict(scale_factor=2, mode="bilinear", align_corners=False)),
    ([2, 2, 5, 4], dict(size=[3, 7], mode="bilinear", align_corners=False)),
    ([2, 2, 5, 4], dict(size=[3, 7], mode="bilinear", align_corners=True)),
    ([1, 1, 5, 3], dict(scale_factor=1.3, mode="bilinear", align_corners=False)),
    ([3, 2, 5], dict(size=9, mode="linear", align_corners=False)),
    ([3, 2, 5], dict(scale_factor=3, mode="nearest")),
    ([2, 1, 1, 1], dict(size=[2, 3], mode="bilinear", align_corners=True)),
]


def rounded(tensor):
    return [round(value, 7) for value in tensor.detach().flatten().tolist()]


made = []
for shape, options in CASES:
    x = torch.randn(shape).round(decimals=4).requires_grad_()
    y = interpolate(x, **options)
    weights = torch.randn(y.shape).round(decimals=4)
    (y * weights).sum().backward()
    names = {"scale_factor": "scaleFactor", "align_corners": "alignCorners"}
    made.append({
        "shape": shape, "options": {names.get(name, name): value for name, value in options.items()},
        "x": rounded(x), "size": list(y.shape), "y": rounded(y), "weights": rounded(weights), "dx": rounded(x.grad),
    })
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(made, separators=(",", ":")) + "\n")
