"""scikit-learn's MLPClassifier, from the same initial weights; its batches are drawn by itself."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.peers import Call
from benchmarks.peers.numpy_peer import with_blas_threads
from benchmarks.workloads import Data, Training, Workload
from layerwise.network import Array, Parameters


class SklearnPeer:
    """`fit` with `max_iter` epochs, and `predict_proba`."""

    name = "scikit-learn"
    same_batches = False

    def ways(self, workload: Workload, data: Data, threads: int) -> Mapping[str, Callable[[], Call]]:
        """Return the settings worth a try; see `Peer`."""
        prepare = _training if isinstance(workload, Training) else _calls
        return with_blas_threads(threads, lambda: prepare(workload, data))

    def read(self, workload: Workload, outcome: Any) -> Parameters | Array:
        """Return what a call computed; see `Peer`."""
        if not isinstance(workload, Training):
            return outcome.T
        W = [w.T for w in outcome.coefs_]
        b = [v[:, None] for v in outcome.intercepts_]
        if workload.sizes[-1] == 2:
            W[-1], b[-1] = (np.concatenate([np.zeros_like(last), last]) for last in (W[-1], b[-1]))
        return Parameters(W, b)


def _model(workload: Workload, data: Data) -> MLPClassifier:
    """Return a model that has the weights of `data.theta` and has not taken a step from them."""
    run: dict[str, Any] = {}
    if isinstance(workload, Training):
        run = {"activation": workload.hidden, "solver": "adam" if workload.optimizer == "adam" else "sgd"}
    # With warm_start, `fit` goes on from the weights it finds. Those of a first fit, which lays everything out, are
    # replaced. Without tol it would stop at the epoch that improves by less.
    model = MLPClassifier(workload.sizes[1:-1], alpha=0, momentum=0, tol=0, n_iter_no_change=2**31, max_iter=1,
                          warm_start=True, random_state=data.seed, **run)  # fmt: skip
    labels = np.arange(max(workload.sizes[-1], 2))
    model.fit(np.resize(data.X, (len(labels), workload.sizes[0])), labels)
    W, b = [w.T.copy() for w in data.theta.W[1:]], [v.ravel().copy() for v in data.theta.b[1:]]
    if workload.sizes[-1] == 2:  # two classes have one output here: the difference of the two
        W[-1], b[-1] = W[-1][:, 1:] - W[-1][:, :1], b[-1][1:] - b[-1][:1]
    model.coefs_, model.intercepts_ = W, b
    if isinstance(workload, Training):
        model.set_params(max_iter=workload.epochs, batch_size=workload.batch or workload.rows)
        model.set_params(learning_rate_init=workload.learning_rate)
    return model


def _training(workload: Training, data: Data) -> Call:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ready = _model(workload, data)

    def call() -> MLPClassifier:
        model = copy.deepcopy(ready)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(data.X, data.labels)

    return call


def _calls(workload: Workload, data: Data) -> Call:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = _model(workload, data)

    def call() -> Array:
        for _ in range(workload.units):
            Y_hat = model.predict_proba(data.X)
        return Y_hat

    return call


PEER = SklearnPeer()
