"""Vectors of PyTorch's recurrent layers: parameters, input, output, last states, and gradients of a weighed sum of all of them."""
import json, torch

torch.manual_seed(1)
cases = []
for kind, options, shape in [
    ("LSTM", {}, (5, 3, 4)),
    ("LSTM", {"num_layers": 2, "bidirectional": True, "batch_first": True}, (9, 4, 3)),
    ("LSTM", {"bias": False, "batch_first": True}, (2, 1, 3)),
    ("GRU", {"num_layers": 2, "batch_first": True}, (9, 4, 3)),
    ("GRU", {"bidirectional": True}, (3, 2, 4)),
    ("RNN", {"bidirectional": True, "num_layers": 2}, (3, 9, 2)),
    ("RNN", {"nonlinearity": "relu", "batch_first": True}, (2, 5, 3)),
]:
    net = getattr(torch.nn, kind)(shape[-1], 3, **options).double()
    x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    output, states = net(x)
    hidden, memory = states if kind == "LSTM" else (states, None)
    loss = 0
    for k, value in enumerate([output, hidden, memory]):
        if value is not None:
            loss = loss + (value * torch.cos(torch.arange(value.numel(), dtype=torch.float64) + k).view_as(value)).sum()
    loss.backward()
    flat = lambda t: [round(v, 9) for v in t.detach().flatten().tolist()]
    cases.append({
        "kind": kind, "options": options, "shape": shape, "x": flat(x), "output": flat(output), "hidden": flat(hidden),
        "memory": None if memory is None else flat(memory), "dx": flat(x.grad),
        "parameters": {name: flat(p) for name, p in net.named_parameters()},
        "gradients": {name: flat(p.grad) for name, p in net.named_parameters()},
    })
print(json.dumps(cases, separators=(",", ":")))
