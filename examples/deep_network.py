"""A deep network from its building blocks (notes, week 4).

For each layer a forward function, which keeps what it computed, and a backward function, which goes back through
it: the boxes of "Building blocks" as a loop in plain sight. Then the same run by `layerwise.train`.
"""

import numpy as np
from planar_data import accuracy, flower

import layerwise as lw
from layerwise.equations import affine_backward, affine_forward
from layerwise.equations.activations import activation

NET = lw.Network((2, 8, 6, 4, 1), ("relu", "relu", "tanh", "sigmoid"))


def forward(theta, X):
    """A[l-1] -> Z[l] -> A[l], for l = 1 to L; Z and A are the cache."""
    Z, A = [None], [X]
    for l in range(1, NET.L + 1):
        Z.append(affine_forward(A[l - 1], theta.W[l], theta.b[l]))
        A.append(activation(NET.g[l]).value(Z[l]))
    return Z, A


def backward(theta, Z, A, Y):
    """dA[l] -> dZ[l] -> dW[l], db[l], dA[l-1], for l = L down to 1."""
    dW, db = [None] * (NET.L + 1), [None] * (NET.L + 1)
    dA = (1 - Y) / (1 - A[-1]) - Y / A[-1]
    for l in range(NET.L, 0, -1):
        dZ = activation(NET.g[l]).backward(dA, Z[l], A[l])
        dA, dW[l], db[l] = affine_backward(dZ, A[l - 1], theta.W[l])
    return dW, db


def descend(theta, X, Y, learning_rate, steps):
    """Gradient descent by hand; return the parameters and the last cost."""
    for _ in range(steps):
        Z, A = forward(theta, X)
        J = -np.mean(Y * np.log(A[-1]) + (1 - Y) * np.log(1 - A[-1]))
        dW, db = backward(theta, Z, A, Y)
        for l in range(1, NET.L + 1):
            theta.W[l] -= learning_rate * dW[l]
            theta.b[l] -= learning_rate * db[l]
    return theta, J


def main():
    X, Y = flower()
    start = lw.initialize(NET, seed=3)
    print(f"{'layer':>5}{'W[l], dW[l]':>13}{'b[l], db[l]':>13}{'Z[l], A[l]':>12}  g[l]")
    Z, _ = forward(start, X)
    for l in range(1, NET.L + 1):
        print(f"{l:5d}{start.W[l].shape!s:>13}{start.b[l].shape!s:>13}{Z[l].shape!s:>12}  {NET.activations[l - 1]}")

    by_hand, J = descend(start.copy(), X, Y, learning_rate=0.1, steps=1000)
    result = lw.train(NET, X, Y, initial=start, learning_rate=0.1, epochs=1000, dtype="float64")
    difference = np.abs(result.parameters.vector - by_hand.vector).max()
    print(f"\nJ after 1000 steps: by hand {J:.12f}, by train {result.history.cost[-1]:.12f}")
    print(f"The {NET.n_parameters} parameters differ by {difference:.0e} at most.")

    result = lw.train(NET, X, Y, initial=start, learning_rate=0.3, epochs=5000)
    print(f"After 5000 steps of 0.3: J = {result.history.cost[-1]:.4f}, {accuracy(result.predict(X), Y):.1%} right.")


if __name__ == "__main__":
    main()
