"""Is my backward propagation right? Central differences find the mistake, and name it (notes 2.5, 3.8 to 3.10).

Two versions of the equations of notes 3.9, one with a slip that is easily made: tanh' written as 1 - a in place of
1 - a². Descent with the slip still lowers the cost, so that nobody would notice; the check does.
"""

import numpy as np

import layerwise as lw
from layerwise.equations import Gradients, cost, forward
from layerwise.equations.optimizers import GradientDescent
from layerwise.testing import check_gradients

NET = lw.Network((3, 4, 1), ("tanh", "sigmoid"))


def my_backward(theta, X, Y, derivative_of_tanh):
    """Return the derivatives by the equations of notes 3.9."""
    m = X.shape[1]
    _, A1, A2 = forward(NET, theta, X).A
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = theta.W[2].T @ dZ2 * derivative_of_tanh(A1)
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return Gradients(dW=[dW1, dW2], db=[db1, db2])


def cost_after(theta, X, Y, derivative_of_tanh, steps=200):
    """Descend by `my_backward` and return the cost."""
    for _ in range(steps):
        theta, _ = GradientDescent(0.5).step(theta, my_backward(theta, X, Y, derivative_of_tanh))
    return cost(NET, theta, forward(NET, theta, X), Y)


def main():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((3, 20))
    Y = (X[:1] + X[1:2] ** 2 > 0.5).astype(float)
    theta = lw.initialize(NET, seed=3)
    print(f"before training J = {cost(NET, theta, forward(NET, theta, X), Y):.4f}\n")
    print(f"the library     {check_gradients(NET, theta, X, Y)}\n")
    for name, derivative_of_tanh in (("mine, 1 - a²", lambda a: 1 - a**2), ("mine, 1 - a", lambda a: 1 - a)):
        mine = my_backward(theta, X, Y, derivative_of_tanh)
        check = check_gradients(NET, theta, X, Y, gradients=mine)
        print(f"{name:16}{check}")
        print(f"{'':16}200 steps with it bring J down to {cost_after(theta, X, Y, derivative_of_tanh):.4f}")
        errors = check.relative_errors
        for l in (1, 2):
            print(f"{'':16}layer {l}: dW[{l}] off by {errors.dW[l].max():.0e}, db[{l}] by {errors.db[l].max():.0e}")
    print("\nLayer 2 is right and layer 1 is wrong: the mistake lies on the way between them, in g'(Z[1]).")


if __name__ == "__main__":
    main()
