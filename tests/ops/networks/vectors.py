"""
Six networks in float64 as PyTorch computes them: what they say, their gradients, and what three steps of AdamW come to.
Run it with `.venv-torch/bin/python tests/ops/networks/vectors.py > tests/ops/networks/vectors.json`.

Parameters and inputs come from a formula that networks.ts has too, so that none of them is kept.
"""
import json, math, torch
from torch import nn

torch.set_default_dtype(torch.float64)


def numbers(shape, index):
    count = math.prod(shape)
    raw = [math.sin((k + 1) * 12.9898 + (index + 1) * 78.233) * 43758.5453 for k in range(count)]
    return torch.tensor([v - math.floor(v) - 0.5 for v in raw]).view(shape)


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.norm, self.drop, self.fc2 = nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.0), nn.Linear(8, 3)

    def forward(self, x):
        return self.fc2(self.drop(torch.relu(self.norm(self.fc1(x)))))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.conv2, self.norm2 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.conv3, self.norm3 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        y = torch.relu(self.norm2(self.conv2(x)))
        x = torch.relu(x + self.norm3(self.conv3(y)))
        return self.fc(x.mean((2, 3)))


class Separable(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4)
        self.depth, self.norm2 = nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.BatchNorm2d(4)
        self.point, self.norm3 = nn.Conv2d(4, 6, 1), nn.BatchNorm2d(6)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        x = nn.functional.relu6(self.norm1(self.conv1(x)))
        x = nn.functional.relu6(self.norm2(self.depth(x)))
        x = nn.functional.relu6(self.norm3(self.point(x)))
        return self.fc(x.mean((2, 3)))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.positions = nn.Linear(4, 8), nn.Parameter(torch.zeros(1, 5, 8))
        self.layer = nn.TransformerEncoderLayer(8, 2, 12, 0.0, "gelu", batch_first=True, norm_first=True)
        self.norm, self.fc = nn.LayerNorm(8), nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(self.norm(self.layer(self.embed(x) + self.positions)).mean(1))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.fc = nn.LSTM(4, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(self.lstm(x)[1][0][-1])


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 3, 3, stride=2, padding=1), nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.up1, self.up2 = nn.ConvTranspose2d(4, 3, 2, stride=2), nn.ConvTranspose2d(3, 1, 2, stride=2)

    def forward(self, x):
        x = torch.relu(self.conv2(torch.relu(self.conv1(x))))
        return torch.sigmoid(self.up2(torch.relu(self.up1(x))))


def flat(tensor):
    return [float(f"{v:.8g}") for v in tensor.detach().flatten().tolist()]


found = {}
for make, shape in [(Mlp, (6,)), (Residual, (1, 6, 6)), (Separable, (1, 7, 7)), (Transformer, (5, 4)), (Lstm, (5, 4)), (Autoencoder, (1, 8, 8))]:
    net = make()
    names = [name for name, _ in net.named_parameters()]
    for index, (name, parameter) in enumerate(net.named_parameters()):
        offset = 1.0 if parameter.dim() == 1 and "norm" in name and name.endswith("weight") else 0.0
        parameter.data = numbers(parameter.shape, index) + offset
    x = numbers((11, *shape), 1000) * 4
    target = torch.sigmoid(x) if make is Autoencoder else torch.arange(11) % 3
    loss = nn.MSELoss() if make is Autoencoder else nn.CrossEntropyLoss()
    with torch.no_grad():
        before = net.eval()(x)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, eps=1e-4, weight_decay=0.1)
    net.train()
    gradients, losses = None, []
    for step in range(3):
        optimizer.zero_grad()
        value = loss(net(x), target)
        value.backward()
        gradients = gradients or {name: flat(p.grad) for name, p in net.named_parameters()}
        losses.append(value.item())
        optimizer.step()
    with torch.no_grad():
        after = net.eval()(x)
    state = {name: flat(t) for name, t in net.state_dict().items() if "num_batches" not in name}
    found[make.__name__] = {
        "shape": shape, "parameters": names, "before": flat(before), "losses": losses, "gradients": gradients,
        "state": state, "after": flat(after),
    }
print(json.dumps(found, separators=(",", ":")))
