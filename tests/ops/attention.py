"""Vectors of PyTorch's attention and encoder layers: parameters, inputs, output, and gradients of a weighed sum."""
import json, torch

torch.manual_seed(2)
flat = lambda t: [round(v, 9) for v in t.detach().flatten().tolist()]
cases = []


def case(kind, options, net, inputs, call):
    for p in net.parameters():
        p.data = torch.randn_like(p) * 0.4
    for x in inputs:
        x.requires_grad_(True)
    output = call(net, *inputs)
    (output * torch.cos(torch.arange(output.numel(), dtype=torch.float64)).view_as(output)).sum().backward()
    cases.append({
        "kind": kind, "options": options, "shapes": [list(x.shape) for x in inputs], "inputs": [flat(x) for x in inputs],
        "output": flat(output), "dinputs": [flat(x.grad) for x in inputs],
        "parameters": {name: flat(p) for name, p in net.named_parameters()},
        "gradients": {name: flat(p.grad) for name, p in net.named_parameters()},
    })


new = lambda *shape: torch.randn(shape, dtype=torch.float64)
attention = lambda **o: torch.nn.MultiheadAttention(6, 2, **o).double()
case("self", {"batchFirst": True}, attention(batch_first=True), [new(9, 4, 6)],
     lambda net, x: net(x, x, x, need_weights=False)[0])
case("cross", {"bias": False}, attention(bias=False), [new(3, 2, 6), new(5, 2, 6), new(5, 2, 6)],
     lambda net, q, k, v: net(q, k, v, need_weights=False)[0])
mask = torch.triu(torch.ones(4, 4, dtype=torch.bool), 1)
case("causal", {"batchFirst": True}, attention(batch_first=True), [new(3, 4, 6)],
     lambda net, x: net(x, x, x, need_weights=False, attn_mask=mask)[0])
own = torch.tensor([[0, -1, 0.5, float("-inf")], [0.25, 0, 0, 0], [0, float("-inf"), 0, 0], [0, 0, -2, 0]], dtype=torch.float64)
case("masked", {"batchFirst": True}, attention(batch_first=True), [new(1, 4, 6)],
     lambda net, x: net(x, x, x, need_weights=False, attn_mask=own)[0])
layer = lambda **o: torch.nn.TransformerEncoderLayer(6, 3, 5, 0.0, **o).double().train()
case("encoder", {"batchFirst": True, "activation": "gelu", "normFirst": True},
     layer(batch_first=True, activation="gelu", norm_first=True), [new(9, 4, 6)], lambda net, x: net(x))
case("encoder", {}, layer(), [new(4, 3, 6)], lambda net, x: net(x))
print(json.dumps(cases, separators=(",", ":")))
