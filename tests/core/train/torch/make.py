"""
What PyTorch makes of the same training: parameters after some steps of each optimiser, rates of each schedule, losses
with their gradients. In double precision; run in an environment with torch to make training.json anew:

    python tests/core/train/torch/make.py
"""

import json
import os

import torch
from torch import nn
from torch.optim import lr_scheduler as schedulers

torch.set_default_dtype(torch.float64)
HERE = os.path.dirname(os.path.abspath(__file__))


def numbers(count, seed, scale=1.0):
    """Numbers that 32 bits hold exactly."""
    generator = torch.Generator().manual_seed(seed)
    return ((torch.rand(count, generator=generator) * 2 - 1) * scale).float().double()


def flat(tensor):
    """Text, which formatters leave on one line."""
    return " ".join(f"{value:.9g}" for value in tensor.detach().reshape(-1).tolist())


INPUTS, HIDDEN, OUTPUTS, SAMPLES, BATCH = 5, 4, 3, 20, 6
X = numbers(SAMPLES * INPUTS, 1, 2).reshape(SAMPLES, INPUTS)
LABELS = torch.tensor([(n * n + 1) % OUTPUTS for n in range(SAMPLES)])
SHAPES = {"body.weight": (HIDDEN, INPUTS), "body.bias": (HIDDEN,), "head.weight": (OUTPUTS, HIDDEN), "head.bias": (OUTPUTS,)}
START = {name: numbers(int(torch.tensor(shape).prod()), k + 2).reshape(shape) for k, (name, shape) in enumerate(SHAPES.items())}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(INPUTS, HIDDEN)
        self.head = nn.Linear(HIDDEN, OUTPUTS)
        self.load_state_dict(START)

    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))


def batches(size=BATCH):
    return [(X[at : at + size], LABELS[at : at + size]) for at in range(0, SAMPLES, size)]


def state(model):
    return {name: flat(parameter) for name, parameter in model.named_parameters()}


def train(optimizer, epochs=2, clip=None, size=BATCH, scheduler=None, per_step=False, freeze=None, loss=None):
    """The parameters after each epoch."""
    model = Net()
    optimizer = optimizer(model)
    scheduler = scheduler and scheduler(optimizer)
    after = []
    for epoch in range(epochs):
        if freeze:
            freeze(model, epoch)
        for x, y in batches(size):
            optimizer.zero_grad()
            (loss or nn.CrossEntropyLoss())(model(x), y).backward()
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            if scheduler and per_step:
                scheduler.step()
        if scheduler and not per_step:
            scheduler.step()
        after.append(state(model))
    return after


def frozen(model, epoch):
    """The body is trained from the second epoch on."""
    model.body.requires_grad_(epoch > 0)


def groups(model):
    biases = [model.body.bias, model.head.bias]
    return [
        {"params": [model.head.weight], "lr": 0.05},
        {"params": biases, "weight_decay": 0.0},
        {"params": [model.body.weight]},
    ]


everything = lambda kind, **options: lambda model: kind(model.parameters(), **options)
sgd, adam, adamw, rmsprop = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop

