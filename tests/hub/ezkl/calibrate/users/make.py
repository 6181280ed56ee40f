import torch, json, math, os, sys
import torch.nn as nn
import torch.onnx._internal.torchscript_exporter.onnx_proto_utils as U
U._add_onnxscript_fn = lambda b, c: b
torch.manual_seed(3); torch.set_num_threads(1)
out = sys.argv[1]; os.makedirs(out, exist_ok=True)
def train(model, x, y, loss, steps=1500, lr=3e-3):
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    for i in range(steps):
        p = torch.randperm(len(x))[:128]
        opt.zero_grad(); l = loss(model(x[p]), y[p]); l.backward(); opt.step()
    return model.eval()
def save(name, model, x, y, size):
    torch.onnx.export(model, torch.zeros(1, *size), f"{out}/{name}.onnx", dynamo=False, opset_version=17, input_names=["x"], output_names=["y"])
    r = lambda v: [round(float(a), 4) for a in v.flatten()]
    json.dump({"size": math.prod(size), "inputs": r(x), ("labels" if y.dtype == torch.long else "targets"): (y.tolist() if y.dtype == torch.long else r(y))}, open(f"{out}/{name}.json", "w"), separators=(",", ":"))
# a table: four lengths in cm of three kinds, standardised
means = torch.tensor([[5.0, 3.4, 1.5, 0.25], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]]); sds = torch.tensor([[.35, .38, .17, .1], [.5, .3, .47, .2], [.63, .32, .55, .27]])
def table(n):
    y = torch.randint(3, (n,)); x = means[y] + sds[y] * torch.randn(n, 4); return (torch.round(x * 10) / 10), y
x, y = table(2000); mu, sd = x.mean(0), x.std(0); z = lambda v: torch.round((v - mu) / sd * 1e4) / 1e4
m = train(nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3)), z(x), y, nn.CrossEntropyLoss(), 600)
x, y = table(800); save("table", m, z(x), y, [4]); print("table", (m(z(x)).argmax(1) == y).float().mean())
# three arms of a spiral
def spiral(n):
    y = torch.randint(3, (n,)); r = torch.rand(n) * .95 + .05; t = r * 4 + y * 2 * math.pi / 3 + torch.randn(n) * .12
    return torch.round(torch.stack([r * t.cos(), r * t.sin()], 1) * 3e4) / 1e4, y
x, y = spiral(4000)
m = train(nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 3)), x, y, nn.CrossEntropyLoss(), 3000)
x, y = spiral(800); save("spiral", m, x, y, [2]); print("spiral", (m(x).argmax(1) == y).float().mean())
# a price of eight features
def price(n):
    x = torch.round(torch.randn(n, 8) * 1e4) / 1e4
    y = 220 + 60 * x[:, 0] + 25 * x[:, 1] * x[:, 2] + 30 * torch.relu(x[:, 3]) - 20 * x[:, 4].abs() + 10 * torch.sin(2 * x[:, 5]) + 8 * torch.randn(n)
    return x, y[:, None]
x, y = price(6000)
class Scaled(nn.Module):
    def __init__(s): super().__init__(); s.net = nn.Sequential(nn.Linear(8, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, 1))
    def forward(s, x): return s.net(x)
m = Scaled(); m.net[4].bias.data.fill_(220.); m = train(m, x, y, nn.MSELoss(), 5000, 5e-3)
x, y = price(800); p = m(x); print("price R2", 1 - ((p - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()); save("price", m, x, y, [8])
# a sequence: which way a noisy wave of two channels goes
def waves(n):
    y = torch.randint(3, (n,)); f = torch.tensor([.35, .7, 1.1])[y] + .06 * torch.randn(n); p = torch.rand(n) * 6.28; t = torch.arange(12)
    w = torch.stack([torch.sin(f[:, None] * t + p[:, None]), torch.cos(f[:, None] * t + p[:, None])], 2) + .25 * torch.randn(n, 12, 2)
    return torch.round(w * 1e4) / 1e4, y
class Seq(nn.Module):
    def __init__(s): super().__init__(); s.cell = nn.LSTM(2, 12, batch_first=True); s.head = nn.Linear(12, 3)
    def forward(s, x): h, _ = s.cell(x); return s.head(h[:, -1])
x, y = waves(4000); m = train(Seq(), x, y, nn.CrossEntropyLoss(), 1500, 5e-3)
x, y = waves(800); save("waves", m, x, y, [12, 2]); print("waves", (m(x).argmax(1) == y).float().mean())
