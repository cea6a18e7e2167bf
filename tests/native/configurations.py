"""Whole runs that take every path of the core, and all that a run leaves behind as one digest."""

import hashlib
from itertools import pairwise
from typing import NamedTuple

import numpy as np

import layerwise as lw
from layerwise.equations.losses import loss
from layerwise.equations.optimizers import Adam, AdamW, Momentum
from layerwise.equations.schedules import Cosine, WarmUp


class Configuration(NamedTuple):
    network: lw.Network
    m: int
    options: dict
    held_out: int = 0
    weighted: bool = False


def labels(net, m, rng):
    """Labels that the loss of a network takes."""
    kind, shape = loss(net.loss_choice).labels, (net.sizes[-1], m)
    if kind == "probabilities":
        return rng.integers(0, 2, shape).astype(float)
    if kind == "distributions":
        return np.eye(shape[0])[:, rng.integers(0, shape[0], m)]
    return rng.poisson(2, shape).astype(float) if kind == "non-negative" else rng.normal(size=shape)


def inputs(net, m, rng):
    """Numbers, and below them positions; ordered ones lie beyond both ends too."""
    positions = [(rng.uniform if e.ordered else rng.integers)(-1, e.positions, m) for e in net.embeddings]
    return np.vstack([rng.normal(size=(net.n_x - len(positions), m)), *positions])


def examples(net, m, seed=0):
    rng = np.random.default_rng(seed)
    return inputs(net, m, rng), labels(net, m, rng)


def train(of, **more):
    """The result of a configuration on the native engine."""
    options = {"engine": "native", "epochs": 3, "seed": 11, **of.options, **more}
    if of.weighted:
        options["sample_weight"] = np.random.default_rng(5).uniform(0.2, 3, of.m)
    if of.held_out:
        options["validation"] = examples(of.network, of.held_out, seed=1)
    return lw.train(of.network, *examples(of.network, of.m), **options)


def digest(result):
    """SHA-256 of the parameters, the history, and where the run stands."""
    at, sha = result.progress, hashlib.sha256()
    state = [] if at.state is None else getattr(at.state, "slots", {}).values()
    for vector in (result.parameters.vector, at.parameters.vector, at.shown.vector, *state):
        sha.update(vector.tobytes())
    history = result.history
    for numbers in (history.cost, history.validation_cost, history.learning_rate, *history.metrics.values()):
        sha.update(np.array(numbers, np.float64).tobytes())
    end = at.epochs, at.step, at.base_learning_rate, at.best.epoch, at.best.cost, at.best.to_beat, at.best.improved_at
    sha.update(repr((result.stopped, result.restored, *end)).encode())
    return sha.hexdigest()


def depends_on_other_columns(of):
    """Return which predictions, of some columns alone, are not the bits of the same columns among all."""
    theta, X = train(of).parameters, examples(of.network, of.m)[0].astype(of.options["dtype"])
    some = [slice(0, 1), slice(of.m - 1, of.m), slice(1, 3), slice(2, 5), slice(3, 7), slice(1, 18), slice(0, of.m, 3)]
    tables = [(chosen, order(X[:, chosen])) for chosen in some for order in (np.ascontiguousarray, np.asfortranarray)]
    Y_hat = lw.predict(of.network, theta, X)
    return [
        repr(chosen)
        for chosen, table in tables
        for threads in (None, 3)
        if table.size and (lw.predict(of.network, theta, table, threads=threads) != Y_hat[:, chosen]).any()
    ]


def _of(sizes, activations, loss, m, held_out=0, weighted=False, embeddings=(), **options):
    net = lw.Network(sizes, activations.split(), loss, embeddings)
    return Configuration(net, m, {"learning_rate": 0.01, "dtype": "float32", **options}, held_out, weighted)


def signs(sizes):
    """Of all kinds, one after the other."""
    count = sum(n * (before + 1) for before, n in pairwise(sizes))
    return lw.Parameters.from_vector(sizes, np.resize([1.0, 0.0, -1.0, 0.0, 0.0], count))


