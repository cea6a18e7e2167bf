"""One hidden layer learns what logistic regression cannot: the flower (notes 3.1 to 3.9).

Hidden layers of several sizes are trained on the same points, and judged on points they have not seen.
With --plot the regions of the 4-unit network are drawn; this needs matplotlib.
"""

import argparse
from pathlib import Path

import numpy as np
from planar_data import accuracy, flower

import layerwise as lw


def network(n_h):
    """Return a 2-n_h-1 network of tanh and sigmoid; without hidden units it is logistic regression."""
    return lw.Network((2, n_h, 1), ("tanh", "sigmoid")) if n_h else lw.Network((2, 1), ("sigmoid",))


def draw(result, X, Y, path):
    """Draw the points over the probability that the network gives to class 1."""
    from matplotlib.figure import Figure

    reach = 1.1 * np.abs(X).max()
    x1, x2 = np.meshgrid(np.linspace(-reach, reach, 300), np.linspace(-reach, reach, 300))
    Y_hat = result.predict(np.vstack([x1.ravel(), x2.ravel()])).reshape(x1.shape)
    figure = Figure(figsize=(6, 5.2), dpi=120, layout="constrained")
    axes = figure.add_subplot(aspect="equal")
    shade = axes.contourf(x1, x2, Y_hat, levels=np.linspace(0, 1, 11), cmap="RdBu", alpha=0.7)
    axes.contour(x1, x2, Y_hat, levels=[0.5], colors="black", linewidths=1)
    axes.scatter(*X, c=Y[0], cmap="RdBu", s=14, edgecolors="white", linewidths=0.4)
    axes.set(title="One hidden layer of 4 tanh units", xlabel="x₁", ylabel="x₂")
    figure.colorbar(shade, label="ŷ")
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the regions of the 4-unit network")
    arguments = parser.parse_args()
    X, Y = flower(seed=1)
    X_new, Y_new = flower(seed=2)

    print(f"{'hidden units':>12}{'parameters':>12}{'J':>9}{'accuracy':>10}{'on new points':>15}")
    results = {}
    for n_h in (0, 1, 2, 3, 4, 5, 20):
        net = network(n_h)
        results[n_h] = result = lw.train(net, X, Y, learning_rate=1.2, epochs=5000, seed=3)
        right, right_new = accuracy(result.predict(X), Y), accuracy(result.predict(X_new), Y_new)
        print(f"{n_h:12d}{net.n_parameters:12d}{result.history.cost[-1]:9.4f}{right:10.1%}{right_new:15.1%}")
    print("\nWithout hidden units the network draws one straight line, and is right about half the time.")
    print("A few tanh units bend the line around the petals. Many more add little on new points.")
    if arguments.plot:
        draw(results[4], X, Y, arguments.plot)
        print(f"The picture is in {arguments.plot}.")


if __name__ == "__main__":
    main()
