"""How much each column matters to a network: by shuffling it, and by derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from layerwise.equations.activations import activation
from layerwise.equations.passes import Propagation
from layerwise.equations.propagation import cost, forward
from layerwise.equations.streams import Purpose, permutation
from layerwise.estimators.insight import input_gradient
from layerwise.estimators.tabular.architecture import linear_output
from layerwise.network import Array, Network, Parameters
from layerwise.training import predict

__all__ = ["gradient_importance", "permutation_importance"]


CELLS = 4_000_000
"""How many are predicted at once, where columns are shuffled: each call costs time for every column."""


def permutation_importance(
    net: Network,
    theta: Parameters,
    X: Array,
    Y: Array,
    w: Array | None,
    columns: Mapping[str, Sequence[int]],
    seed: int,
) -> dict[str, float]:
    """Return how much the cost rises when the cells of a column are shuffled among these rows.

    Parameters
    ----------
    columns : mapping of str to sequence of int
        The rows of X, (n_x, m), that belong to a column of the table: they are shuffled together.

    References
    ----------
    Breiman 2001, doi:10.1023/A:1010933404324; Fisher, Rudin and Dominici 2019, arXiv:1801.01489.
    """
    linear, m = linear_output(net), X.shape[1]
    before = _cost(net, theta, predict(linear, theta, X), Y, w)
    found: dict[str, float] = {}
    numbered = list(enumerate(columns.items()))
    at_once = max(1, CELLS // X.size)
    for start in range(0, len(numbered), at_once):
        part = numbered[start : start + at_once]
        shuffled = np.tile(X.T, (len(part), 1)).T
        blocks = [slice(j * m, (j + 1) * m) for j in range(len(part))]
        for block, (k, (_, rows)) in zip(blocks, part, strict=True):
            shuffled[rows, block] = X[rows][:, permutation(m, seed, Purpose.IMPORTANCE, k)]
        Z = predict(linear, theta, shuffled)
        found |= {
            name: _cost(net, theta, Z[:, block], Y, w) - before
            for block, (_, (name, _)) in zip(blocks, part, strict=True)
        }
    return found


def gradient_importance(
    net: Network, theta: Parameters, X: Array, columns: Mapping[str, Sequence[int]]
) -> dict[str, float]:
    r"""Return the mean over rows of how much an output changes, to first order, if a column's cell becomes the mean.

    .. math::
        \frac{1}{m} \sum_i \Big| \sum_{j \in \text{column}} \frac{\partial z_k}{\partial a_j^{[0]}}
        \big(a_j^{[0](i)} - \bar{a}_j^{[0]}\big) \Big|

    with the inputs a[0] of the first layer, embeddings included, summed over the outputs k.
    """
    found = dict.fromkeys(columns, 0.0)
    linear = linear_output(net)
    run = forward(linear, theta, X)
    centred = run.A[0] - run.A[0].mean(axis=1, keepdims=True)
    inputs = _inputs_of_columns(net, columns)
    for k in range(net.sizes[-1]):
        product = centred * input_gradient(linear, theta, run, k)
        for name, rows in inputs.items():
            found[name] += float(np.abs(product[rows].sum(axis=0)).mean())
    return found


def _cost(net: Network, theta: Parameters, Z: Array, Y: Array, w: Array | None) -> float:
    return cost(net, theta, Propagation([Z], [activation(net.g[-1]).value(Z)]), Y, 0.0, w)


def _inputs_of_columns(net: Network, columns: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    # a row of X is a row of A[0], or a position that an embedding widens
    numbers = net.n_x - len(net.embeddings)
    starts = np.cumsum([numbers, *(embedding.width for embedding in net.embeddings)]).tolist()

    def widened(row: int) -> range:
        k = row - numbers
        return range(row, row + 1) if k < 0 else range(starts[k], starts[k + 1])

    return {name: [a for row in rows for a in widened(row)] for name, rows in columns.items()}