OPTIMIZERS = {
    "Adam": train(everything(adam, lr=0.02)),
    "Adam weightDecay": train(everything(adam, lr=0.02, weight_decay=0.1)),
    "AdamW": train(everything(adamw, lr=0.02)),
    "AdamW settings": train(everything(adamw, lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.3)),
    "SGD": train(everything(sgd, lr=0.1)),
    "SGD momentum": train(everything(sgd, lr=0.1, momentum=0.9)),
    "SGD dampening": train(everything(sgd, lr=0.1, momentum=0.9, dampening=0.4, weight_decay=0.05)),
    "SGD nesterov": train(everything(sgd, lr=0.1, momentum=0.9, weight_decay=0.05, nesterov=True)),
    "SGD dampening alone": train(everything(sgd, lr=0.1, dampening=0.4)),
    "RMSprop": train(everything(rmsprop, lr=0.02)),
    "RMSprop centered": train(everything(rmsprop, lr=0.02, alpha=0.9, centered=True)),
    "RMSprop momentum": train(everything(rmsprop, lr=0.02, momentum=0.5, weight_decay=0.1, eps=1e-3)),
    "RMSprop all": train(everything(rmsprop, lr=0.02, alpha=0.8, momentum=0.5, weight_decay=0.1, centered=True)),
    "AdamW groups": train(lambda model: adamw(groups(model), lr=0.01, weight_decay=0.2)),
    "SGD groups": train(lambda model: sgd(groups(model), lr=0.1, momentum=0.5, weight_decay=0.2)),
    "Adam head alone": train(lambda model: adam(model.head.parameters(), lr=0.02)),
    "Adam thawed": train(everything(adam, lr=0.02), freeze=frozen),
    "SGD thawed": train(everything(sgd, lr=0.1, momentum=0.9, dampening=0.4), freeze=frozen),
    "clipped": train(everything(sgd, lr=0.5, momentum=0.5), clip=0.2),
    "clipped never": train(everything(sgd, lr=0.5, momentum=0.5), clip=1e3),
    "accumulated": train(everything(adamw, lr=0.02), size=12),
    "accumulated, clipped": train(everything(sgd, lr=0.5, momentum=0.5), size=12, clip=0.2),
    "OneCycleLR": train(
        everything(adamw, lr=0.02),
        scheduler=lambda optimizer: schedulers.OneCycleLR(optimizer, 0.1, total_steps=10),
        per_step=True,
    ),
    "StepLR": train(
        everything(sgd, lr=0.1), epochs=3, scheduler=lambda optimizer: schedulers.StepLR(optimizer, 1, gamma=0.5)
    ),
}


SIDE = numbers(2 * HIDDEN, 21).reshape(2, HIDDEN)
SIDE_VALUES = numbers(2 * SAMPLES, 22).reshape(SAMPLES, 2)


def train_both():
    """A class and two numbers of each sample, out of two outputs."""
    model = Net()
    model.side = nn.Linear(HIDDEN, 2, bias=False)
    model.side.load_state_dict({"weight": SIDE})
    optimizer = adamw(model.parameters(), lr=0.02)
    for _ in range(2):
        for at in range(0, SAMPLES, BATCH):
            optimizer.zero_grad()
            hidden = torch.tanh(model.body(X[at : at + BATCH]))
            loss = nn.CrossEntropyLoss()(model.head(hidden), LABELS[at : at + BATCH])
            (loss + 0.5 * nn.MSELoss()(model.side(hidden), SIDE_VALUES[at : at + BATCH])).backward()
            optimizer.step()
    return state(model)


class Normed(Net):
    def __init__(self):
        super().__init__()
        # A bias in front of a norm has no gradient but rounding, of which Adam makes whole steps.
        self.body.bias = None
        self.norm = nn.BatchNorm1d(HIDDEN)

    def forward(self, x):
        return self.head(torch.tanh(self.norm(self.body(x))))


def train_normed():
    """Two batches make an update, each normalised by its own samples; statistics follow every batch."""
    model = Normed()
    model.train()
    optimizer = adamw(model.parameters(), lr=0.02, weight_decay=0.3)
    for _ in range(2):
        for pair in (range(0, 12, BATCH), range(12, SAMPLES, BATCH)):
            optimizer.zero_grad()
            total = min(SAMPLES, pair[0] + 12) - pair[0]
            for at in pair:
                x, y = X[at : at + BATCH], LABELS[at : at + BATCH]
                (nn.CrossEntropyLoss(reduction="sum")(model(x), y) / total).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.3)
            optimizer.step()
    return {name: flat(value) for name, value in model.state_dict().items()}


