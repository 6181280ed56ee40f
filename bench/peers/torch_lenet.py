"""LeNet in PyTorch on two threads of the CPU: torch_lenet.py FILE SECONDS STARTED_MS, see pytorch.ts."""
import json
import math
import resource
import statistics
import sys
import time

import torch
from torch import nn

BATCH, BATCHES, PIXELS = 256, 32, 784

path, seconds, started = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
torch.set_num_threads(2)

with open(path, "rb") as file:
    raw = bytearray(file.read())
count = BATCH * BATCHES
floats = torch.frombuffer(raw, dtype=torch.float32, count=len(raw) // 4 - count)
labels = torch.frombuffer(raw, dtype=torch.int32, offset=len(raw) - 4 * count).long()
images = floats[:count * PIXELS].reshape(count, 1, 28, 28)
weights = floats[count * PIXELS:]

model = nn.Sequential(
    nn.Conv2d(1, 6, 5), nn.Sigmoid(), nn.AvgPool2d(2),
    nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2),
    nn.Flatten(),
    nn.Linear(256, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10),
)
with torch.no_grad():
    at = 0
    for parameter in model.parameters():
        parameter.copy_(weights[at:at + parameter.numel()].reshape(parameter.shape))
        at += parameter.numel()
assert at == weights.numel(), "the weights of the file are not this model's"

optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
batch = 0


def step():
    """One training step; gives the loss, which is computed when this returns."""
    global batch
    first = batch % BATCHES * BATCH
    batch += 1
    optimizer.zero_grad(set_to_none=True)
    loss = criterion(model(images[first:first + BATCH]), labels[first:first + BATCH])
    loss.backward()
    optimizer.step()
    return loss.item()


def timed(steps):
    """Milliseconds a step."""
    begun = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - begun) * 1000 / steps


losses = [step()]
first_step_ms = time.time() * 1000 - started
losses += [step(), step()]

ms, begun = math.inf, time.perf_counter()
while time.perf_counter() - begun < 2:
    ms = min(ms, timed(2))
window, windows, begun = max(1, round(1000 / ms)), [], time.perf_counter()
while time.perf_counter() - begun < seconds:
    windows.append(timed(window))
ms = statistics.median(windows)

print(json.dumps({
    "name": "PyTorch", "backend": "cpu, 2 threads", "adapter": "-", "version": torch.__version__,
    "imagesPerSecond": BATCH * 1000 / ms, "msPerStep": ms, "steps": len(windows) * window,
    "firstStepMs": first_step_ms,
    "peakRssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    "firstLosses": losses,
}))
