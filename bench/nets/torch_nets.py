"""A network in PyTorch on two threads of the CPU: torch_nets.py NET_AS_JSON SECONDS, see mod.ts."""
import json
import sys
import time

import torch
from torch import nn

net, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
torch.set_num_threads(2)
torch.manual_seed(0)

make = {
    "conv": lambda channels, filters, kernel, padding: nn.Conv2d(channels, filters, kernel, padding=padding),
    "linear": nn.Linear,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "pool": lambda: nn.AvgPool2d(2),
    "flatten": nn.Flatten,
}
model = nn.Sequential(*(make[kind](*sizes) for kind, *sizes in net["layers"]))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
inputs = torch.rand(net["batch"], *net["shape"]) * 2 - 1
targets = torch.arange(net["batch"]) % 10


def timed(steps):
    """Milliseconds a step."""
    begun = time.perf_counter()
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        loss.item()
    return (time.perf_counter() - begun) * 1000 / steps


first = timed(1)
least = timed(2)
begun = time.perf_counter()
while time.perf_counter() - begun < seconds:
    least = min(least, timed(max(1, round(250 / least))))
print(json.dumps({"msPerStep": least, "firstStepMs": first, "device": f"PyTorch {torch.__version__}, 2 threads"}))