def rates(make, steps=12, optimizer=None):
    """Rates and momenta of both groups after so many steps."""
    parameters = [nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = (optimizer or (lambda groups: sgd(groups, lr=0.1, momentum=0.9)))(
        [{"params": parameters[0]}, {"params": parameters[1], "lr": 0.02}]
    )
    scheduler = make(optimizer)
    found = []
    for step in range(steps):
        now = [[group["lr"], group.get("momentum", group.get("betas", [0])[0])] for group in optimizer.param_groups]
        found.append(flat(torch.tensor(now)))
        optimizer.step()
        if step + 1 < steps:
            scheduler.step()
    return found


SCHEDULES = {
    "StepLR": rates(lambda o: schedulers.StepLR(o, 3, gamma=0.5)),
    "MultiStepLR": rates(lambda o: schedulers.MultiStepLR(o, [2, 7], gamma=0.2)),
    "ExponentialLR": rates(lambda o: schedulers.ExponentialLR(o, 0.8)),
    "LinearLR": rates(lambda o: schedulers.LinearLR(o, start_factor=0.1, total_iters=4)),
    "LinearLR defaults": rates(lambda o: schedulers.LinearLR(o)),
    "CosineAnnealingLR": rates(lambda o: schedulers.CosineAnnealingLR(o, 8, eta_min=0.001), steps=20),
    "OneCycleLR": rates(lambda o: schedulers.OneCycleLR(o, 0.5, total_steps=12)),
    "OneCycleLR linear": rates(
        lambda o: schedulers.OneCycleLR(
            o, [0.5, 0.1], epochs=3, steps_per_epoch=4, pct_start=0.4, anneal_strategy="linear", three_phase=True,
            div_factor=10, final_div_factor=100, base_momentum=0.7, max_momentum=0.8,
        )
    ),
    "OneCycleLR Adam": rates(
        lambda o: schedulers.OneCycleLR(o, 0.5, total_steps=12), optimizer=lambda groups: adam(groups, lr=0.1)
    ),
    "OneCycleLR still": rates(lambda o: schedulers.OneCycleLR(o, 0.5, total_steps=12, cycle_momentum=False)),
    "LambdaLR": rates(lambda o: schedulers.LambdaLR(o, [lambda t: 1 / (t + 1), lambda t: 0.9**t])),
    "SequentialLR": rates(
        lambda o: schedulers.SequentialLR(
            o,
            [
                schedulers.LinearLR(o, start_factor=0.01, total_iters=3),
                schedulers.CosineAnnealingLR(o, 5),
                schedulers.ExponentialLR(o, 0.5),
            ],
            [3, 8],
        )
    ),
}


def loss_of(loss, outputs, targets):
    x = outputs.clone().requires_grad_()
    value = loss(x, targets)
    value.backward()
    return {"loss": value.item(), "gradient": flat(x.grad)}


N, K = 7, 4
LOGITS = numbers(N * K, 11, 3).reshape(N, K)
CLASSES = torch.tensor([(n * n + 1) % K for n in range(N)])
SOME = CLASSES.clone()
SOME[2] = SOME[5] = -100
OTHERS = CLASSES.clone()
OTHERS[2] = OTHERS[5] = 2
VALUES = numbers(N * K, 12, 2).reshape(N, K)
SHARES = (numbers(N * K, 13).reshape(N, K) + 1) / 2
BINARY = (VALUES > 0).double()
PROBABILITIES = torch.sigmoid(LOGITS).float().double()
LOG_PROBABILITIES = torch.log_softmax(LOGITS, 1).float().double()
WEIGHT = [0.5, 1.0, 2.0, 0.25]
W = torch.tensor(WEIGHT)
EDGES = torch.tensor([[0.0, 1.0, 0.0, 1.0]])
ONES = torch.tensor([[0.0, 1.0, 1.0, 0.0]])

LOSSES = {
    "CrossEntropyLoss": loss_of(nn.CrossEntropyLoss(), LOGITS, CLASSES),
    "CrossEntropyLoss labelSmoothing": loss_of(nn.CrossEntropyLoss(label_smoothing=0.2), LOGITS, CLASSES),
    "CrossEntropyLoss weight": loss_of(nn.CrossEntropyLoss(weight=W), LOGITS, CLASSES),
    "CrossEntropyLoss ignored": loss_of(nn.CrossEntropyLoss(), LOGITS, SOME),
    "CrossEntropyLoss ignoreIndex": loss_of(nn.CrossEntropyLoss(ignore_index=2), LOGITS, OTHERS),
    "CrossEntropyLoss all": loss_of(nn.CrossEntropyLoss(weight=W, label_smoothing=0.1), LOGITS, SOME),
    "NLLLoss": loss_of(nn.NLLLoss(), LOG_PROBABILITIES, CLASSES),
    "NLLLoss all": loss_of(nn.NLLLoss(weight=W, ignore_index=2), LOG_PROBABILITIES, OTHERS),
    "BCEWithLogitsLoss": loss_of(nn.BCEWithLogitsLoss(), LOGITS, BINARY),
    "BCEWithLogitsLoss shares": loss_of(nn.BCEWithLogitsLoss(), LOGITS * 30, SHARES),
    "BCEWithLogitsLoss posWeight": loss_of(nn.BCEWithLogitsLoss(pos_weight=W), LOGITS, SHARES),
    "BCELoss": loss_of(nn.BCELoss(), PROBABILITIES, SHARES),
    "BCELoss edges": loss_of(nn.BCELoss(), EDGES, ONES),
    "L1Loss": loss_of(nn.L1Loss(), LOGITS, VALUES),
    "SmoothL1Loss": loss_of(nn.SmoothL1Loss(), LOGITS, VALUES),
    "SmoothL1Loss beta": loss_of(nn.SmoothL1Loss(beta=2.5), LOGITS, VALUES),
    "SmoothL1Loss beta 0": loss_of(nn.SmoothL1Loss(beta=0.0), LOGITS, VALUES),
    "HuberLoss": loss_of(nn.HuberLoss(), LOGITS, VALUES),
    "HuberLoss delta": loss_of(nn.HuberLoss(delta=2.5), LOGITS, VALUES),
    "MSELoss": loss_of(nn.MSELoss(), LOGITS, VALUES),
    "sum": loss_of(lambda x, y: 0.7 * nn.MSELoss()(x, y) + 0.3 * nn.L1Loss()(x, y), LOGITS, VALUES),
    "sum of classes": loss_of(
        lambda x, y: nn.CrossEntropyLoss()(x, y) + 0.5 * nn.CrossEntropyLoss(label_smoothing=0.3)(x, y), LOGITS, CLASSES
    ),
}

# Four classes at each of three places of a sample.
AT_PLACES = numbers(N * K * 3, 31, 3).reshape(N, K, 3)
PLACES = torch.tensor([(n * n + 1) % K for n in range(N * 3)]).reshape(N, 3)
PLACES[2, 1] = PLACES[5, 0] = -100
PLACED = {
    "CrossEntropyLoss": loss_of(nn.CrossEntropyLoss(), AT_PLACES, PLACES),
    "CrossEntropyLoss all": loss_of(nn.CrossEntropyLoss(weight=W, label_smoothing=0.1), AT_PLACES, PLACES),
    "NLLLoss": loss_of(nn.NLLLoss(weight=W), AT_PLACES, PLACES),
}

made = {
    "torch": torch.__version__,
    "training": {
        "x": flat(X),
        "labels": flat(LABELS),
        "start": {name: flat(value) for name, value in START.items()},
        "after": OPTIMIZERS,
        "normed": train_normed(),
        "side": flat(SIDE),
        "sideValues": flat(SIDE_VALUES),
        "both": train_both(),
        "weighted": train(everything(sgd, lr=0.5), loss=nn.CrossEntropyLoss(weight=torch.tensor([0.2, 1.0, 3.0])), size=12),
    },
    "schedules": SCHEDULES,
    "losses": {
        "logits": flat(LOGITS),
        "classes": flat(CLASSES),
        "some": flat(SOME),
        "others": flat(OTHERS),
        "values": flat(VALUES),
        "shares": flat(SHARES),
        "binary": flat(BINARY),
        "probabilities": flat(PROBABILITIES),
        "logProbabilities": flat(LOG_PROBABILITIES),
        "edges": flat(EDGES),
        "ones": flat(ONES),
        "weight": flat(W),
        "of": LOSSES,
    },
    "places": {
        "outputs": flat(AT_PLACES),
        "labels": flat(PLACES),
        "right": int((AT_PLACES.argmax(1) == PLACES).sum()),
        "of": PLACED,
    },
}
with open(os.path.join(HERE, "training.json"), "w") as file:
    json.dump(made, file, indent=2)
    file.write("\n")
