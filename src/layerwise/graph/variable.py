"""`Variable`: a number or an array that remembers how it was computed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from layerwise.errors import GraphError, ParameterError, ShapeError
from layerwise.graph.differentiation import derivatives
from layerwise.graph.operations import OPERATIONS, UFUNCS, Operation
from layerwise.network import Array

__all__ = ["Variable", "apply"]

_serials = itertools.count()


class Variable:
    r"""A node of a computation graph: its value, its name, and the operation that made it.

    .. math::
        \frac{dJ}{dx} = \sum_{v \text{ made from } x} \frac{dJ}{dv} \frac{\partial v}{\partial x}

    Variables are computed with like NumPy arrays: ``+ - * / ** @``, indexing, ``.T``, the methods below, the
    functions of `layerwise.graph`, and NumPy's elementwise functions of the same names, ``np.exp(x)``.
    Numbers and arrays that take part become constants of the graph, which have no derivative. Arithmetic is
    carried out at once; `backward` then goes through the graph from the end to the beginning.

    Parameters
    ----------
    value : array_like
        A number or an array; copied. float32 and float64 stay as they are, anything else becomes float64.
    name : str, optional
        What drawings and tables call it.

    Attributes
    ----------
    name : str or None
        May be set at any time.
    operation, inputs, settings
        The row of the table of operations that made this node, the nodes it took and its settings;
        None, () and {} for a node that was given.
    constant : bool
        True for a number or array that took part in an operation, and for what was made of such alone.

    Raises
    ------
    GraphError
        If the value is not made of real numbers.

    Examples
    --------
    >>> a, b, c = Variable(5.0, "a"), Variable(3.0, "b"), Variable(2.0, "c")
    >>> J = 3 * (a + b * c)
    >>> J.backward()
    >>> print(J.value, a.grad, b.grad, c.grad)
    33.0 3.0 6.0 9.0

    References
    ----------
    Course notes 2.7 and 2.8. Griewank and Walther, Evaluating Derivatives, 2nd ed. 2008, chapter 3.
    """

    __slots__ = (
        "_grad",
        "array",
        "constant",
        "inputs",
        "name",
        "operation",
        "serial",
        "settings",
    )

    _grad: Array | None
    array: Array
    constant: bool
    inputs: tuple[Variable, ...]
    name: str | None
    operation: Operation | None
    serial: int
    settings: Mapping[str, Any]

    def __init__(self, value: Any, name: str | None = None) -> None:
        if name is not None and not isinstance(name, str):
            raise ParameterError(f"The 'name' parameter of Variable must be a string or None. Got {name!r} instead.")
        self._record(_as_floats("Variable", value).copy())
        self.name = name

    def _record(
        self,
        array: Array,
        operation: Operation | None = None,
        inputs: tuple[Variable, ...] = (),
        settings: Mapping[str, Any] | None = None,
        constant: bool = False,
    ) -> Variable:
        array.flags.writeable = False  # a recorded number that changed later would make the derivatives wrong
        self.array, self.operation, self.inputs = array, operation, inputs
        self.settings, self.constant = settings or {}, constant
        self.name, self._grad, self.serial = None, None, next(_serials)
        return self

    @property
    def value(self) -> Any:
        """The number, or the array, read-only."""
        return self.array[()]

    @property
    def grad(self) -> Any:
        """The derivative of J by this node, of its shape; None before ``J.backward()``, and for constants."""
        return None if self._grad is None else self._grad[()]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value; () for a number."""
        return self.array.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.array.ndim

    @property
    def size(self) -> int:
        """How many numbers the value holds."""
        return self.array.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self.array.dtype

    def named(self, name: str) -> Variable:
        """Set the name and return the node itself, for use inside a formula.

        Examples
        --------
        >>> u = (Variable(3.0, "b") * Variable(2.0, "c")).named("u")
        >>> u
        Variable(6, 'u')
        """
        self.name = name
        return self

    def backward(self, seed: Any = None) -> None:
        """Compute the derivative of this node by every node that it depends on, and put it in their `grad`.

        Each call computes all of them afresh: nothing is added to an earlier call's numbers. Nodes that this
        one does not depend on keep what they have.

        Parameters
        ----------
        seed : array_like, optional
            The derivative of the final result by this node, of its shape; 1 where this node is the result.

        Raises
        ------
        GraphError
            If this node is not a single number and there is no seed, or an operation has no derivative here.
        ShapeError
            If the seed has another shape.

        Examples
        --------
        >>> x = Variable([1.0, 2.0, 3.0], "x")
        >>> (x * x).backward([1.0, 0.0, 10.0])
        >>> x.grad
        array([ 2.,  0., 60.])
        """
        # All are computed before the first is stored, so that an error leaves no graph half differentiated.
        for node, d in derivatives(self, seed).items():
            d.flags.writeable = False
            node._grad = d

    def sum(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Variable:
        """Return the sum over all entries, or along `axis`."""
        return apply("sum", self, axis=axis, keepdims=keepdims)

    def mean(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Variable:
        """Return the mean over all entries, or along `axis`."""
        return apply("mean", self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Variable:
        """Return the same entries in another shape, ``x.reshape(2, 3)`` or ``x.reshape((2, 3))``."""
        return apply("reshape", self, shape=_unpacked(shape))

    def transpose(self, *axes: Any) -> Variable:
        """Return the node with its axes in the given order, reversed where none is given."""
        return apply("transpose", self, axes=_unpacked(axes) or None)

    @property
    def T(self) -> Variable:
        """The transpose."""
        return self.transpose()

    def exp(self) -> Variable:
        """Return e^x; see `layerwise.graph.exp`."""
        return apply("exp", self)

    def log(self) -> Variable:
        """Return the natural logarithm; see `layerwise.graph.log`."""
        return apply("log", self)

    def tanh(self) -> Variable:
        """Return tanh(x); see `layerwise.graph.tanh`."""
        return apply("tanh", self)

    def sigmoid(self) -> Variable:
        """Return 1 / (1 + e^(−x)); see `layerwise.graph.sigmoid`."""
        return apply("sigmoid", self)

    def relu(self) -> Variable:
        """Return max(x, 0); see `layerwise.graph.relu`."""
        return apply("relu", self)

    def maximum(self, other: Any) -> Variable:
        """Return the larger of the two, entry by entry; see `layerwise.graph.maximum`."""
        return apply("maximum", self, other)

    def __add__(self, other: Any) -> Variable:
        return apply("add", self, other)

    def __radd__(self, other: Any) -> Variable:
        return apply("add", other, self)

    def __sub__(self, other: Any) -> Variable:
        return apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Variable:
        return apply("subtract", other, self)

    def __mul__(self, other: Any) -> Variable:
        return apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Variable:
        return apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Variable:
        return apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> Variable:
        return apply("divide", other, self)

    def __pow__(self, other: Any) -> Variable:
        return apply("power", self, other)

    def __rpow__(self, other: Any) -> Variable:
        return apply("power", other, self)

    def __matmul__(self, other: Any) -> Variable:
        return apply("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Variable:
        return apply("matmul", other, self)

    def __neg__(self) -> Variable:
        return apply("negative", self)

    def __pos__(self) -> Variable:
        return apply("identity", self)

    def __abs__(self) -> Variable:
        return apply("absolute", self)

    def __getitem__(self, index: Any) -> Variable:
        return apply("getitem", self, index=index)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("A Variable that holds one number has no length.")
        return self.shape[0]

    def __iter__(self) -> Iterator[Variable]:
        return (self[k] for k in range(len(self)))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Variable:
        """Stand in for NumPy's functions, so that ``array * x`` and ``np.exp(x)`` are nodes too."""
        if ufunc in UFUNCS and method == "__call__" and not options:
            return apply(UFUNCS[ufunc], *inputs)
        call = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
        call += f" with {', '.join(options)}=" if options else ""
        known = ", ".join(sorted(f"np.{one.__name__}" for one in UFUNCS))
        raise GraphError(
            f"{call} does not take a Variable. Build it from the operations of layerwise.graph, of which "
            f"{known} are the same, or use .value for the plain array."
        )

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Variable:
        """Refuse NumPy's other functions, which would lose the graph without a word."""
        raise GraphError(
            f"np.{function.__name__} does not take a Variable. Use the method of Variable or the function of "
            "layerwise.graph that does it, or .value for the plain array."
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Refuse ``np.array(x)``, which would leave the graph without a word."""
        raise GraphError("A Variable does not turn into an array by itself. Use .value for the plain array.")

    def __float__(self) -> float:
        raise GraphError("float() of a Variable would leave the graph. Use .value for the plain number.")

    def __int__(self) -> int:
        raise GraphError("int() of a Variable would leave the graph. Use .value for the plain number.")

    def __bool__(self) -> bool:
        raise GraphError(
            "A Variable is neither true nor false: a choice has no derivative. Use .value in a condition, "
            "or maximum and where inside the graph."
        )

    def __repr__(self) -> str:
        from layerwise.graph.rendering.numbers import one_line

        name = "" if self.name is None else f", {self.name!r}"
        return f"Variable({one_line(self.array)}{name})"

    def _repr_html_(self) -> str:
        from layerwise.graph.rendering import to_html

        return to_html(self)


@np.errstate(under="ignore")  # what underflows is zero to the last bit
def apply(name: str, *inputs: Any, **settings: Any) -> Variable:
    """Carry out one operation of the table and return its node.

    Raises
    ------
    GraphError
        If an input is no number, or the operation has no real value there.
    ShapeError
        If the shapes do not fit each other.
    """
    operation = OPERATIONS[name]
    # A bare number takes the floating type of its partners, so that 3 * x stays float32.
    types = [one.dtype for one in inputs if isinstance(one, Variable)]
    plain = np.result_type(*types) if types else np.dtype(np.float64)
    nodes = tuple(one if isinstance(one, Variable) else _constant(name, one, plain) for one in inputs)
    try:
        value = operation.value(*(node.array for node in nodes), **settings)
    except GraphError:
        raise
    except ValueError as error:
        shapes = " and ".join(f"{node.name or 'an unnamed node'} {node.shape}" for node in nodes)
        raise ShapeError(f"{name}: the shapes must fit NumPy's rules. Got {shapes}: {error}") from None
    array = np.asarray(value, np.result_type(*(node.dtype for node in nodes)))
    # A view of its own, for the flag that makes it read-only.
    return Variable.__new__(Variable)._record(
        array.view(), operation, nodes, settings, all(node.constant for node in nodes)
    )


def _constant(owner: str, value: Any, plain: np.dtype[Any]) -> Variable:
    array = np.array(value, plain) if isinstance(value, int | float) else _as_floats(owner, value).copy()
    return Variable.__new__(Variable)._record(array, constant=True)


def _as_floats(owner: str, value: Any) -> Array:
    if isinstance(value, Variable):
        raise GraphError(f"{owner}: the value is a Variable already. Use it as it is, or its .value for a new start.")
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiub":
        raise GraphError(
            f"{owner}: a node must hold real numbers. Got {type(value).__name__} of dtype {array.dtype}: "
            "give a number, a Variable or an array of numbers."
        )
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def _unpacked(given: tuple[Any, ...]) -> tuple[int, ...]:
    """Read ``f(2, 3)`` and ``f((2, 3))`` alike."""
    return tuple(given[0]) if len(given) == 1 and not isinstance(given[0], int | np.integer) else given
