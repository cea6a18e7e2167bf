"""Every row of the table of operations: its derivatives against central differences, its corners, its silence."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from layerwise.errors import GraphError
from layerwise.graph import Variable
from layerwise.graph.operations import OPERATIONS, UFUNCS, unbroadcast
from layerwise.graph.variable import apply

RNG = np.random.default_rng(8)


def points(*shape, low=-2.0, high=2.0):
    """Numbers at least 0.05 from 0 and from each other, where the kinks are."""
    n = int(np.prod(shape, dtype=int))
    grid = np.linspace(low, high, 2 * n + 1)[1::2] + 0.03
    return RNG.permutation(grid).reshape(shape)


def positive(*shape):
    return points(*shape, low=0.3, high=2.0)


REDUCTIONS = [(axis, keep) for axis in (None, 0, 1, -1, (0, 2)) for keep in (False, True)]
CASES = [
    *[(name, (points(2, 3), points(2, 3) + 0.01), {}) for name in ("add", "subtract", "multiply", "maximum")],
    *[(name, (points(2, 3), points(3)), {}) for name in ("add", "subtract", "multiply", "maximum")],
    ("divide", (points(2, 3), positive(2, 1)), {}),
    ("divide", (points(), points(4)), {}),
    ("power", (positive(2, 3), points(2, 3)), {}),
    ("power", (positive(2, 1), points(3)), {}),
    ("matmul", (points(2, 3), points(3, 4)), {}),
    ("matmul", (points(3), points(3)), {}),
    ("matmul", (points(3), points(3, 2)), {}),
    ("matmul", (points(2, 3), points(3)), {}),
    ("matmul", (points(5, 2, 3), points(3, 4)), {}),
    ("matmul", (points(2, 3), points(5, 3, 4)), {}),
    ("matmul", (points(5, 2, 3), points(3)), {}),
    ("matmul", (points(3), points(5, 3, 2)), {}),
    ("matmul", (points(4, 1, 2, 3), points(5, 3, 2)), {}),
    ("where", (points(2, 3), points(3)), {"condition": np.array([[True, False, True], [False, False, True]])}),
    ("where", (points(3), points()), {"condition": np.array([[True], [False]])}),
    *[(name, (points(2, 3),), {}) for name in ("identity", "negative", "exp", "expm1", "tanh", "absolute")],
    *[(name, (points(2, 3),), {}) for name in ("sigmoid", "relu", "softplus", "erf")],
    ("log", (positive(2, 3),), {}),
    *[("sum", (points(2, 3, 4),), {"axis": axis, "keepdims": keep}) for axis, keep in REDUCTIONS],
    *[("mean", (points(2, 3, 4),), {"axis": axis, "keepdims": keep}) for axis, keep in REDUCTIONS],
    ("reshape", (points(2, 3),), {"shape": (3, -1)}),
    ("transpose", (points(2, 3, 4),), {"axes": None}),
    ("transpose", (points(2, 3, 4),), {"axes": (1, 2, 0)}),
    ("transpose", (points(2, 3, 4),), {"axes": (-1, 0, -2)}),
    ("stack", (points(2, 3), points(1, 3)), {}),
    ("getitem", (points(4, 3),), {"index": 1}),
    ("getitem", (points(4, 3),), {"index": (slice(None, None, -2), -1)}),
    ("getitem", (points(4, 3),), {"index": (np.array([0, 2, 0, 0]), np.array([1, 1, 1, 2]))}),
    ("getitem", (points(4, 3),), {"index": (Ellipsis, None, 0)}),
    ("getitem", (points(4, 3),), {"index": points(4, 3) > 0}),
]


def central_difference(f, x, step=1e-5):
    derivative = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += step
        down[index] -= step
        derivative[index] = (f(up) - f(down)) / (2 * step)
    return derivative


@pytest.mark.parametrize(("name", "inputs", "options"), CASES, ids=lambda case: case if isinstance(case, str) else "")
def test_derivative_is_the_central_difference(name, inputs, options):
    nodes = [Variable(x) for x in inputs]
    result = apply(name, *nodes, **options)
    seed = np.cos(np.arange(result.size, dtype=float)).reshape(result.shape)
    result.backward(seed)
    for k, node in enumerate(nodes):

        def J(x, k=k):
            return (apply(name, *(x if j == k else y for j, y in enumerate(inputs)), **options).value * seed).sum()

        np.testing.assert_allclose(node.grad, central_difference(J, inputs[k]), rtol=1e-7, atol=1e-8)


def test_every_operation_has_a_case_and_a_derivative_for_each_input():
    assert {name for name, _, _ in CASES} == set(OPERATIONS)
    for name, inputs, _ in CASES:
        assert len(OPERATIONS[name].derivatives) == len(inputs)


@pytest.mark.parametrize(("name", "inputs", "options"), CASES, ids=lambda case: case if isinstance(case, str) else "")
def test_float32_stays_float32(name, inputs, options):
    nodes = [Variable(x.astype(np.float32)) for x in inputs]
    result = apply(name, *nodes, **options)
    result.backward(np.ones(result.shape))
    assert result.dtype == np.float32
    assert [node.grad.dtype for node in nodes] == [np.float32] * len(nodes)


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [("relu", (0.0,), [0]), ("absolute", (0.0,), [0]), ("maximum", (1.0, 1.0), [0, 1]), ("power", (0.0, 2.0), [0, 0])],
)
def test_the_stated_derivative_at_a_corner(name, at, expected):
    nodes = [Variable(x) for x in at]
    apply(name, *nodes).backward()
    assert [node.grad for node in nodes] == expected


def test_maximum_with_zero_is_relu():
    z, same = (Variable([-1.0, 0.0, 2.0]) for _ in range(2))
    z.relu().sum().backward()
    same.maximum(0).sum().backward()
    assert z.grad.tolist() == same.grad.tolist() == [0, 0, 1]


def test_the_power_zero_has_derivative_zero_even_at_zero():
    x = Variable([0.0, 2.0])
    (x**0).sum().backward()
    assert x.grad.tolist() == [0, 0]


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "tanh", "erf", "relu", "absolute"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_size_of_z_overflows_or_warns(name, dtype):
    largest = 1e4 if dtype == np.float32 else 1e300
    z = Variable(np.array([-largest, -800, -90, -1, 0, 1, 90, 800, largest], dtype))
    with np.errstate(all="raise"):
        result = apply(name, z)
        result.sum().backward()
    assert np.isfinite(result.value).all()
    assert np.isfinite(z.grad).all()


@pytest.mark.parametrize(
    ("name", "function", "slope"),
    [
        ("sigmoid", lambda z: 1 / (1 + mpmath.exp(-z)), lambda z: mpmath.exp(-z) / (1 + mpmath.exp(-z)) ** 2),
        ("softplus", lambda z: mpmath.log1p(mpmath.exp(z)), lambda z: 1 / (1 + mpmath.exp(-z))),
        ("erf", mpmath.erf, lambda z: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-z * z)),
    ],
)
@given(at=st.floats(-30, 30))
@settings(deadline=None, max_examples=50)
def test_values_and_derivatives_against_mpmath(name, function, slope, at):
    z = Variable(at)
    result = apply(name, z)
    result.backward()
    with mpmath.workdps(40):
        assert abs(float(function(mpmath.mpf(at))) - result.value) <= 1e-15 * (1 + abs(at))
        assert abs(float(slope(mpmath.mpf(at))) - z.grad) <= 2e-15


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_unbroadcast_is_the_transpose_of_broadcasting(shapes):
    # ⟨broadcast(x), d⟩ = ⟨x, unbroadcast(d)⟩ for all x and d
    shape, full = shapes.input_shapes[0], shapes.result_shape
    x, d = points(*shape), np.sin(np.arange(np.prod(full, dtype=int))).reshape(full)
    folded = unbroadcast(d, shape)
    assert folded.shape == shape
    assert np.vdot(np.broadcast_to(x, full), d) == pytest.approx(np.vdot(x, folded), abs=1e-12)


def test_a_negative_base_takes_whole_exponents_only():
    assert (Variable(-2.0) ** 3).value == -8
    with pytest.raises(GraphError, match=r"power: a negative base .* Got base -2 and exponent 0.5. Use absolute"):
        Variable(-2.0) ** 0.5


def test_a_negative_base_has_no_derivative_by_its_exponent():
    base, exponent = Variable(-2.0), Variable(2.0)
    J = base**exponent
    with pytest.raises(GraphError, match=r"v log\(base\), which needs base >= 0. Got base -2. Give the exponent as"):
        J.backward()
    assert base.grad is None


def test_numpy_functions_stand_for_their_operations():
    assert UFUNCS[np.matmul] == "matmul"
    assert UFUNCS[np.power] == "power"
    for ufunc, name in UFUNCS.items():
        inputs = [positive(2, 2) for _ in range(ufunc.nin)]
        assert ufunc(*map(Variable, inputs)).operation is OPERATIONS[name]
        np.testing.assert_array_equal(ufunc(*map(Variable, inputs)).value, ufunc(*inputs))
