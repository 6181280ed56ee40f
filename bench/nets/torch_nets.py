"""A network in PyTorch: torch_nets.py NET_AS_JSON SECONDS [MODE], see mod.ts.

MODE is cpu (two threads; the default) or, on a GPU of CUDA: eager, tf32 (eager with the tensor cores' shorter floats),
compile (torch.compile of model and loss), graphs (the whole step captured once and replayed).
"""
import json
import sys
import time

import torch
from torch import nn

net, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
mode = sys.argv[3] if len(sys.argv) > 3 else "cpu"
device = "cpu" if mode == "cpu" else "cuda"
torch.set_num_threads(2)
torch.manual_seed(0)
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = mode == "tf32"
torch.backends.cudnn.benchmark = True


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)

    def forward(self, x):
        y = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(x + self.norm2(self.conv2(y)))


class LastHidden(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[1][0][-1]


class Mean(nn.Module):
    def __init__(self, axes):
        super().__init__()
        self.axes = axes

    def forward(self, x):
        return x.mean(self.axes)


make = {
    "conv": lambda channels, filters, kernel, padding: nn.Conv2d(channels, filters, kernel, padding=padding),
    "linear": nn.Linear,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "pool": lambda: nn.AvgPool2d(2),
    "flatten": nn.Flatten,
    "batchNorm": nn.BatchNorm2d,
    "residual": Residual,
    "encoder": lambda width, heads, hidden: nn.TransformerEncoderLayer(
        width, heads, hidden, dropout=0, batch_first=True, norm_first=True
    ),
    "lstm": LastHidden,
    "mean": Mean,
}
model = nn.Sequential(*(make[kind](*sizes) for kind, *sizes in net["layers"])).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, capturable=mode == "graphs")
criterion = nn.CrossEntropyLoss()
inputs = (torch.rand(net["batch"], *net["shape"]) * 2 - 1).to(device)
targets = (torch.arange(net["batch"]) % 10).to(device)


def loss_of(inputs, targets):
    return criterion(model(inputs), targets)


if mode == "compile":
    loss_of = torch.compile(loss_of)


def plain_step():
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(inputs, targets)
    loss.backward()
    optimizer.step()
    return loss


def captured_step():
    """The whole step as a graph, after the warm-up on a side stream that PyTorch's notes on CUDA graphs ask for."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            plain_step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = plain_step()

    def replay():
        graph.replay()
        return loss

    return replay


def timed(step, steps):
    """Milliseconds a step. On the CPU each loss is read, as there is nothing to wait for; on a GPU the last one."""
    begun = time.perf_counter()
    for _ in range(steps):
        loss = step()
        if device == "cpu":
            loss.item()
    loss.item()
    return (time.perf_counter() - begun) * 1000 / steps


began = time.perf_counter()
step = captured_step() if mode == "graphs" else plain_step
first = timed(step, 1) + (time.perf_counter() - began) * 1000 * (mode == "graphs")
least = timed(step, 2)
begun = time.perf_counter()
while time.perf_counter() - begun < seconds:
    least = min(least, timed(step, max(1, round(250 / least))))
where = "2 threads" if device == "cpu" else torch.cuda.get_device_name()
print(json.dumps({"msPerStep": least, "firstStepMs": first, "device": f"PyTorch {torch.__version__}, {where}"}))
