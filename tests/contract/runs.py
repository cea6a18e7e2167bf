"""Data, starting points and schedules for runs on any engine, and what two of them are compared by."""

import dataclasses

import numpy as np

import layerwise as lw
from layerwise.engines import TrainingPlan
from layerwise.engines.sparse import SparseInputs
from layerwise.equations.metrics import Metric
from layerwise.equations.optimizers import OPTIMIZERS, GradientDescent, UpdateRule
from layerwise.equations.schedules import Constant
from oracles import random_parameters

SPREAD = Metric("spread", lambda Y_hat, Y, w: Y_hat.max() - Y_hat.min(), greater_is_better=True)
"""A metric of one's own, which every engine has to ask Python for."""
RULES = [name for name, build in OPTIMIZERS.items() if isinstance(build(), UpdateRule)]


def data(m=30, n_x=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_x, m))
    return X, (X[:1] * X[1:2] + 0.3 * rng.normal(size=(1, m)) > 0).astype(float)


def start(sizes, spread=0.7, seed=1):
    return lw.Parameters(*random_parameters(sizes, np.random.default_rng(seed), spread))


def plan(net, **options):
    """A plan with three epochs of gradient descent, and the options in their place."""
    defaults = {
        "network": net,
        "initial": lw.initialize(net, 1),
        "optimizer": GradientDescent(0.1),
        "epochs": 3,
        "batch_size": 10,
        "seed": 5,
        "l2": 0.0,
        "dropout": (0.0,) * (net.L - 1),
        "clip_norm": None,
        "schedule": Constant(),
        "early_stopping": None,
        "metrics": (),
        "threads": None,
    }
    return TrainingPlan(**{**defaults, **options})


def sparse(X):
    """A dense X as sparse inputs."""
    features, example = np.nonzero(X.T)[1], np.nonzero(X.T)[0]
    starts = np.searchsorted(example, np.arange(X.shape[1] + 1))
    return SparseInputs(len(X), X.T[X.T != 0], features.astype(np.int32), starts.astype(np.int64))


class Ramp:
    """A schedule that is different in every step."""

    def factor(self, epoch, epochs):
        return 1 + epoch


@dataclasses.dataclass(frozen=True)
class Listing:
    """A schedule that counts the steps of a run: factor k in step k = 1, 2, ..."""

    steps: list

    def factor(self, epoch, epochs):
        self.steps.append(epoch)
        return float(len(self.steps))


def batches_of(train, m, batch_size, epochs=1, seed=0, weights=None):
    """W[1] after a run in which example i moves its own weight alone, by 1/(size of its batch)."""
    # X is the identity, so W[1][0, i] belongs to example i; the derivative of |ŷ − y| is −1 for y far above
    net = lw.Network((m, 1), ("identity",), "absolute_error")
    result = train(
        net,
        np.eye(m),
        np.full((1, m), 1e9),
        batch_size=batch_size,
        epochs=epochs,
        seed=seed,
        learning_rate=1.0,
        initial=lw.Parameters([np.zeros((1, m))], [np.zeros((1, 1))]),
        sample_weight=weights,
    )
    return result.parameters.W[1][0]


def bits(outcome):
    """All that a run gives back, comparable."""
    if dataclasses.is_dataclass(outcome):
        return {entry.name: bits(getattr(outcome, entry.name)) for entry in dataclasses.fields(outcome)}
    if isinstance(outcome, dict):
        return {name: bits(each) for name, each in outcome.items()}
    if isinstance(outcome, list | tuple):
        return [bits(each) for each in outcome]
    if isinstance(outcome, lw.Parameters):
        return outcome.vector.tobytes()
    return outcome.tobytes() if isinstance(outcome, np.ndarray) else repr(outcome)


def alone(engine, plan, data, report=None):
    """The run of a plan on one thread, which a run among many has the bits of."""
    return engine.run(dataclasses.replace(plan, threads=1), data, report)
