"""Logistic regression: a network of one neuron, trained by gradient descent (notes 2.1 to 2.14).

The loop over the examples of notes 2.10 stands beside the vectorised form of 2.14 and the library's functions:
three ways to the same numbers. Then both descend, and arrive at the same place.
"""

import numpy as np

import layerwise as lw
from layerwise.equations import backward, cost, forward


def two_clouds(m=200, seed=1):
    """Return X (2, m) and Y (1, m): two clouds of points that touch."""
    rng = np.random.default_rng(seed)
    Y = np.arange(m).reshape(1, m) % 2
    X = rng.standard_normal((2, m)) + np.array([[1.5], [-1.0]]) * Y
    return X, Y


def by_loop(w, b, X, Y):
    """Return J, dw and db as in notes 2.10: one example after the other."""
    m = X.shape[1]
    J = dw1 = dw2 = db = 0.0
    for i in range(m):
        z = w[0, 0] * X[0, i] + w[1, 0] * X[1, i] + b
        a = 1 / (1 + np.exp(-z))
        J += -(Y[0, i] * np.log(a) + (1 - Y[0, i]) * np.log(1 - a))
        dz = a - Y[0, i]
        dw1 += X[0, i] * dz
        dw2 += X[1, i] * dz
        db += dz
    return J / m, np.array([[dw1], [dw2]]) / m, db / m


def vectorised(w, b, X, Y):
    """Return the same as in notes 2.13 and 2.14: all examples at once."""
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dZ = A - Y
    return J, X @ dZ.T / m, np.sum(dZ) / m


def by_the_library(w, b, X, Y):
    """Return the same by `layerwise.equations`, where wᵀ is W[1] and b is b[1]."""
    net, theta = lw.Network((2, 1), ("sigmoid",)), lw.Parameters(W=[w.T], b=[[[b]]])
    run = forward(net, theta, X)
    grad = backward(net, theta, run, Y)
    return cost(net, theta, run, Y), grad.dW[1].T, grad.db[1].item()


def main():
    X, Y = two_clouds()
    w, b = np.array([[0.1], [-0.2]]), 0.3
    print(f"{'':28}{'J':>10}{'dw1':>12}{'dw2':>12}{'db':>12}")
    ways = {"loop, notes 2.10": by_loop, "vectorised, notes 2.14": vectorised, "layerwise.equations": by_the_library}
    for name, way in ways.items():
        J, dw, db = way(w, b, X, Y)
        print(f"{name:28}{J:10.6f}{dw[0, 0]:12.8f}{dw[1, 0]:12.8f}{db:12.8f}")

    w, b = np.zeros((2, 1)), 0.0
    for _ in range(1000):
        J, dw, db = vectorised(w, b, X, Y)
        w, b = w - 0.1 * dw, b - 0.1 * db

    net = lw.Network((2, 1), ("sigmoid",))
    start = lw.initialize(net, method="zeros")  # the cost is convex: any start will do (notes 2.4)
    result = lw.train(net, X, Y, initial=start, learning_rate=0.1, epochs=1000, dtype="float64")
    W1, b1 = result.parameters.W[1], result.parameters.b[1].item()
    difference = max(np.abs(W1 - w.T).max(), abs(b1 - b))
    right = np.mean((result.predict(X) > 0.5) == Y)
    print(f"\n1000 steps by hand:  w = ({w[0, 0]:.6f}, {w[1, 0]:.6f}), b = {b:.6f}, J = {J:.6f}")
    print(f"1000 steps by train: w = ({W1[0, 0]:.6f}, {W1[0, 1]:.6f}), b = {b1:.6f}, J = {result.history.cost[-1]:.6f}")
    print(f"They differ by {difference:.0e} at most. The line divides {right:.1%} of the points rightly.")


if __name__ == "__main__":
    main()
