"""What PyTorch's fake_quantize_per_tensor_affine makes of numbers, and the gradients of their weighed sum; where a grid is
not one of its own, the same by its straight-through idiom, x + (y - x).detach().

.venv-torch/bin/python tests/ops/torch/fake_quantize.py > tests/ops/torch/fake_quantize.json
"""
import json
import torch

torch.manual_seed(0)
EDGES = [-1e6, -3.0, -0.625, -0.5, -0.375, -0.125, -0.0625, -0.03, -0.0, 0.0, 0.03, 0.0625, 0.125, 0.1875, 0.375, 0.5, 0.625, 2.9, 1e6, 0.49999997]
X = torch.cat([torch.tensor(EDGES), torch.rand(24) * 4 - 2])
UNBOUNDED = 2**31 - 1

GRIDS = {
    "eight bits": dict(scale=1 / 64, zeroPoint=0, quantMin=-128, quantMax=127),
    "unsigned, about 100": dict(scale=0.05, zeroPoint=100, quantMin=0, quantMax=255),
    "a third, clamped early": dict(scale=1 / 3, zeroPoint=0, quantMin=-2, quantMax=3),
    "from below alone": dict(scale=1 / 8, zeroPoint=0, quantMin=-4),
    "from above alone": dict(scale=1 / 8, zeroPoint=3, quantMax=5),
    "halves to even": dict(scale=1 / 4),
    "halves away from zero": dict(scale=1 / 4, ties="away"),
    "a circuit's weights": dict(scale=1 / 8, ties="away", deadZone=0.375),
    "a dead zone, clamped": dict(scale=1 / 4, quantMin=-2, quantMax=2, deadZone=0.2),
}


def made(x, grid):
    scale, zero = grid["scale"], grid.get("zeroPoint", 0)
    low, high = grid.get("quantMin", -UNBOUNDED), grid.get("quantMax", UNBOUNDED)
    if "ties" not in grid and "deadZone" not in grid:
        return torch.fake_quantize_per_tensor_affine(x, scale, zero, low, high)
    # Exact in 64 bits, where nothing is lost by adding a half.
    t = x.detach().double() / scale
    away = torch.sign(t) * torch.floor(t.abs() + 0.5)
    whole = away if grid.get("ties") == "away" else torch.round(t)
    inside = (whole + zero >= low) & (whole + zero <= high)
    y = ((whole + zero).clamp(low, high) - zero) * scale
    y = torch.where(x.detach().abs() < grid.get("deadZone", 0), torch.zeros_like(y), y).float()
    through = torch.where(inside, x, x.detach())
    return through + (y - through).detach()


cases = {}
for name, grid in GRIDS.items():
    x = X.clone().requires_grad_(True)
    y = made(x, grid)
    weights = torch.cos(torch.arange(len(X)))
    (y * weights).sum().backward()
    if "ties" in grid or "deadZone" in grid:
        # The idiom's sum rounds once more where numbers are large.
        y = torch.where(x.detach().abs() > 1e5, y.detach().double().div(grid["scale"]).round().mul(grid["scale"]).float(), y)
    cases[name] = dict(grid=grid, y=y.tolist(), dx=x.grad.tolist())
print(json.dumps(dict(x=X.tolist(), weights=weights.tolist(), cases=cases)))
