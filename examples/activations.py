"""Activation functions, their derivatives, and what they do to the speed of learning (notes 3.6 and 3.8).

A table of g(z) and g'(z), then the same network with sigmoid, tanh, ReLU and leaky ReLU in its hidden layers: how
many steps until the cost is below 0.3?
"""

import numpy as np
from planar_data import accuracy, flower

import layerwise as lw
from layerwise.equations.activations import activation

NAMES = ("sigmoid", "tanh", "relu", "leaky_relu")
Z = np.array([-10.0, -2.0, -0.5, 0.0, 0.5, 2.0, 10.0])


def table():
    print(f"{'z':>18}" + "".join(f"{z:10g}" for z in Z))
    for name in NAMES:
        g = activation(lw.Network((1, 1), (name,)).g[1])
        a = g.value(Z)
        print(f"{name:14}g(z)" + "".join(f"{value:10.5f}" for value in a))
        print(f"{'':13}g'(z)" + "".join(f"{value:10.5f}" for value in g.derivative(Z, a)))
    print("\nσ' is 1/4 at most, and far from 0 both σ' and tanh' vanish: there a unit hardly learns.")
    print("ReLU's slope stays 1. At 0, where it has none, this library takes relu'(0) = 0.\n")


class UntilBelow:
    """A callback that ends the run once the cost is low enough."""

    def __init__(self, cost):
        self.cost = cost

    def on_epoch_end(self, state):
        """Look at the cost of the epoch that has ended."""
        if state.cost < self.cost:
            state.stop()


def speed():
    X, Y = flower()
    print(f"{'2-8-8-1, hidden':18}{'steps to J < 0.3':>18}{'accuracy then':>15}   (median of 3 seeds)")
    for name in NAMES:
        net = lw.Network((2, 8, 8, 1), (name, name, "sigmoid"))
        runs = [
            lw.train(net, X, Y, learning_rate=0.5, epochs=5000, seed=seed, callbacks=[UntilBelow(0.3)])
            for seed in range(3)
        ]
        steps = int(np.median([len(run.history) for run in runs]))
        reached = f"{steps}" if steps < 5000 else "not in 5000"
        right = np.median([accuracy(run.predict(X), Y) for run in runs])
        print(f"{name:18}{reached:>18}{right:15.1%}")
    print("\nIn hidden layers prefer ReLU or tanh; keep sigmoid for the output of a yes-or-no question.")


if __name__ == "__main__":
    table()
    speed()
