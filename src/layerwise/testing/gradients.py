"""`check_gradients`: backward propagation held against central differences, with the worst parameter named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from layerwise.checks import POSITIVE
from layerwise.equations.activations import activation
from layerwise.equations.losses import loss
from layerwise.equations.passes import Gradients, Propagation
from layerwise.equations.propagation import backward, cost, forward
from layerwise.equations.shapes import check_fit
from layerwise.errors import ParameterError, ShapeError
from layerwise.network import Array, Network, Parameters

__all__ = ["GradientCheck", "check_gradients"]

TOLERANCE = {"float64": 1e-6, "float32": 1e-3}
"""The largest relative error that passes, by the floating type of the parameters."""


@dataclass(frozen=True)
class GradientCheck:
    """What `check_gradients` found.

    Attributes
    ----------
    max_relative_error : float
        Of the worst parameter; NaN where none could be checked.
    layer : int
        Its layer; of "E" the number of its embedding, from 0.
    parameter : str
        "W", "b" or "E".
    index : tuple of int
        Its row and column; the column of "E" is the position.
    analytic, numeric : float
        The derivative by backward propagation and by central differences.
    checked, skipped : int
        How many parameters were compared, and how many lie too near a kink to be.
    tolerance : float
        The largest error that passes.
    relative_errors : Gradients
        The error of every parameter, as ``dW[l]``, ``db[l]`` and ``dE[j]``; NaN where it was skipped or not asked for.
    numeric_gradients : Gradients
        The central differences, in the same layout.
    """

    max_relative_error: float
    layer: int
    parameter: str
    index: tuple[int, int]
    analytic: float
    numeric: float
    checked: int
    skipped: int
    tolerance: float
    relative_errors: Gradients
    numeric_gradients: Gradients

    @property
    def passed(self) -> bool:
        """Whether something was checked and no error is above the tolerance."""
        return self.max_relative_error <= self.tolerance

    def __repr__(self) -> str:
        return f"GradientCheck({self})"

    def __str__(self) -> str:
        if not self.checked:
            return f"nothing could be checked: all {self.skipped} parameters lie near a kink"
        name = f"d{self.parameter}[{self.layer}][{self.index[0]}, {self.index[1]}]"
        skipped = f", {self.skipped} near a kink skipped" if self.skipped else ""
        return (
            f"{'right' if self.passed else 'WRONG'}: maximum relative error {self.max_relative_error:.2e} at {name}: "
            f"backward {self.analytic:.9g}, central differences {self.numeric:.9g} ({self.checked} checked{skipped})"
        )


def check_gradients(
    net: Network,
    theta: Parameters,
    X: Array,
    Y: Array,
    l2: float = 0.0,
    sample_weight: Array | None = None,
    masks: Mapping[int, Array] | None = None,
    *,
    gradients: Gradients | None = None,
    step: float = 1e-3,
    entries: Array | None = None,
) -> GradientCheck:
    r"""Compare `backward` with central differences of the cost, parameter by parameter.

    .. math::
        \frac{\partial J}{\partial \theta_k} \approx
        \frac{8\,(J_{+h} - J_{-h}) - (J_{+2h} - J_{-2h})}{12 h}, \qquad
        \text{error} = \frac{|a - n|}{\max(|a|, |n|, 10^{-5} \max(1, |J|))}

    with :math:`J_{\pm h} = J(\theta \pm h e_k)`. The differences of fourth order are computed in float64,
    whatever type the parameters have; their own error is near 10⁻¹² of the cost, and the floor in the
    denominator keeps it from counting where a derivative is smaller than that allows.

    Parameters
    ----------
    net, theta, X, Y, l2, sample_weight, masks
        As for `forward`, `cost` and `backward`.
    gradients : Gradients, optional
        Derivatives of your own, to be checked in place of those of `backward`.
    step : float
        h for a pre-activation: each weight is moved by `step` divided by the largest input it is multiplied
        with, if that is above 1, and each number of an embedding by `step` divided by the largest of W[1].
    entries : (k,) array of int, optional
        The entries of ``theta.vector`` that are checked, a sample of a large network; None checks all.

    Returns
    -------
    GradientCheck
        ``.max_relative_error``, ``.passed``, the worst parameter and both its values.

    Raises
    ------
    ShapeError, DataError
        As for `cost`.

    Notes
    -----
    Where an activation or the loss has a kink (relu, leaky_relu, elu, selu; absolute_error, huber, quantile),
    a parameter whose four moves carry any unit across it is skipped and counted.

    Examples
    --------
    >>> from layerwise import Network, initialize
    >>> net = Network((3, 4, 1), ("tanh", "sigmoid"))
    >>> X, Y = np.array([[0.5, -1.0], [2.0, 0.3], [0.1, 0.7]]), np.array([[1, 0]])
    >>> check = check_gradients(net, initialize(net, seed=1), X, Y)
    >>> check.passed, check.max_relative_error < 1e-7
    (True, True)

    References
    ----------
    Fornberg 1988, doi:10.1090/S0025-5718-1988-0935077-0 (the coefficients).
    """
    check_fit("check_gradients", net, theta)
    analytic = _analytic(net, theta, X, Y, l2, sample_weight, masks) if gradients is None else gradients
    if not isinstance(analytic, Gradients) or analytic.layout != theta.layout:
        raise ShapeError(
            f"check_gradients: the gradients must have the sizes of the network, {theta.layout}. "
            f"Got {getattr(analytic, 'layout', type(analytic).__name__)}."
        )
    POSITIVE.check("check_gradients", "step", step)
    exact = theta.astype(np.float64)
    masks = {l: np.asarray(mask, np.float64) for l, mask in (masks or {}).items()}
    surface = _Surface(net, exact, X, Y, l2, sample_weight, masks)
    chosen = _chosen(theta, entries)
    numeric = np.full(theta.vector.size, np.nan)
    h = surface.steps(step)
    numeric[chosen] = [surface.derivative(k, h[k]) for k in chosen.tolist()]
    return _report(theta, analytic.vector.astype(np.float64), numeric, abs(surface.J), len(chosen))


def _chosen(theta: Parameters, entries: Any) -> Array:
    size = theta.vector.size
    if entries is None:
        return np.arange(size)
    chosen = np.asarray(entries)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or not len(chosen):
        raise ParameterError(
            "The 'entries' parameter of check_gradients must be a one-dimensional array of whole numbers. "
            f"Got {chosen.dtype} of shape {chosen.shape}."
        )
    if int(chosen.min()) < 0 or int(chosen.max()) >= size:
        wrong = int(chosen.min()) if int(chosen.min()) < 0 else int(chosen.max())
        raise ParameterError(
            f"The 'entries' parameter of check_gradients must be places in theta.vector, from 0 to {size - 1}. "
            f"Got {wrong}."
        )
    return np.unique(chosen)


def _analytic(
    net: Network,
    theta: Parameters,
    X: Array,
    Y: Array,
    l2: float,
    sample_weight: Array | None,
    masks: Mapping[int, Array] | None,
) -> Gradients:
    cast = {l: np.asarray(mask, theta.dtype) for l, mask in (masks or {}).items()}
    return backward(net, theta, forward(net, theta, X, cast), Y, l2, sample_weight)


class _Surface:
    """The cost around one point, in float64."""

    def __init__(
        self,
        net: Network,
        theta: Parameters,
        X: Array,
        Y: Array,
        l2: float,
        sample_weight: Array | None,
        masks: Mapping[int, Array],
    ) -> None:
        self.net, self.theta, self.masks, self.l2 = net, theta, masks, l2
        self.run = forward(net, theta, X, masks)
        self.J = cost(net, theta, self.run, Y, l2, sample_weight)  # checks what is taken as it is below
        self.X, self.Y = self.run.X, np.asarray(Y, np.float64)
        self.w = None if sample_weight is None else np.asarray(sample_weight, np.float64).reshape(1, -1)
        self.kinked = [l for l in range(1, net.L + 1) if not activation(net.g[l]).smooth]
        self.side = loss(net.loss_choice).side
        self.sides = self._sides(self.run)

    def steps(self, step: float) -> Array:
        """Return h for each entry of the parameter vector."""
        h = Parameters.from_vector(self.net.layout, np.full_like(self.theta.vector, step))
        for l in range(1, self.net.L + 1):
            h.W[l] /= max(1.0, float(np.abs(self.run.A[l - 1]).max()))
        for table in h.E:
            if table is not None:
                table /= max(1.0, float(np.abs(self.theta.W[1]).max()))
        return h.vector

    def derivative(self, k: int, h: float) -> float:
        """Return ∂J/∂θ_k, or NaN where a kink is crossed on the way."""
        vector, centre = self.theta.vector, self.theta.vector[k]
        values = []
        try:
            for move in (-2, -1, 1, 2):
                vector[k] = centre + move * h
                run = forward(self.net, self.theta, self.X, self.masks, check=False)
                if any((now != before).any() for now, before in zip(self._sides(run), self.sides, strict=True)):
                    return float("nan")
                values.append(cost(self.net, self.theta, run, self.Y, self.l2, self.w, check=False))
        finally:
            vector[k] = centre
        return (8 * (values[2] - values[1]) - (values[3] - values[0])) / (12 * h)

    def _sides(self, run: Propagation) -> list[Array]:
        sides = [run.Z[l] > 0 for l in self.kinked]
        return sides if self.side is None else [*sides, self.side(run.Y_hat, self.Y)]


def _report(theta: Parameters, analytic: Array, numeric: Array, J: float, chosen: int) -> GradientCheck:
    floor = 1e-5 * max(1.0, J)
    errors = np.abs(analytic - numeric) / np.maximum(np.maximum(np.abs(analytic), np.abs(numeric)), floor)
    skipped = np.isnan(numeric)
    errors[~skipped & np.isnan(errors)] = np.inf  # a derivative that is itself NaN is as wrong as can be
    checked = int((~skipped).sum())
    worst = int(np.nanargmax(errors)) if checked else 0
    parameter, layer, index = _place(theta, worst)
    return GradientCheck(
        max_relative_error=float(errors[worst]) if checked else float("nan"),
        layer=layer,
        parameter=parameter,
        index=index,
        analytic=float(analytic[worst]),
        numeric=float(numeric[worst]),
        checked=checked,
        skipped=chosen - checked,
        tolerance=TOLERANCE[str(theta.dtype)],
        relative_errors=Gradients.from_vector(theta.layout, errors),
        numeric_gradients=Gradients.from_vector(theta.layout, numeric),
    )


def _place(theta: Parameters, k: int) -> tuple[str, int, tuple[int, int]]:
    # The name of entry k of the vector: all W in the order of the layers, then all b, then all E by columns.
    for parameter, arrays in (("W", theta.W), ("b", theta.b)):
        for l, array in enumerate(arrays[1:], start=1):
            if k < array.size:
                return parameter, l, (k // array.shape[1], k % array.shape[1])
            k -= array.size
    for j, table in enumerate(theta.E):
        if table is not None and k < table.size:
            return "E", j, (k % table.shape[0], k // table.shape[0])
        k -= 0 if table is None else table.size
    raise IndexError(k)