double = {"dtype": "float64"}
levels, ordered = lw.Embedding(7, 3), lw.Embedding(9, 8, ordered=True)
codes, code_of_ordered = lw.Embedding(5, None), lw.Embedding(4, None, ordered=True)
tables = [levels, codes, ordered, code_of_ordered, lw.Embedding(2, 16, ordered=True), lw.Embedding(1, 5)]
stop = lw.EarlyStopping(2, 0.001)
CONFIGURATIONS = {
    # narrow networks
    "logistic regression": _of((7, 1), "sigmoid", None, 50),
    "logistic regression, batches": _of((9, 1), "sigmoid", None, 130, 20, True, batch_size=32, l2=0.3, **double),
    "linear regression": _of((13, 1), "identity", None, 91, batch_size=10, optimizer="adam"),
    "planar": _of((2, 4, 1), "tanh sigmoid", None, 400, optimizer="momentum"),
    "planar, doubles": _of((2, 4, 1), "tanh sigmoid", None, 403, 57, schedule="cosine", **double),
    "planar, cut into chunks": _of((2, 4, 1), "tanh sigmoid", None, 9300, 9300, optimizer="nesterov", **double),
    "narrow, cut into chunks": _of((6, 8, 4, 2), "silu selu softmax", None, 2600, 2100, True, optimizer="rmsprop"),
    "one unit everywhere": _of((1, 1, 1, 1), "softplus elu identity", None, 33, 9, batch_size=8, optimizer="nesterov"),
    "one example": _of((3, 2, 1), "gelu identity", None, 1),
    # networks of every width
    "one example a step": _of((2, 4, 1), "relu sigmoid", None, 40, batch_size=1, optimizer="adam"),
    "one example in the last step": _of((5, 19, 3), "mish softmax", None, 65, 33, True, batch_size=64),
    "a bottleneck": _of((40, 1, 37, 1), "tanh relu exp", "poisson", 70, 30, batch_size=16, optimizer="rmsprop"),
    "deep and narrow": _of((3, *[5] * 9, 2), "tanh " * 9 + "identity", None, 77, batch_size=20, optimizer="adam"),
    "one less than a tile": _of((31, 31, 11), "relu identity", "huber(delta=0.5)", 95, batch_size=47, **double),
    "a tile": _of((32, 64, 12), "sigmoid identity", "absolute_error", 96, 24, batch_size=48, clip_norm=0.5),
    "one more than a tile": _of((33, 65, 49, 13), "leaky_relu(slope=0.2) relu softmax", None, 122, batch_size=61),
    "primes": _of((23, 47, 37, 11), "gelu mish sigmoid", None, 203, 41, batch_size=53, optimizer=Adam(0.002)),
    "primes, doubles": _of((23, 47, 37, 11), "relu elu(alpha=0.7) identity", "quantile(q=0.9)", 203, 41, **double),
    "softmax without its loss": _of((10, 29, 7), "silu softmax", "squared_error", 64, 0, True, batch_size=30),
    "wide": _of((150, 260, 90, 10), "relu relu softmax", None, 300, 70, batch_size=128, optimizer="adam", l2=0.01),
    # batches cut into chunks
    "cut into chunks": _of((260, 300, 10), "relu softmax", None, 1700, 1300, batch_size=900, epochs=2),
    "cut into chunks, weights": _of((150, 150, 3), "tanh identity", None, 1000, 0, True, epochs=2, l2=0.1, **double),
    "cut into chunks, clipped": _of(
        (150, 150, 3), "selu identity", "huber", 900, 700, epochs=2, clip_norm=0.1, dropout=0.2, **double
    ),
    # what acts on a run
    "dZ in panels": _of((40, 530, 10), "relu softmax", None, 700, batch_size=650, epochs=2, optimizer="adam"),
    "dropout": _of((12, 40, 24, 5), "relu relu softmax", None, 150, batch_size=64, dropout=(0.5, 0.1)),
    "dropout of one layer": _of((3, 6, 4, 1), "tanh tanh sigmoid", None, 80, batch_size=32, dropout=(0.0, 0.4)),
    "clipping": _of((4, 9, 1), "relu identity", None, 60, batch_size=25, clip_norm=0.01, optimizer=Momentum(0.1, 0.8)),
    "warm-up": _of((11, 21, 1), "softplus sigmoid", None, 90, batch_size=40, schedule=WarmUp(2, then=Cosine())),
    "early stopping": _of(
        (2, 17, 1), "tanh sigmoid", None, 64, 40, batch_size=16, epochs=30, early_stopping=stop, learning_rate=1.5
    ),
    "early stopping, the last": _of(
        (2, 3, 1), "tanh sigmoid", None, 64, 40, epochs=30, early_stopping=lw.EarlyStopping(1, 0.1, restore_best=False)
    ),
    "averaging": _of((2, 4, 1), "tanh sigmoid", None, 90, 30, batch_size=16, averaging=0.9, optimizer="adam", **double),
    "averaging, wide": _of((150, 260, 10), "relu softmax", None, 300, 70, batch_size=128, averaging=0.99),
    "signs": _of((3, 6, 2), "tanh identity", None, 90, batch_size=16, signs=signs((3, 6, 2)), averaging=0.5),
    "signs, wide": _of(
        (33, 65, 13), "relu softmax", None, 122, batch_size=61, signs=signs((33, 65, 13)), optimizer="adam", **double
    ),
    "fading": _of(
        (12, 40, 24, 5), "relu relu softmax", None, 150, batch_size=64, dropout=(0.5, 0.1), dropout_schedule="linear",
        optimizer=AdamW(weight_decay=0.3), decay_schedule="flat_cosine", schedule="coslog4", label_smoothing=0.1,
    ),
    "early stopping by a metric": _of(
        (2, 17, 1), "tanh sigmoid", None, 64, 40, batch_size=16, epochs=30, learning_rate=1.5,
        early_stopping=lw.EarlyStopping(3, monitor="auc"), metrics=("accuracy", "log_loss"),
    ),
    "everything": _of(
        (21, 35, 18, 4), "relu gelu softmax", None, 190, 77, True, batch_size=50, dropout=(0.3, 0.1), l2=0.2,
        clip_norm=0.7, schedule="one_cycle", optimizer=AdamW(weight_decay=0.1), averaging=0.7, label_smoothing=0.05,
        early_stopping=lw.EarlyStopping(2, monitor="r2"), signs=signs((21, 35, 18, 4)), dropout_schedule="cosine",
    ),
    # embeddings: 3 + 5 + 8 + 3 + 16 + 5 = 40 rows of A[0]
    "levels": _of((2 + 3, 9, 1), "tanh sigmoid", None, 60, 20, batch_size=16, optimizer="adam", embeddings=[levels]),
    "ordered": _of((8, 9, 1), "elu identity", None, 60, 20, optimizer="momentum", embeddings=[ordered], **double),
    "embeddings of every kind": _of(
        (4 + 40, 50, 13, 3), "relu tanh softmax", None, 190, 77, True, batch_size=50, dropout=(0.3, 0.1), l2=0.2,
        clip_norm=0.7, early_stopping=2, optimizer=AdamW(weight_decay=0.1), embeddings=tables,
    ),
    "embeddings without a hidden layer": _of((40, 1), "sigmoid", None, 95, 30, batch_size=20, embeddings=tables),
    "codes alone": _of((8, 6, 1), "tanh identity", None, 80, batch_size=33, embeddings=[codes, code_of_ordered]),
    "a table of many levels": _of(
        (16 + 1, 8, 1), "relu identity", None, 300, 0, batch_size=128, optimizer="rmsprop",
        embeddings=[lw.Embedding(3001, 16)],
    ),
    "embeddings, cut into chunks": _of(
        (110 + 40, 150, 3), "tanh identity", None, 1700, 1300, batch_size=900, epochs=2, optimizer="nesterov",
        embeddings=tables, **double,
    ),
    "embeddings, lbfgs": _of(
        (2 + 40, 9, 2), "elu identity", None, 111, 30, True, optimizer="lbfgs", learning_rate=None, embeddings=tables,
        **double,
    ),
    "lbfgs": _of((2, 4, 1), "tanh sigmoid", None, 120, 30, learning_rate=None, optimizer="lbfgs", l2=0.1),
    "lbfgs wide": _of((30, 47, 3), "elu identity", None, 111, 0, True, optimizer="lbfgs", learning_rate=None, **double),
}  # fmt: skip
IN_STEPS = [name for name, of in CONFIGURATIONS.items() if of.options.get("optimizer") != "lbfgs"]
