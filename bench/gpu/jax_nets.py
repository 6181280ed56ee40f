"""A network in JAX, the whole step jitted, f32 products: jax_nets.py NET_AS_JSON SECONDS; see mod.ts."""
import json
import sys
import time

import jax
from jax import lax, nn
from jax import numpy as np

jax.config.update("jax_default_matmul_precision", "float32")
net, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
BETA1, BETA2, EPSILON, RATE = 0.9, 0.999, 1e-8, 1e-3
keys = iter(jax.random.split(jax.random.PRNGKey(0), 1000))


def uniform(fan, *shape):
    return jax.random.uniform(next(keys), shape, minval=-(fan**-0.5), maxval=fan**-0.5)


def conv(inputs, outputs, kernel, padding):
    fan = inputs * kernel * kernel
    made = uniform(fan, outputs, inputs, kernel, kernel), uniform(fan, outputs, 1, 1)

    def run(p, x):
        return lax.conv(x, p[0], (1, 1), [(padding, padding)] * 2) + p[1]

    return made, run


def linear(inputs, outputs):
    return (uniform(inputs, inputs, outputs), uniform(inputs, outputs)), lambda p, x: x @ p[0] + p[1]


def norm(axes, shape):
    def run(p, x):
        mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
        return (x - mean) * lax.rsqrt(variance + 1e-5) * p[0] + p[1]

    return (np.ones(shape), np.zeros(shape)), run


def batch_norm(channels):
    return norm((0, 2, 3), (channels, 1, 1))


def residual(channels):
    parts = [conv(channels, channels, 3, 1), batch_norm(channels), conv(channels, channels, 3, 1), batch_norm(channels)]
    (_, conv1), (_, norm1), (_, conv2), (_, norm2) = parts

    def run(p, x):
        return nn.relu(x + norm2(p[3], conv2(p[2], nn.relu(norm1(p[1], conv1(p[0], x))))))

    return tuple(made for made, _ in parts), run


def encoder(width, heads, hidden):
    sizes = [(width, 3 * width), (width, width), (width, hidden), (hidden, width)]
    parts = [linear(*each) for each in sizes] + [norm((-1,), (width,)) for _ in range(2)]
    run_linear, run_norm = parts[0][1], parts[4][1]

    def run(p, x):
        batch, length, _ = x.shape
        qkv = run_linear(p[0], run_norm(p[4], x)).reshape(batch, length, 3, heads, width // heads)
        q, k, v = (qkv[:, :, each].transpose(0, 2, 1, 3) for each in range(3))
        weights = nn.softmax(q @ k.transpose(0, 1, 3, 2) * (width // heads) ** -0.5)
        x = x + run_linear(p[1], (weights @ v).transpose(0, 2, 1, 3).reshape(batch, length, width))
        return x + run_linear(p[3], nn.relu(run_linear(p[2], run_norm(p[5], x))))

    return tuple(made for made, _ in parts), run


def lstm(inputs, hidden):
    made = uniform(hidden, inputs, 4 * hidden), uniform(hidden, hidden, 4 * hidden), uniform(hidden, 4 * hidden)

    def run(p, x):
        def cell(state, gates):
            h, c = state
            i, f, g, o = np.split(gates + h @ p[1], 4, axis=-1)
            c = nn.sigmoid(f) * c + nn.sigmoid(i) * np.tanh(g)
            return (nn.sigmoid(o) * np.tanh(c), c), None

        start = np.zeros((x.shape[0], hidden))
        return lax.scan(cell, (start, start), (x @ p[0] + p[2]).transpose(1, 0, 2))[0][0]

    return made, run


def pool(p, x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).mean((3, 5))


make = {
    "conv": conv,
    "linear": linear,
    "relu": lambda: ((), lambda p, x: nn.relu(x)),
    "sigmoid": lambda: ((), lambda p, x: nn.sigmoid(x)),
    "pool": lambda: ((), pool),
    "flatten": lambda: ((), lambda p, x: x.reshape(x.shape[0], -1)),
    "batchNorm": batch_norm,
    "residual": residual,
    "encoder": encoder,
    "lstm": lstm,
    "mean": lambda axes: ((), lambda p, x: x.mean(tuple(axes))),
}
layers = [make[kind](*sizes) for kind, *sizes in net["layers"]]
parameters = [made for made, _ in layers]
inputs = jax.random.uniform(next(keys), (net["batch"], *net["shape"]), minval=-1, maxval=1)
targets = np.arange(net["batch"]) % 10


def loss_of(parameters):
    x = inputs
    for p, (_, run) in zip(parameters, layers):
        x = run(p, x)
    return -np.take_along_axis(nn.log_softmax(x), targets[:, None], 1).mean()


def step(state):
    parameters, m, v, t = state
    loss, gradients = jax.value_and_grad(loss_of)(parameters)
    t = t + 1
    m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, gradients)
    v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, gradients)
    rate = RATE * np.sqrt(1 - BETA2**t) / (1 - BETA1**t)
    parameters = jax.tree.map(lambda p, m, v: p - rate * m / (np.sqrt(v) + EPSILON), parameters, m, v)
    return (parameters, m, v, t), loss


step = jax.jit(step, donate_argnums=0)
zeros = jax.tree.map(np.zeros_like, parameters)
state = (parameters, zeros, jax.tree.map(np.copy, zeros), np.float32(0))


def timed(steps):
    global state
    begun = time.perf_counter()
    for _ in range(steps):
        state, loss = step(state)
    loss.block_until_ready()
    return (time.perf_counter() - begun) * 1000 / steps


first = timed(1)
least = timed(2)
begun = time.perf_counter()
while time.perf_counter() - begun < seconds:
    least = min(least, timed(max(1, round(250 / least))))
device = f"JAX {jax.__version__}, {jax.devices()[0].device_kind}"
print(json.dumps({"msPerStep": least, "firstStepMs": first, "device": device}))
