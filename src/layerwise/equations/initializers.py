"""Initial weights and embeddings: small and random, so that units differ (notes 3.11). Biases are zero."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping

import numpy as np

from layerwise.checks import POSITIVE, SEED, Reals
from layerwise.equations.streams import Purpose, normal, uniform
from layerwise.errors import NetworkWarning, ParameterError
from layerwise.network import Array, Network, Parameters
from layerwise.vocabulary import Choice, choose

__all__ = ["INITIALIZERS", "initialize"]

VARIANCES: Mapping[str, Callable[[int, int], float]] = {
    "glorot": lambda n_in, n_out: 2 / (n_in + n_out),  # Glorot and Bengio 2010, for tanh
    "he": lambda n_in, n_out: 2 / n_in,  # He et al. 2015, arXiv:1502.01852, for ReLU
    "lecun": lambda n_in, n_out: 1 / n_in,  # LeCun et al. 1998; what SELU needs
}
"""The variance of the weights from n_in = n[l-1] to n_out = n[l] units."""

LEVEL_DEVIATION = 0.3
"""The standard deviation of a level's vector, number by number."""
ORDERED_DEVIATION = 0.3
"""That of the last of the ordered positions, to which the columns of E add up."""

_SCALE = {"scale": (0.01, POSITIVE)}
INITIALIZERS: Mapping[str, Mapping[str, tuple[float, Reals]]] = {
    "zeros": {},
    "normal": _SCALE,
    "uniform": _SCALE,
    **{name + form: {} for name in VARIANCES for form in ("", "_normal", "_uniform")},
}
"""Every method with its settings; a bare "glorot", "he" or "lecun" is the normal form."""


def initialize(net: Network, seed: int = 0, method: str = "he", scale: float | None = None) -> Parameters:
    r"""Return initial parameters: random W and E, zero b.

    .. math::
        W^{[l]}_{jk} \sim N(0, v) \text{ or } U(-\sqrt{3v}, \sqrt{3v}), \qquad b^{[l]} = 0

    with the variance v = `scale`² (normal; uniform: on (−`scale`, `scale`)), 2/(n[l-1] + n[l]) (glorot, also
    called xavier), 2/n[l-1] (he) or 1/n[l-1] (lecun). Whatever the method, but for zeros, the tables of embeddings
    are drawn from N(0, s²) with s = 0.3, and those of ordered ones from N(0, s²/(K - 1)), as K - 1 of their columns add
    up.

    Parameters
    ----------
    net : Network
    seed : int
        The key of the random stream; the same seed gives the same bits on every machine.
    method : str
        zeros, normal, uniform, or glorot, he, lecun, each also with ``_normal`` or ``_uniform``.
    scale : float, optional
        For normal the standard deviation, for uniform the half-width; 0.01 (as in the notes) if None.

    Returns
    -------
    theta : Parameters
        In float64, W[l] filled row by row from the stream of layer l, and E[j] column by column from a stream of its
        own, so that embeddings change no other number.

    Raises
    ------
    ParameterError
        If the method is unknown, or `scale` is given to one that has its own.

    Warns
    -----
    NetworkWarning
        If zeros start a network with a hidden layer: its units then stay equal for ever.

    Examples
    --------
    >>> from layerwise import Network
    >>> theta = initialize(Network((2, 4, 1), ("tanh", "sigmoid")), seed=3, method="normal", scale=0.01)
    >>> theta.W[1].shape, bool(abs(theta.W[1]).max() < 0.05), theta.b[2]
    ((4, 2), True, array([[0.]]))
    """
    seed = SEED.check("initialize", "seed", seed)
    choice = choose("method of initialize", _spell_out(method), INITIALIZERS)
    if scale is not None:
        if not choice.settings or "(" in method:
            raise ParameterError(
                f"The 'scale' parameter of initialize goes with a bare 'normal' or 'uniform', not {method!r}."
            )
        choice = Choice(choice.name, (("scale", POSITIVE.check("initialize", "scale", scale)),))
    if choice.name == "zeros" and net.L > 1:
        warnings.warn(
            "Zero weights make all units of a hidden layer equal, and gradient descent keeps them equal: the layer "
            "works as one unit. Use method='he' or 'normal' (course notes, 3.11).",
            NetworkWarning,
            stacklevel=2,
        )
    theta = Parameters.from_vector(net.layout, np.zeros(net.n_parameters))
    for l in range(1, net.L + 1):
        theta.W[l][...] = _draw(choice, seed, l, *theta.W[l].shape)
    for j, entry in enumerate(net.embeddings):
        if entry.shape is not None and choice.name != "zeros":
            deviation = ORDERED_DEVIATION / math.sqrt(entry.code_length) if entry.ordered else LEVEL_DEVIATION
            theta.E[j].T[...] = deviation * normal(theta.E[j].size, seed, Purpose.EMBED, j).reshape(entry.shape[::-1])
    return theta


def _spell_out(method: object) -> object:
    return method.replace("xavier", "glorot") if isinstance(method, str) else method


def _draw(choice: Choice, seed: int, l: int, n_out: int, n_in: int) -> Array:
    name, _, form = choice.name.partition("_")
    count = n_out * n_in
    if name == "zeros":
        return np.zeros((n_out, n_in))
    if form == "uniform" or name == "uniform":
        limit = choice["scale"] if choice.settings else math.sqrt(3 * VARIANCES[name](n_in, n_out))
        values = limit * (2 * uniform(count, seed, Purpose.INITIALIZE, l) - 1)
    else:
        deviation = choice["scale"] if choice.settings else math.sqrt(VARIANCES[name](n_in, n_out))
        values = deviation * normal(count, seed, Purpose.INITIALIZE, l)
    return values.reshape(n_out, n_in)
