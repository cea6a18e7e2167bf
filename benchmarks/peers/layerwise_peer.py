"""Layerwise through its public functions, the checks of their arguments included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import layerwise as lw
from benchmarks.peers import Call
from benchmarks.workloads import Data, Training, Workload
from layerwise.network import Array, Parameters


class LayerwisePeer:
    """`lw.train` and `lw.predict` as a user calls them; the number of threads is the engine's own choice."""

    name = "layerwise"
    same_batches = True

    def ways(self, workload: Workload, data: Data, threads: int) -> Mapping[str, Callable[[], Call]]:
        """Return the settings worth a try; see `Peer`."""
        return {"": lambda: _training(workload, data) if isinstance(workload, Training) else _calls(workload, data)}

    def read(self, workload: Workload, outcome: Any) -> Parameters | Array:
        """Return what a call computed; see `Peer`."""
        return outcome.parameters if isinstance(workload, Training) else outcome


def _training(workload: Training, data: Data) -> Call:
    net, X, Y = workload.network, data.X.T, data.targets.T  # columns are examples; no copy
    return lambda: lw.train(
        net,
        X,
        Y,
        learning_rate=workload.learning_rate,
        epochs=workload.epochs,
        batch_size=workload.batch,
        optimizer=workload.optimizer,
        seed=data.seed,
        initial=data.theta,
    )


def _calls(workload: Workload, data: Data) -> Call:
    net, theta, X, predict = workload.network, data.theta, data.X.T, lw.predict

    def call() -> Array:
        for _ in range(workload.units):
            Y_hat = predict(net, theta, X)
        return Y_hat

    return call


PEER = LayerwisePeer()
