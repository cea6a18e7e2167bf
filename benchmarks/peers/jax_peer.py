"""JAX: an epoch, or all steps of full batches, is one compiled `lax.scan` with its buffers donated."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.backend import clear_backends

from benchmarks.peers import Call, plural, thread_counts
from benchmarks.workloads import Data, Training, Workload
from layerwise.network import Array, Parameters

jax.config.update("jax_cpu_enable_async_dispatch", False)  # a call that is waited for is not worth a thread's wake-up

BLOCKS = 1024, 8192
UNROLL = 4
"""Steps of full batches written out in the loop's body; mini-batches gain nothing from it."""


class JaxPeer:
    """Training has columns as examples and derivatives by hand: both are faster than rows and `jax.grad`."""

    name = "JAX"
    same_batches = True

    def ways(self, workload: Workload, data: Data, threads: int) -> Mapping[str, Callable[[], Call]]:
        """Return the settings worth a try; see `Peer`."""
        if isinstance(workload, Training):
            train = _mini_batches if workload.batch else _full_batches
            return {plural(n): lambda n=n: train(workload, data, _device(n)) for n in thread_counts(threads)}
        blocks = {"": 1} if workload.rows == 1 else {f"blocks of {block:,}": block for block in BLOCKS}
        return {name: lambda block=block: _calls(workload, data, _device(threads), block)
                for name, block in blocks.items()}  # fmt: skip

    def read(self, workload: Workload, outcome: Any) -> Parameters | Array:
        """Return what a call computed; see `Peer`."""
        if not isinstance(workload, Training):
            return np.asarray(outcome).T
        return Parameters(*zip(*[(np.asarray(W), np.asarray(b)) for W, b in outcome], strict=True))


@functools.cache
def _device(threads: int) -> Any:
    """Return the processor with a thread pool of that size; what is compiled for it and lies on it stays valid."""
    os.environ["NPROC"] = str(threads)
    clear_backends()
    return jax.devices("cpu")[0]


def _gradients(workload: Training, theta: Any, X: Any, Y: Any) -> Any:
    tanh, L = workload.hidden == "tanh", len(theta)
    A = [X]
    for W, b in theta[:-1]:
        Z = W @ A[-1] + b
        A.append(jnp.tanh(Z) if tanh else jnp.maximum(Z, 0))
    W, b = theta[-1]
    Z = W @ A[-1] + b
    Y_hat = jax.nn.sigmoid(Z) if workload.output == "sigmoid" else jax.nn.softmax(Z, axis=0)
    dZ = (Y_hat - Y) / X.shape[1]
    found = []
    for l in range(L, 0, -1):
        found.append((dZ @ A[l - 1].T, dZ.sum(axis=1, keepdims=True)))
        if l > 1:
            dA = theta[l - 1][0].T @ dZ
            dZ = dA * (1 - A[l - 1] ** 2) if tanh else dA * (A[l - 1] > 0)
    return found[::-1]


def _adam(learning_rate: float, state: Any, gradients: Any) -> Any:
    theta, m, v, t = state
    t = t + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradients)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradients)
    m_scale, v_scale = learning_rate / (1 - 0.9**t), 1 / (1 - 0.999**t)
    theta = jax.tree.map(lambda p, m, v: p - m_scale * m / (jnp.sqrt(v_scale * v) + 1e-8), theta, m, v)
    return theta, m, v, t


def _start(data: Data) -> Any:
    return list(zip(data.theta.W[1:], data.theta.b[1:], strict=True))


def _mini_batches(workload: Training, data: Data, device: Any) -> Call:
    m, batch = workload.rows, workload.batch
    whole = m - m % batch
    X, Y = jax.device_put((data.X, data.targets), device)
    orders = [jax.device_put(order, device) for order in data.orders.astype(np.int32)]

    def step(X: Any, Y: Any, state: Any, chosen: Any) -> Any:
        return _adam(workload.learning_rate, state, _gradients(workload, state[0], X[chosen].T, Y[chosen].T)), None

    def epoch(state: Any, X: Any, Y: Any, order: Any) -> Any:
        state, _ = lax.scan(partial(step, X, Y), state, order[:whole].reshape(-1, batch))
        return step(X, Y, state, order[whole:])[0] if whole < m else state

    def start() -> Any:
        theta = _start(data)
        zeros = jax.tree.map(np.zeros_like, theta)
        return jax.device_put((theta, zeros, zeros, np.float32(0)), device)

    compiled = jax.jit(epoch, donate_argnums=0).lower(start(), X, Y, orders[0]).compile()

    def call() -> Any:
        state = start()
        for order in orders:
            state = compiled(state, X, Y, order)
        return jax.block_until_ready(state[0])

    return call


def _full_batches(workload: Training, data: Data, device: Any) -> Call:
    X, Y = jax.device_put((np.ascontiguousarray(data.X.T), np.ascontiguousarray(data.targets.T)), device)

    def step(X: Any, Y: Any, theta: Any, _: None) -> Any:
        gradients = _gradients(workload, theta, X, Y)
        return jax.tree.map(lambda p, g: p - workload.learning_rate * g, theta, gradients), None

    def run(theta: Any, X: Any, Y: Any) -> Any:
        return lax.scan(partial(step, X, Y), theta, length=workload.epochs, unroll=UNROLL)[0]

    compiled = jax.jit(run, donate_argnums=0).lower(jax.device_put(_start(data), device), X, Y).compile()
    return lambda: jax.block_until_ready(compiled(jax.device_put(_start(data), device), X, Y))


def _calls(workload: Workload, data: Data, device: Any, block: int) -> Call:
    theta, X = jax.device_put((_start(data), data.X), device)
    whole = workload.rows - workload.rows % block

    def forward(theta: Any, A: Any) -> Any:  # rows are examples: a product with so many columns takes XLA minutes
        for W, b in theta[:-1]:
            A = jnp.maximum(A @ W.T + b.T, 0)
        W, b = theta[-1]
        return jax.nn.softmax(A @ W.T + b.T, axis=1)

    @jax.jit
    def predict(theta: Any, X: Any) -> Any:
        if len(X) == block:
            return forward(theta, X)
        in_blocks = X[:whole].reshape(-1, block, X.shape[1])
        Y_hat = lax.map(partial(forward, theta), in_blocks).reshape(whole, -1)
        return jnp.concatenate([Y_hat, forward(theta, X[whole:])])

    def call() -> Any:
        for _ in range(workload.units):
            Y_hat = predict(theta, X).block_until_ready()
        return Y_hat

    return call


PEER = JaxPeer()
