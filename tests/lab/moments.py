"""Moments of short runs on ready examples, made as the lab makes them, for the tests of what is seen of them."""

from __future__ import annotations

import numpy as np

import layerwise as lw
from layerwise.lab.course import initial_of, network_of
from layerwise.lab.moment import Dataset, Moment
from layerwise.lab.settings import checked

rng = np.random.default_rng(8)


def dataset(task="binary", m=90, n_x=2, dtype="float64", validation=0):
    X = rng.normal(size=(n_x, m + validation)).astype(dtype)
    score = X[0] * X[-1] + 0.3 * X.sum(axis=0)
    if task == "regression":
        Y, outputs, classes = score[None], ("y",), None
    elif task == "binary":
        Y, outputs, classes = (score > 0)[None], ("class",), ("no", "yes")
    else:
        place = np.digitize(score, (-0.5, 0.5))
        Y, outputs, classes = np.eye(3)[:, place], ("a", "b", "c"), ("a", "b", "c")
    Y = Y.astype(dtype)
    held_out = (X[:, m:], Y[:, m:]) if validation else None
    inputs = tuple(f"x_{j + 1}" for j in range(n_x))
    return Dataset(X[:, :m], Y[:, :m], held_out, task, inputs, outputs, outputs[0], classes)


def moment(epoch=0, task="binary", m=90, n_x=2, validation=0, data=None, **given):
    """The moment after so many epochs of a run; settings as the page gives them."""
    given = {"engine": "numpy", "dtype": "float64", "epochs": 20, "hidden": [4], "learning_rate": 0.1, **given}
    settings = checked(given)
    data = data or dataset(task, m, n_x, settings.dtype, validation)
    net = network_of(settings, data)
    initial = initial_of(net, settings)
    result = train(settings, data, net, initial, epoch) if epoch else None
    steps = -(-data.m // (settings.batch_size or data.m))
    return Moment(settings, data, net, epoch, steps, result.parameters if result else initial, result)


class StopAfter:
    def __init__(self, epochs):
        self.epochs = epochs

    def on_epoch_end(self, state):
        if state.epoch + 1 == self.epochs:
            state.stop()


def train(settings, data, net, initial, epoch):
    return lw.train(
        net,
        data.X,
        data.Y,
        initial=initial,
        learning_rate=settings.learning_rate,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        optimizer=settings.optimizer,
        seed=settings.seed,
        l2=settings.l2,
        dropout=settings.dropout if net.L > 1 else 0.0,
        schedule=settings.schedule,
        validation=data.validation,
        engine=settings.engine,
        dtype=settings.dtype,
        callbacks=[StopAfter(epoch)],
    )
