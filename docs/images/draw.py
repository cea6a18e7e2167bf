"""Draw the pictures of the README from the real thing: python docs/images/draw.py"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import layerwise as lw
from layerwise.graph import to_svg, trace

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "examples"))
from planar_data import accuracy, flower  # noqa: E402 - an example is no package

CLASSES = ("#0072B2", "#D55E00")  # of the Okabe-Ito palette, which the colour-blind tell apart


def draw_flower() -> None:
    """Draw what logistic regression and a hidden layer make of the flower, and how their costs fall."""
    X, Y = flower()
    runs = {
        "logistic regression": lw.Network((2, 1), ("sigmoid",)),
        "one hidden layer, 4 tanh units": lw.Network((2, 4, 1), ("tanh", "sigmoid")),
    }
    figure = Figure(figsize=(12, 3.9), dpi=110, layout="constrained")
    panels = figure.subplots(1, 3)
    reach = 1.12
    x1, x2 = np.meshgrid(np.linspace(-reach, reach, 400), np.linspace(-reach, reach, 400))
    for panel, line, (name, net) in zip(panels, ("--", "-"), runs.items(), strict=False):
        result = lw.train(net, X, Y, learning_rate=1.2, epochs=5000, seed=3)
        Y_hat = result.predict(np.vstack([x1.ravel(), x2.ravel()])).reshape(x1.shape)
        panel.contourf(x1, x2, Y_hat, levels=[0, 0.5, 1], colors=CLASSES, alpha=0.22)
        for label, colour in enumerate(CLASSES):
            panel.plot(*X[:, Y[0] == label], "o", color=colour, markersize=3.2)
        panel.set(title=f"{name}: {accuracy(result.predict(X), Y):.0%} right", aspect="equal", xticks=[], yticks=[])
        panels[2].plot(result.history.cost, line, color="black", label=name)
    panels[2].set(title="cost J, nats", xlabel="iteration", xscale="log", ylim=(0, None))
    panels[2].legend(frameon=False, loc="lower left")
    panels[2].spines[["top", "right"]].set_visible(False)
    figure.savefig(HERE / "flower.png")


def draw_graph() -> None:
    """Draw the computation graph of logistic regression for one example."""
    net = lw.Network((2, 1), ("sigmoid",))
    theta = lw.Parameters(W=[[[1.0, -2.0]]], b=[[[0.5]]])
    graph = trace(net, theta, np.array([[1.0], [0.5]]), np.array([[1.0]]))
    (HERE / "logistic-regression.svg").write_text(to_svg(graph), encoding="utf-8")


if __name__ == "__main__":
    draw_flower()
    draw_graph()
