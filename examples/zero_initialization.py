"""Why the weights start at random: equal units stay equal (notes 3.11).

The same network on the same points from three starts: all weights zero, all weights alike, and random ones. The
library warns of the first, and `diagnose` finds the first two.
"""

import warnings

import numpy as np
from planar_data import accuracy, flower

import layerwise as lw

NET = lw.Network((2, 4, 1), ("tanh", "sigmoid"))


def starts():
    """Yield a name and initial parameters."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        zeros = lw.initialize(NET, method="zeros")
    print(f"The library warns of zeros: {caught[0].message}\n")
    yield "zeros", zeros
    yield "all 0.5", lw.Parameters(W=[np.full((4, 2), 0.5), np.full((1, 4), 0.5)], b=[np.zeros((4, 1)), [[0.0]]])
    yield "random * 0.01", lw.initialize(NET, seed=3, method="normal", scale=0.01)


def different_units(theta):
    """Return how many of the hidden units differ, in the weights into them and out of them."""
    return len(np.unique(np.hstack([theta.W[1], theta.b[1], theta.W[2].T]).round(12), axis=0))


def main():
    X, Y = flower()
    found = {}
    rows = []
    for name, start in starts():
        result = lw.train(NET, X, Y, initial=start, learning_rate=1.2, epochs=5000, dtype="float64")
        found[name] = lw.diagnose(NET, start, X, Y)
        theta, J = result.parameters, result.history.cost[-1]
        rows.append(f"{name:16}{different_units(theta):18d}{J:10.4f}{accuracy(result.predict(X), Y):10.1%}")
    print(f"{'start':16}{'different units':>18}{'J':>10}{'accuracy':>10}")
    print("\n".join(rows))
    print(f"\nlog 2 = {np.log(2):.4f} is the cost of knowing nothing. Four equal units do the work of one.\n")
    for name, diagnoses in found.items():
        print(f"diagnose, {name}: " + ("; ".join(map(str, diagnoses)) or "nothing found"))


if __name__ == "__main__":
    main()
