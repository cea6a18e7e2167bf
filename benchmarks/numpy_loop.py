"""The NumPy engine against plain NumPy loops of the same equations, written out by hand for each network.

    python -m benchmarks.numpy_loop [--repeats 7]

Both do the same steps from the same weights on the same data, in turn, in one process; the last column is the
median of the ratios of the pairs. What the engine does beside the loop: it takes losses from the logits, looks for
the first number that is not finite, and keeps a history.
"""

from __future__ import annotations

import argparse
import platform
import statistics
from collections.abc import Callable

import numpy as np

import layerwise as lw
from benchmarks.environment import processor
from benchmarks.measuring import seconds
from layerwise.network import Array, Network, Parameters


def sigmoid(Z: Array) -> Array:
    return 1 / (1 + np.exp(-Z))


def planar_loop(theta: Parameters, X: Array, Y: Array, learning_rate: float, iterations: int) -> float:
    """Train a 2-4-1 network on full batches; return the last cost."""
    W1, b1, W2, b2 = theta.W[1], theta.b[1], theta.W[2], theta.b[2]
    m = X.shape[1]
    J = 0.0
    for _ in range(iterations):
        Z1 = W1 @ X + b1
        A1 = np.tanh(Z1)
        Z2 = W2 @ A1 + b2
        A2 = sigmoid(Z2)
        J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
        dZ2 = A2 - Y
        dW2 = dZ2 @ A1.T / m
        db2 = np.sum(dZ2, axis=1, keepdims=True) / m
        dZ1 = (W2.T @ dZ2) * (1 - A1**2)
        dW1 = dZ1 @ X.T / m
        db1 = np.sum(dZ1, axis=1, keepdims=True) / m
        W1 = W1 - learning_rate * dW1
        b1 = b1 - learning_rate * db1
        W2 = W2 - learning_rate * dW2
        b2 = b2 - learning_rate * db2
    return float(J)


def digits_loop(theta: Parameters, X: Array, Y: Array, learning_rate: float, batch_size: int, epochs: int) -> float:
    """Train a network with one ReLU layer and a softmax by mini-batches and Adam; return the last epoch's cost."""
    P = [theta.W[1].copy(), theta.b[1].copy(), theta.W[2].copy(), theta.b[2].copy()]
    moments = [np.zeros_like(p) for p in P]
    squares = [np.zeros_like(p) for p in P]
    beta1, beta2, epsilon, t = 0.9, 0.999, 1e-8, 0
    rng = np.random.default_rng(0)
    rows, labels = np.ascontiguousarray(X.T), np.ascontiguousarray(Y.T)
    total = 0.0
    for _ in range(epochs):
        total = 0.0
        order = rng.permutation(len(rows))
        for start in range(0, len(rows), batch_size):
            chosen = order[start : start + batch_size]
            A0, T = rows[chosen].T, labels[chosen].T
            m = len(chosen)
            W1, b1, W2, b2 = P
            Z1 = W1 @ A0 + b1
            A1 = np.maximum(Z1, 0)
            Z2 = W2 @ A1 + b2
            e = np.exp(Z2 - Z2.max(axis=0, keepdims=True))
            A2 = e / e.sum(axis=0, keepdims=True)
            total += -np.sum(T * np.log(A2))
            dZ2 = A2 - T
            dZ1 = (W2.T @ dZ2) * (Z1 > 0)
            gradients = (dZ1 @ A0.T / m, dZ1.sum(axis=1, keepdims=True) / m,
                         dZ2 @ A1.T / m, dZ2.sum(axis=1, keepdims=True) / m)  # fmt: skip
            t += 1
            for k, g in enumerate(gradients):
                moments[k] = beta1 * moments[k] + (1 - beta1) * g
                squares[k] = beta2 * squares[k] + (1 - beta2) * g * g
                m_hat = moments[k] / (1 - beta1**t)
                v_hat = squares[k] / (1 - beta2**t)
                P[k] = P[k] - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return float(total / len(rows))


def planar(dtype: str) -> tuple[Callable[[], float], Callable[[], float]]:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(2, 400)).astype(dtype)
    Y = (X[:1] * X[1:] > 0).astype(dtype)
    net = Network((2, 4, 1), ("tanh", "sigmoid"))
    theta = lw.initialize(net, seed=3).astype(dtype)
    run = {"learning_rate": 0.1, "epochs": 10_000, "engine": "numpy"}
    return (
        lambda: planar_loop(theta, X, Y, 0.1, 10_000),
        lambda: lw.train(net, X, Y, initial=theta, dtype=dtype, **run).history.cost[-1],
    )


def digits(dtype: str) -> tuple[Callable[[], float], Callable[[], float]]:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(784, 12_000)).astype(dtype)
    Y = np.eye(10, dtype=dtype)[:, rng.integers(0, 10, 12_000)]
    net = Network((784, 128, 10), ("relu", "softmax"))
    theta = lw.initialize(net, seed=3).astype(dtype)
    run = {"optimizer": "adam", "learning_rate": 0.001, "epochs": 2, "batch_size": 128, "engine": "numpy"}
    return (
        lambda: digits_loop(theta, X, Y, 0.001, 128, 2),
        lambda: lw.train(net, X, Y, initial=theta, dtype=dtype, **run).history.cost[-1],
    )


WORKLOADS = {
    "2-4-1, 400 examples, 10,000 full-batch steps": (planar, 1.3),
    "784-128-10, batches of 128, Adam, 2 x 12,000 rows": (digits, 1.15),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7, help="pairs of runs that are counted (default 7)")
    repeats = parser.parse_args().repeats
    print(f"NumPy {np.__version__}, Python {platform.python_version()}, {processor()}")
    print(f"{'workload':<52}{'type':<9}{'loop, s':>9}{'engine, s':>11}{'ratio':>8}{'wanted':>9}")
    for name, (build, bar) in WORKLOADS.items():
        for dtype in ("float32", "float64"):
            loop, engine = build(dtype)
            seconds(loop), seconds(engine)  # the first runs warm up and are not counted
            pairs = [(seconds(loop), seconds(engine)) for _ in range(repeats)]
            assert np.isclose(pairs[0][0][1], pairs[0][1][1], rtol=0.05), "the two do not compute the same"
            times = [(by_loop[0], by_engine[0]) for by_loop, by_engine in pairs]
            loop_s, engine_s = (statistics.median(column) for column in zip(*times, strict=True))
            ratio = statistics.median(engine_time / loop_time for loop_time, engine_time in times)
            verdict = "" if ratio <= bar else "  falls short"
            print(f"{name:<52}{dtype:<9}{loop_s:>9.3f}{engine_s:>11.3f}{ratio:>8.2f}{'≤ ' + str(bar):>9}{verdict}")


if __name__ == "__main__":
    main()
