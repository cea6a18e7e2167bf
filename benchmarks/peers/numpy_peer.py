"""Plain NumPy: the loop a careful person writes by hand, float32 and in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.peers import Call, plural, thread_counts
from benchmarks.workloads import Data, Training, Workload
from layerwise.network import Array, Parameters

try:
    from threadpoolctl import ThreadpoolController
except ImportError:
    ThreadpoolController = None

BLOCK = 4096
"""Rows of a large prediction that are taken at once, so that their activations stay in the cache."""


def with_blas_threads(threads: int, prepare: Callable[[], Call]) -> dict[str, Callable[[], Call]]:
    """Return one call with one BLAS thread and one with all of them; without threadpoolctl, as they are set."""
    if ThreadpoolController is None:
        return {"": prepare}

    def limited(n: int) -> Call:
        call, controller = prepare(), ThreadpoolController()

        def inside() -> Any:
            with controller.limit(limits=n):
                return call()

        return inside

    return {plural(n): lambda n=n: limited(n) for n in thread_counts(threads)}


class NumpyPeer:
    """Hand-written training and prediction."""

    name = "NumPy"
    same_batches = True

    def ways(self, workload: Workload, data: Data, threads: int) -> Mapping[str, Callable[[], Call]]:
        """Return the settings worth a try; see `Peer`."""
        if isinstance(workload, Training):
            return with_blas_threads(threads, lambda: lambda: _train(workload, data))
        return with_blas_threads(threads, lambda: lambda: _predict(workload, data))

    def read(self, workload: Workload, outcome: Any) -> Parameters | Array:
        """Return what a call computed; see `Peer`."""
        return outcome


def _train(workload: Training, data: Data) -> Parameters:
    theta, tanh, sigmoid = data.theta.copy(), workload.hidden == "tanh", workload.output == "sigmoid"
    L, m, batch = len(workload.sizes) - 1, workload.rows, workload.batch
    W, b = theta.W, theta.b
    g = Parameters.from_vector(theta.sizes, np.empty_like(theta.vector))  # one vector: one update for all layers
    m_, v, update = (np.zeros_like(theta.vector) for _ in range(3))
    X, T = data.X.T, data.targets.T
    A = [X, *[None] * L]
    t = 0
    for epoch in range(workload.epochs):
        order = data.orders[epoch] if batch else None
        for start in range(0, m, batch or m):
            if order is not None:
                chosen = order[start : start + batch]
                A[0], T = data.X[chosen].T, data.targets[chosen].T
            for l in range(1, L):
                Z = W[l] @ A[l - 1]
                Z += b[l]
                A[l] = np.tanh(Z, out=Z) if tanh else np.maximum(Z, 0, out=Z)
            dZ = W[L] @ A[L - 1]
            dZ += b[L]
            (_sigmoid if sigmoid else _softmax)(dZ)
            dZ -= T
            dZ *= np.float32(1 / dZ.shape[1])
            for l in range(L, 0, -1):
                np.matmul(dZ, A[l - 1].T, out=g.W[l])
                np.add.reduce(dZ, axis=1, keepdims=True, out=g.b[l])
                if l > 1:
                    dZ = W[l].T @ dZ
                    dZ *= 1 - A[l - 1] * A[l - 1] if tanh else A[l - 1] > 0
            t += 1
            if workload.optimizer == "adam":
                _adam(theta.vector, g.vector, m_, v, update, t, workload.learning_rate)
            else:
                np.multiply(g.vector, np.float32(workload.learning_rate), out=update)
                theta.vector -= update
    return theta


def _adam(theta: Array, g: Array, m: Array, v: Array, update: Array, t: int, learning_rate: float) -> None:
    # m_hat / (√v_hat + ε) with the two corrections drawn into the learning rate and ε: fewer passes
    scale = (1 - 0.999**t) ** 0.5
    m *= np.float32(0.9)
    np.multiply(g, np.float32(0.1), out=update)
    m += update
    v *= np.float32(0.999)
    np.multiply(g, g, out=update)
    update *= np.float32(0.001)
    v += update
    np.sqrt(v, out=update)
    update += np.float32(1e-8 * scale)
    np.divide(m, update, out=update)
    update *= np.float32(learning_rate * scale / (1 - 0.9**t))
    theta -= update


def _sigmoid(Z: Array) -> Array:
    np.negative(Z, out=Z)
    np.exp(Z, out=Z)
    Z += np.float32(1)
    return np.reciprocal(Z, out=Z)


def _softmax(Z: Array) -> Array:
    Z -= Z.max(axis=0)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=0)
    return Z


def _predict(workload: Workload, data: Data) -> Array:
    W, b, L = data.theta.W, data.theta.b, len(workload.sizes) - 1
    Y_hat = np.empty((workload.sizes[-1], workload.rows), np.float32)
    for _ in range(workload.units):
        for start in range(0, workload.rows, BLOCK):
            A = data.X[start : start + BLOCK].T
            for l in range(1, L + 1):
                A = W[l] @ A
                A += b[l]
                if l < L:
                    np.maximum(A, 0, out=A)
            Y_hat[:, start : start + BLOCK] = _softmax(A)
    return Y_hat


PEER = NumpyPeer()
