"""What a network is: `Network` (sizes, activations, loss, embeddings) and its `Parameters` (W, b, E)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np

from layerwise.checks import COUNT
from layerwise.errors import NetworkWarning, ParameterError
from layerwise.layout import Array, Embedding, Layout, check_size, join_layers, layer_views
from layerwise.vocabulary import ACTIVATIONS, LOSS_OF_OUTPUT, LOSSES, OUTPUT_OF_LOSS, Choice, choose

__all__ = ["Array", "Embedding", "LayerArrays", "Layout", "Network", "Parameters"]


@dataclass(frozen=True, init=False, repr=False)
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
    embeddings : sequence of Embedding, optional
        One for each of the last rows of X, which then hold positions u; the rows before them are plain numbers. A[0]
        stacks the plain numbers and the output of each embedding, E[j] c(u), so that n[0] counts their widths, and X
        has `n_x` rows, n[0] − Σ (width − 1).

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

    Three numbers, and 40 towns by vectors of 2 numbers each:

    >>> towns = Network((3 + 2, 8, 1), ("relu", "identity"), embeddings=[Embedding(positions=40, dimension=2)])
    >>> towns.n_x, towns.layout.tables
    (4, ((2, 40),))

    References
    ----------
    Course notes 2.2 (logistic regression), 3.2 (counting layers), week 4 "notation" (L layers).
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    embeddings: tuple[Embedding, ...]
    g: tuple[Any, ...] = field(repr=False, compare=False)
    loss_choice: Any = field(repr=False, compare=False)
    layout: Layout = field(repr=False, compare=False)

    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[str],
        loss: Any = None,
        embeddings: Sequence[Embedding] = (),
    ) -> None:
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
        entries = _checked_embeddings(embeddings, numbers[0])
        for name, value in (
            ("sizes", numbers),
            ("activations", tuple(str(choice) for choice in g)),
            ("loss", str(chosen)),
            ("embeddings", entries),
            ("g", (None, *g)),
            ("loss_choice", chosen),
            ("layout", Layout(numbers, tuple(entry.shape for entry in entries))),
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
        """Units by layer number: n[0] = n_x without embeddings, n[L] = n_y."""
        return self.sizes

    @property
    def n_x(self) -> int:
        """The rows of X: n[0], where each embedding takes one row in place of its width."""
        return self.sizes[0] - sum(entry.width - 1 for entry in self.embeddings)

    @property
    def n_parameters(self) -> int:
        """How many numbers W[1..L], b[1..L] and E hold: the sum of n[l] (n[l-1] + 1), and the sizes of the tables."""
        return self.layout.n_parameters

    def to_config(self) -> dict[str, Any]:
        """Return sizes, activations, loss and, where there are any, embeddings as plain JSON values.

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
        config = {"sizes": list(self.sizes), "activations": list(self.activations), "loss": self.loss}
        return config | ({"embeddings": [asdict(entry) for entry in self.embeddings]} if self.embeddings else {})

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Network:
        """Build the network that `to_config` described, without the advice that its construction gave."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NetworkWarning)
            embeddings = [Embedding(**entry) for entry in config.get("embeddings", ())]
            return cls(**{**config, "embeddings": embeddings})

    def __repr__(self) -> str:
        embeddings = f", embeddings={self.embeddings!r}" if self.embeddings else ""
        return f"Network(sizes={self.sizes!r}, activations={self.activations!r}, loss={self.loss!r}{embeddings})"


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


def _checked_embeddings(embeddings: Any, n_0: int) -> tuple[Embedding, ...]:
    if not isinstance(embeddings, Sequence) or not all(isinstance(entry, Embedding) for entry in embeddings):
        raise ParameterError(
            "The 'embeddings' parameter of Network must be a sequence of Embedding, such as "
            f"[Embedding(positions=7, dimension=3)]. Got {embeddings!r} instead."
        )
    width = sum(entry.width for entry in embeddings)
    if width > n_0:
        raise ParameterError(
            f"The 'sizes' parameter of Network must begin with n[0] of at least {width}, the widths of its embeddings "
            f"together: n[0] is the plain inputs and those. Got {n_0}."
        )
    return tuple(embeddings)


class LayerArrays:
    """Arrays by layer that are views of one flat vector, and stay so: what `Parameters` and gradients share."""

    __slots__ = ("layout", "vector")

    layout: Layout
    vector: Array

    @classmethod
    def from_vector(cls, layout: Layout | tuple[int, ...], vector: Array) -> Self:
        """Lay the arrays over `vector` without a copy; their shapes follow from a `Layout`, or from sizes alone."""
        laid = cls.__new__(cls)
        laid._attach(Layout.of(layout), vector)
        return laid

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units by layer, n[0] first."""
        return self.layout.sizes

    def _attach(self, layout: Layout, vector: Array) -> None:
        raise NotImplementedError

    def __setattr__(self, name: str, value: Any) -> None:
        if value is not getattr(self, name):  # as it is after theta.vector -= step
            raise AttributeError(
                f"{type(self).__name__}: {name} cannot be replaced. Set the array of a layer, or vector[...]."
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_vector, (self.layout, self.vector)  # a deep copy's arrays are views again


class Parameters(LayerArrays):
    """The weights and biases of a network, by layer number, and the tables of its embeddings.

    Conventions
    -----------
    ``W[l]`` is (n[l], n[l-1]) and ``b[l]`` is (n[l], 1), l = 1..L; ``W[0]`` and ``b[0]`` are None. ``E[j]`` belongs to
    embedding j = 0, 1, ... and is (d, K), or (d, K − 1) where it is ordered; None where nothing is learnt. All of them
    are views of one array, ``vector``: every W in the order of the layers, then every b, then every E, column after
    column, so that an update rule is one equation on one array. To set ``theta.W[l]``, ``theta.b[l]`` or
    ``theta.E[j]`` is to set its part of the vector.

    Parameters
    ----------
    W, b : sequence of array_like
        One array a layer, with or without a leading None for the input. float32 and float64 stay as they
        are; anything else becomes float64. The arrays are copied.
    E : sequence of array_like or None, optional
        One table for each embedding, None for one without.

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

    __slots__ = ("E", "W", "b")

    W: list[Any]
    b: list[Any]
    E: list[Any]

    def __init__(self, W: Sequence[Any], b: Sequence[Any], E: Sequence[Any] = ()) -> None:
        self._attach(*join_layers(W, b, E))

    def _attach(self, layout: Layout, vector: Array) -> None:
        check_size(layout, vector)
        fix = object.__setattr__
        fix(self, "layout", layout)
        fix(self, "vector", vector)

    def __getattr__(self, name: str) -> Any:  # W, b and E when they are asked for: many parameters never are
        if name not in Parameters.__slots__:
            raise AttributeError(f"Parameters have no {name!r}.")
        for each, views in zip(("W", "b", "E"), layer_views(self.layout, self.vector), strict=True):
            object.__setattr__(self, each, views)
        return object.__getattribute__(self, name)

    @property
    def n_weights(self) -> int:
        """How many entries of ``vector`` belong to the W; the biases and the tables follow them."""
        return self.layout.n_weights

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
        copied, fix = Parameters.__new__(Parameters), object.__setattr__
        fix(copied, "layout", self.layout)
        fix(copied, "vector", self.vector.astype(dtype))  # of the size of this one, at which nobody looks again
        return copied

    def copy(self) -> Parameters:
        """Return a copy that shares no memory."""
        return self.astype(self.dtype)

    def __repr__(self) -> str:
        return f"Parameters({'-'.join(map(str, self.sizes))}, {self.dtype}, {self.vector.size} numbers)"
