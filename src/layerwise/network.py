"""What a network is: `Network` (sizes, activations, loss) and its `Parameters` (W, b)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from layerwise.checks import COUNT
from layerwise.errors import DataError, NetworkWarning, ParameterError, ShapeError
from layerwise.vocabulary import ACTIVATIONS, LOSS_OF_OUTPUT, LOSSES, OUTPUT_OF_LOSS, Choice, choose

__all__ = ["Array", "LayerArrays", "Network", "Parameters"]

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, init=False)
class Network:
    r"""A dense network: layer sizes, one activation a layer, and the loss.

    .. math::
        A^{[0]} = X, \qquad Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}, \qquad A^{[l]} = g^{[l]}(Z^{[l]}),
        \qquad \hat{Y} = A^{[L]}

    Parameters
    ----------
    sizes : sequence of int
        ``(n[0], n[1], ..., n[L])``: units a layer, n[0] = n_x inputs first. The input is not counted as a layer.
    activations : sequence of str
        One name a layer, g[1] to g[L]. Hidden layers: identity (linear), sigmoid, tanh, relu,
        leaky_relu, elu, selu, gelu, silu, mish, softplus; the output also softmax and exp. A setting is
        written behind the name: ``"leaky_relu(slope=0.2)"``.
    loss : str or Loss, optional
        binary_cross_entropy, categorical_cross_entropy, squared_error, absolute_error, ``huber(delta=1)``,
        poisson or ``quantile(q=0.5)``. None picks by the output activation: sigmoid gives the binary and
        softmax the categorical cross-entropy, exp gives poisson, every other the squared error. A
        `layerwise.equations.losses.Loss` is one of your own, which the NumPy engine trains with.

    Raises
    ------
    ParameterError
        If a size, an activation or the loss is unknown, or the three do not fit each other.

    Warns
    -----
    NetworkWarning
        If the network has hidden layers and all of them are linear: it is then a linear model (notes 3.7).

    Examples
    --------
    >>> net = Network((2, 4, 1), activations=("tanh", "sigmoid"))
    >>> net.L, net.loss
    (2, 'binary_cross_entropy')
    >>> logistic_regression = Network((5, 1), ("sigmoid",))

    References
    ----------
    Course notes 2.2 (logistic regression), 3.2 (counting layers), week 4 "notation" (L layers).
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    g: tuple[Any, ...] = field(repr=False, compare=False)
    loss_choice: Any = field(repr=False, compare=False)

    def __init__(self, sizes: Sequence[int], activations: Sequence[str], loss: Any = None) -> None:
        if isinstance(sizes, str) or not isinstance(sizes, Sequence | np.ndarray) or len(sizes) < 2:
            raise ParameterError(
                "The 'sizes' parameter of Network must list at least two sizes, inputs first and outputs last, "
                f"such as (2, 4, 1). Got {sizes!r} instead."
            )
        numbers = tuple(COUNT.check("Network", f"sizes[{l}]", size) for l, size in enumerate(sizes))
        if isinstance(activations, str) or not isinstance(activations, Sequence):
            raise ParameterError(
                "The 'activations' parameter of Network must be a sequence with one name a layer, such as "
                f"('tanh', 'sigmoid'). Got {activations!r} instead."
            )
        if len(activations) != len(numbers) - 1:
            raise ParameterError(
                f"The 'activations' parameter of Network must have one name for each of the L = {len(numbers) - 1} "
                f"layers, the input not counted. Got {len(activations)}: {tuple(activations)!r}."
            )
        g = tuple(choose("activation", name, ACTIVATIONS) for name in activations)
        output = g[-1].name
        chosen: Any = loss
        if not callable(getattr(loss, "derivative", None)):
            chosen = choose("loss", LOSS_OF_OUTPUT.get(output, "squared_error") if loss is None else loss, LOSSES)
        _check_fit(numbers, g, chosen)
        for name, value in (
            ("sizes", numbers),
            ("activations", tuple(str(choice) for choice in g)),
            ("loss", str(chosen)),
            ("g", (None, *g)),
            ("loss_choice", chosen),
        ):
            object.__setattr__(self, name, value)
        if len(g) > 1 and all(choice.name == "identity" for choice in g[:-1]):
            warnings.warn(
                "Every hidden layer of this network is linear, so the whole is one linear function of X, however "
                "many layers it has. Use 'relu' or 'tanh' in the hidden layers (course notes, 3.7).",
                NetworkWarning,
                stacklevel=2,
            )

    @property
    def L(self) -> int:
        """The number of layers, the input not counted."""
        return len(self.sizes) - 1

    @property
    def n(self) -> tuple[int, ...]:
        """Units by layer number: n[0] = n_x, n[L] = n_y."""
        return self.sizes

    @property
    def n_parameters(self) -> int:
        """How many numbers W[1..L] and b[1..L] hold: the sum of n[l] (n[l-1] + 1)."""
        return sum(n * (before + 1) for before, n in pairwise(self.sizes))

    def to_config(self) -> dict[str, Any]:
        """Return sizes, activations and loss as plain JSON values.

        Raises
        ------
        ParameterError
            If the loss is one of your own, which is code.
        """
        if not isinstance(self.loss_choice, Choice):
            raise ParameterError(
                "A network with a loss of your own cannot be described by names, as in a model file. "
                "Keep Network(net.sizes, net.activations) and the parameters: predictions need no loss."
            )
        return {"sizes": list(self.sizes), "activations": list(self.activations), "loss": self.loss}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Network:
        """Build the network that `to_config` described, without the advice that its construction gave."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NetworkWarning)
            return cls(**config)


def _check_fit(sizes: tuple[int, ...], g: tuple[Choice, ...], loss: Choice) -> None:
    for l, choice in enumerate(g[:-1], start=1):
        if choice.name in ("softmax", "exp"):
            raise ParameterError(f"The activation {choice.name!r} is for the output layer. Got it in layer {l}.")
    output = g[-1].name
    if output == "softmax" and sizes[-1] == 1:
        raise ParameterError("A softmax over one unit is always 1: use 'sigmoid', or a unit for each class.")
    wanted = OUTPUT_OF_LOSS.get(loss.name, output)
    if output != wanted:
        raise ParameterError(f"The loss {loss.name!r} needs the output activation {wanted!r}. Got {output!r}.")


class LayerArrays:
    """Arrays by layer that are views of one flat vector, and stay so: what `Parameters` and gradients share."""

    __slots__ = ("sizes", "vector")

    sizes: tuple[int, ...]
    vector: Array

    @classmethod
    def from_vector(cls, sizes: tuple[int, ...], vector: Array) -> Self:
        """Lay the arrays over `vector` without a copy; their shapes follow from `sizes`."""
        laid = cls.__new__(cls)
        laid._attach(sizes, vector)
        return laid

    def _attach(self, sizes: tuple[int, ...], vector: Array) -> None:
        raise NotImplementedError

    def __setattr__(self, name: str, value: Any) -> None:
        if value is not getattr(self, name):  # as it is after theta.vector -= step
            raise AttributeError(
                f"{type(self).__name__}: {name} cannot be replaced. Set the array of a layer, or vector[...]."
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_vector, (self.sizes, self.vector)  # a deep copy's arrays are views again


class Parameters(LayerArrays):
    """The weights and biases of a network, by layer number.

    Conventions
    -----------
    ``W[l]`` is (n[l], n[l-1]) and ``b[l]`` is (n[l], 1), l = 1..L; ``W[0]`` and ``b[0]`` are None. All of them
    are views of one array, ``vector``: every W in the order of the layers, then every b, so that an update
    rule is one equation on one array. To set ``theta.W[l]`` or ``theta.b[l]`` is to set its part of the vector.

    Parameters
    ----------
    W, b : sequence of array_like
        One array a layer, with or without a leading None for the input. float32 and float64 stay as they
        are; anything else becomes float64. The arrays are copied.

    Raises
    ------
    ShapeError, DataError
        If a shape does not follow from its neighbours, or an array does not hold numbers.

    Examples
    --------
    >>> theta = Parameters(W=[[[1.0, 2.0]]], b=[[[0.5]]])
    >>> theta.W[1].shape, theta.b[1].shape, theta.vector
    ((1, 2), (1, 1), array([1. , 2. , 0.5]))
    """

    __slots__ = ("W", "b")

    W: list[Any]
    b: list[Any]

    def __init__(self, W: Sequence[Any], b: Sequence[Any]) -> None:
        self._attach(*join_layers(W, b))

    def _attach(self, sizes: tuple[int, ...], vector: Array) -> None:
        W, b = layer_views(sizes, vector)
        fix = object.__setattr__
        fix(self, "sizes", sizes)
        fix(self, "vector", vector)
        fix(self, "W", W)
        fix(self, "b", b)

    @property
    def n_weights(self) -> int:
        """How many entries of ``vector`` belong to the W; the biases follow them."""
        return sum(n * before for before, n in pairwise(self.sizes))

    @property
    def weights(self) -> Array:
        """All W as one flat view: the entries that L2 and weight decay act on."""
        return self.vector[: self.n_weights]

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self.vector.dtype

    def astype(self, dtype: Any) -> Parameters:
        """Return a copy in another floating type."""
        return Parameters.from_vector(self.sizes, self.vector.astype(dtype))

    def copy(self) -> Parameters:
        """Return a copy that shares no memory."""
        return self.astype(self.dtype)

    def __repr__(self) -> str:
        return f"Parameters({'-'.join(map(str, self.sizes))}, {self.dtype}, {self.vector.size} numbers)"


class _Views(list[Any]):
    """Arrays by layer, all views of one vector: to set one is to copy into its place, so that it stays a view."""

    def __setitem__(self, l: Any, array: Any) -> None:
        if isinstance(l, slice):
            for k, each in zip(range(*l.indices(len(self))), array, strict=True):
                self[k] = each
            return
        view = self[l]
        if view is None or np.shape(array) != view.shape:
            raise ShapeError(
                f"Parameters: the array of layer {l} must keep its shape {np.shape(view)}. Got {np.shape(array)}."
            )
        view[...] = array


def layer_views(sizes: tuple[int, ...], vector: Array) -> tuple[list[Any], list[Any]]:
    """Return the lists W and b, index 0 None, as views of one flat array."""
    W, b = _Views((None,)), _Views((None,))
    start = 0
    for before, n in pairwise(sizes):
        W.append(vector[start : start + n * before].reshape(n, before))
        start += n * before
    for n in sizes[1:]:
        b.append(vector[start : start + n].reshape(n, 1))
        start += n
    if start != vector.size:
        raise ShapeError(f"Parameters: the sizes {sizes} need a vector of {start} numbers. Got {vector.size}.")
    return W, b


def join_layers(W: Sequence[Any], b: Sequence[Any], prefix: str = "") -> tuple[tuple[int, ...], Array]:
    """Return the sizes and one flat vector of W[1..L], b[1..L]; with the prefix "d" the messages say dW and db.

    Raises
    ------
    ShapeError, DataError
        If they do not form a chain, or are not numbers.
    """
    weights, biases = _by_layer(prefix + "W", W), _by_layer(prefix + "b", b)
    arrays = (*weights, *biases)
    sizes = _layer_sizes(weights, biases, prefix)
    dtype = np.result_type(*(a.dtype if a.dtype in (np.float32, np.float64) else np.float64 for a in arrays))
    return sizes, np.concatenate([a.astype(dtype).reshape(-1) for a in arrays])


def _layer_sizes(W: Sequence[Array], b: Sequence[Array], symbol: str) -> tuple[int, ...]:
    if len(W) != len(b) or not W:
        raise ShapeError(
            f"Parameters: {symbol}W and {symbol}b must have one array for each layer. Got {len(W)} and {len(b)}."
        )
    sizes: list[int] = []
    for l, (weight, bias) in enumerate(zip(W, b, strict=True), start=1):
        shape, bias_shape = weight.shape, bias.shape
        before = sizes[-1] if sizes else (shape[1] if len(shape) == 2 else "n[0]")
        if len(shape) != 2 or shape[1] != before:
            raise ShapeError(f"{symbol}W[{l}] must have shape (n[{l}], n[{l - 1}]) = (n[{l}], {before}). Got {shape}.")
        if bias_shape != (shape[0], 1):
            cure = f" Use b.reshape({shape[0]}, 1)." if bias_shape == (shape[0],) else ""
            raise ShapeError(f"{symbol}b[{l}] must have shape (n[{l}], 1) = ({shape[0]}, 1). Got {bias_shape}.{cure}")
        sizes = [*(sizes or [shape[1]]), shape[0]]
    return tuple(sizes)


def _by_layer(symbol: str, arrays: Sequence[Any]) -> list[Array]:
    try:
        listed = list(arrays)
    except TypeError:
        raise ShapeError(f"Parameters: {symbol} must list an array for each layer. Got {arrays!r}.") from None
    if listed and listed[0] is None:
        listed = listed[1:]
    if any(a is None for a in listed):
        raise ShapeError(f"Parameters: {symbol} must have an array for each layer 1..L. Got None among them.")
    return [as_numbers("Parameters", f"{symbol}[{l}]", a) for l, a in enumerate(listed, start=1)]


def as_numbers(owner: str, symbol: str, values: Any) -> Array:
    """Return `values` as an array of real numbers of whatever type, or raise a DataError."""
    try:
        array = np.asarray(values)
        if array.dtype.kind in "fiub":
            return array
    except ValueError:  # rows of different lengths
        pass
    kind = f"an array of {values.dtype}" if hasattr(values, "dtype") else type(values).__name__
    raise DataError(f"{owner}: {symbol} must be an array of numbers. Got {kind}.")
