"""Functions of Variables, written as on the page: ``-(y * log(a) + (1 - y) * log(1 - a))``.

Each takes a Variable, a number or an array and returns a Variable. The derivatives are in
`layerwise.graph.operations`; the values neither overflow nor warn where the function itself is finite.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from layerwise.errors import GraphError
from layerwise.graph.variable import Variable, apply

__all__ = [
    "absolute",
    "erf",
    "exp",
    "expm1",
    "log",
    "maximum",
    "relu",
    "sigmoid",
    "softplus",
    "stack",
    "tanh",
    "where",
]


def exp(x: Any) -> Variable:
    """Return e^x, with derivative e^x.

    Examples
    --------
    >>> exp(Variable(0.0))
    Variable(1)
    """
    return apply("exp", x)


def expm1(x: Any) -> Variable:
    """Return e^x − 1 without loss of digits near 0, with derivative e^x.

    Examples
    --------
    >>> expm1(Variable(1e-12))
    Variable(1e-12)
    """
    return apply("expm1", x)


def log(x: Any) -> Variable:
    """Return the natural logarithm of x, with derivative 1/x.

    Examples
    --------
    >>> log(Variable(1.0))
    Variable(0)
    """
    return apply("log", x)


def tanh(x: Any) -> Variable:
    """Return tanh(x), with derivative 1 − tanh²(x) (notes 3.8).

    Examples
    --------
    >>> tanh(Variable(0.0))
    Variable(0)
    """
    return apply("tanh", x)


def sigmoid(x: Any) -> Variable:
    """Return a = σ(x) = 1 / (1 + e^(−x)), with derivative a (1 − a) (notes 2.9).

    Examples
    --------
    >>> sigmoid(Variable([-1e300, 0.0, 1e300]))
    Variable([0 0.5 1])
    """
    return apply("sigmoid", x)


def softplus(x: Any) -> Variable:
    """Return log(1 + e^x) = max(x, 0) + log(1 + e^(−|x|)), with derivative σ(x).

    Examples
    --------
    >>> softplus(Variable([-1e300, 1e300]))
    Variable([0 1e+300])
    """
    return apply("softplus", x)


def relu(x: Any) -> Variable:
    """Return max(x, 0), with derivative 1 for x > 0 and 0 for x <= 0.

    Examples
    --------
    >>> z = Variable([-1.0, 0.0, 2.0])
    >>> relu(z).sum().backward()
    >>> z.grad
    array([0., 0., 1.])
    """
    return apply("relu", x)


def absolute(x: Any) -> Variable:
    """Return |x|, with derivative sign(x), which is 0 at x = 0.

    Examples
    --------
    >>> absolute(Variable(-2.0))
    Variable(2)
    """
    return apply("absolute", x)


def erf(x: Any) -> Variable:
    """Return the error function 2/√π ∫₀ˣ e^(−t²) dt, with derivative 2/√π e^(−x²).

    Examples
    --------
    >>> erf(Variable(0.0))
    Variable(0)
    """
    return apply("erf", x)


def maximum(a: Any, b: Any) -> Variable:
    """Return the larger of a and b, entry by entry; the derivative goes to it, and at a tie to b.

    Examples
    --------
    >>> maximum(Variable([-1.0, 3.0]), 0)
    Variable([0 3])
    """
    return apply("maximum", a, b)


def stack(a: Any, b: Any) -> Variable:
    """Return the rows of a and, below them, the rows of b; each has its rows of the derivative.

    Examples
    --------
    >>> stack(Variable([[1.0, 2.0]]), Variable([[3.0, 4.0]])).value
    array([[1., 2.],
           [3., 4.]])
    """
    return apply("stack", a, b)


def where(condition: Any, a: Any, b: Any) -> Variable:
    """Return a where the condition holds and b elsewhere; the derivative goes to the one that was taken.

    Parameters
    ----------
    condition : array_like of bool
        Plain truth values, such as ``z.value > 0``: they have no derivative.
    a, b : Variable, number or array

    Raises
    ------
    GraphError
        If the condition is not made of truth values.

    Examples
    --------
    >>> z = Variable([-2.0, 3.0])
    >>> where(z.value > 0, z, 0.1 * z)
    Variable([-0.2 3])
    """
    if isinstance(condition, Variable) or np.asarray(condition).dtype != bool:
        raise GraphError(
            "where: condition must be an array of truth values, because a choice has no derivative; "
            f"use .value, as in where(z.value > 0, z, 0). Got {condition!r}."
        )
    return apply("where", a, b, condition=np.array(condition))
