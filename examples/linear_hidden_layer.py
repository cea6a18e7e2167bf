"""Why hidden layers need a non-linear g: linear layers multiply out to one (notes 3.7).

    W[3] (W[2] (W[1] x + b[1]) + b[2]) + b[3]  =  W x + b

with W = W[3] W[2] W[1] and b = W[3] (W[2] b[1] + b[2]) + b[3]: the network is logistic regression in disguise.
"""

import warnings

import numpy as np
from planar_data import accuracy, flower

import layerwise as lw


def multiplied_out(theta):
    """Return the W and b of the one affine map that linear hidden layers amount to."""
    W, b = theta.W[1], theta.b[1]
    for l in range(2, len(theta.W)):
        W, b = theta.W[l] @ W, theta.W[l] @ b + theta.b[l]
    return W, b


def main():
    X, Y = flower()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        linear = lw.Network((2, 5, 4, 1), ("identity", "identity", "sigmoid"))
    print(f"The library warns: {caught[0].message}\n")

    networks = {
        "2-5-4-1, linear": linear,
        "2-1, no hidden layer": lw.Network((2, 1), ("sigmoid",)),
        "2-5-4-1, tanh": lw.Network((2, 5, 4, 1), ("tanh", "tanh", "sigmoid")),
    }
    results = {}
    print(f"{'network':22}{'parameters':>12}{'J':>10}{'accuracy':>10}")
    for name, net in networks.items():
        results[name] = result = lw.train(net, X, Y, learning_rate=0.3, epochs=5000, seed=3, dtype="float64")
        J, right = result.history.cost[-1], accuracy(result.predict(X), Y)
        print(f"{name:22}{net.n_parameters:12d}{J:10.6f}{right:10.1%}")

    W, b = multiplied_out(results["2-5-4-1, linear"].parameters)
    one_layer = lw.predict(networks["2-1, no hidden layer"], lw.Parameters(W=[W], b=[b]), X)
    difference = np.abs(one_layer - results["2-5-4-1, linear"].predict(X)).max()
    print(f"\nMultiplied out: W = ({W[0, 0]:.6f}, {W[0, 1]:.6f}), b = {b.item():.6f}.")
    print(f"With these, one neuron gives the outputs of all three layers; they differ by {difference:.0e} at most.\n")
    for diagnosis in lw.diagnose(linear, results["2-5-4-1, linear"].parameters, X, Y):
        print(f"diagnose: {diagnosis}")


if __name__ == "__main__":
    main()
