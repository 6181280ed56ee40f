"""An epoch of a small network with batch normalisation in PyTorch, in 64 bits; writes batch_norm.json beside this file.

Run: .venv-torch/bin/python tests/ops/torch/batch_norm.py
"""
import json
import pathlib

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(5)
layers = [
    nn.Conv2d(1, 3, 3, bias=False), nn.BatchNorm2d(3), nn.Sigmoid(), nn.Flatten(),
    nn.Linear(48, 5), nn.BatchNorm1d(5, eps=1e-3, momentum=0.3), nn.Linear(5, 2),
]
model = nn.Sequential(*layers)
with torch.no_grad():
    for parameter in model.parameters():
        parameter.copy_(torch.randn_like(parameter) * 0.5 + (1 if parameter.ndim == 1 else 0))


def rounded(tensor, digits=8):
    return [round(value, digits) for value in tensor.detach().to(torch.float64).flatten().tolist()]


def state():
    return {name: {"shape": list(value.shape), "data": rounded(value)} for name, value in model.state_dict().items()}


# Far from zero, so that a variance of squares alone would lose its digits.
inputs = (torch.randn(11, 1, 6, 6) + 30).round(decimals=4)
targets = torch.randint(0, 2, (11,))
before = state()
for name, value in model.state_dict().items():
    value.copy_(torch.tensor(before[name]["data"]).reshape(value.shape))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.train()
for start in range(0, 11, 4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(inputs[start:start + 4]), targets[start:start + 4]).backward()
    optimizer.step()
model.eval()
result = {
    "inputs": rounded(inputs, 4), "targets": targets.tolist(), "before": before, "after": state(),
    "logits": rounded(model(inputs)),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
