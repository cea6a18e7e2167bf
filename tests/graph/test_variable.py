"""`Variable`: what it computes, what type it keeps, and what it refuses."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.errors import GraphError, ParameterError, ShapeError
from layerwise.graph import Variable

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
A, B = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.5, -1.5], [2.0, 3.0]])


@pytest.mark.parametrize("operate", [*BINARY, operator.matmul], ids=lambda f: f.__name__)
def test_operators_compute_as_numpy_does_with_a_variable_on_either_side(operate):
    expected = operate(A, B)
    for left, right in ((Variable(A), Variable(B)), (Variable(A), B), (A, Variable(B))):
        result = operate(left, right)
        assert isinstance(result, Variable)
        np.testing.assert_array_equal(result.value, expected)


@pytest.mark.parametrize("operate", BINARY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("number", [2, 2.5, True, np.float64(3), np.int32(2)])
def test_numbers_take_part_on_either_side(operate, number):
    np.testing.assert_array_equal(operate(Variable(A), number).value, operate(A, float(number)))
    result = operate(number, Variable(A))
    assert isinstance(result, Variable)
    np.testing.assert_array_equal(result.value, operate(float(number), A))


def test_the_reflected_derivatives_go_to_the_variable():
    x = Variable(A)
    (B - x).sum().backward()
    np.testing.assert_array_equal(x.grad, -np.ones((2, 2)))
    (B @ x).sum().backward()
    np.testing.assert_array_equal(x.grad, B.T @ np.ones((2, 2)))


def test_unary_operators():
    x = Variable(B)
    np.testing.assert_array_equal((-x).value, -B)
    np.testing.assert_array_equal((+x).value, B)
    np.testing.assert_array_equal(abs(x).value, abs(B))


def test_methods_compute_as_numpy_does():
    x = Variable(A)
    np.testing.assert_array_equal(x.sum(axis=0).value, A.sum(axis=0))
    np.testing.assert_array_equal(x.mean(axis=1, keepdims=True).value, A.mean(axis=1, keepdims=True))
    np.testing.assert_array_equal(x.reshape(4, 1).value, A.reshape(4, 1))
    np.testing.assert_array_equal(x.reshape((1, -1)).value, A.reshape(1, -1))
    np.testing.assert_array_equal(x.reshape(-1).value, A.reshape(-1))
    np.testing.assert_array_equal(x.T.value, A.T)
    np.testing.assert_array_equal(x.transpose(1, 0).value, A.T)
    np.testing.assert_array_equal(x.transpose((0, 1)).value, A)
    np.testing.assert_array_equal(x.exp().value, np.exp(A))
    np.testing.assert_array_equal(x.log().value, np.log(A))
    np.testing.assert_array_equal(x.tanh().value, np.tanh(A))
    np.testing.assert_allclose(x.sigmoid().value, 1 / (1 + np.exp(-A)), rtol=1e-15)
    np.testing.assert_array_equal(Variable(B).relu().value, np.maximum(B, 0))
    np.testing.assert_array_equal(x.maximum(B).value, np.maximum(A, B))


def test_indexing_and_iteration():
    x = Variable(A)
    assert x[1, 0].value == 3
    np.testing.assert_array_equal(x[:, 1].value, A[:, 1])
    first, second = x
    assert (len(x), first.value.tolist(), second.value.tolist()) == (2, [1, 2], [3, 4])
    with pytest.raises(IndexError, match=r"out of bounds"):
        x[2]
    with pytest.raises(TypeError, match=r"no length"):
        list(Variable(1.0))


def test_properties():
    x = Variable(A, "x")
    assert (x.shape, x.ndim, x.size, x.dtype, x.name) == ((2, 2), 2, 4, np.float64, "x")
    assert x.grad is None
    assert Variable(2.0).shape == ()


@pytest.mark.parametrize("value", [3, True, [1, 2], np.arange(3), np.float16(2), np.arange(2, dtype=np.uint8)])
def test_other_numbers_become_float64(value):
    assert Variable(value).dtype == np.float64


@pytest.mark.parametrize("operate", BINARY, ids=lambda f: f.__name__)
def test_a_bare_number_leaves_float32_alone(operate):
    x = Variable(A.astype(np.float32))
    assert operate(x, 2.5).dtype == np.float32
    assert operate(2.5, x).dtype == np.float32
    assert operate(x, A).dtype == np.float64


def test_a_float32_node_keeps_a_float32_derivative_in_a_float64_graph():
    x = Variable(A.astype(np.float32))
    (x * A).sum().backward()
    assert x.grad.dtype == np.float32


def test_the_value_is_a_copy_and_cannot_be_changed():
    array = np.array([1.0, 2.0])
    x = Variable(array)
    array[0] = 99
    assert x.value.tolist() == [1, 2]
    for node in (x, x[:1], x.T, x + 1, +x):
        with pytest.raises(ValueError, match=r"read-only"):
            node.value[0] = 5.0


def test_a_constant_array_is_a_copy():
    x, array = Variable([1.0, 2.0]), np.array([3.0, 4.0])
    J = (x * array).sum()
    array[0] = 99
    J.backward()
    assert x.grad.tolist() == [3, 4]


def test_names():
    x = Variable(1.0)
    assert x.name is None
    assert x.named("x") is x
    assert repr(x) == "Variable(1, 'x')"
    assert repr(Variable([1.0, -2.5])) == "Variable([1 -2.5])"
    with pytest.raises(ParameterError, match=r"'name' parameter of Variable must be a string or None. Got 3 instead"):
        Variable(1.0, 3)


def test_equality_is_identity_so_that_nodes_are_keys():
    x, y = Variable(1.0), Variable(1.0)
    assert x != y
    assert len({x, y, x}) == 2


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_the_product_rule(u, v):
    x, y = Variable(u), Variable(v)
    (x * y).backward()
    assert (x.grad, y.grad) == (v, u)


@pytest.mark.parametrize("value", ["text", None, 1j, [[1], [1, 2]], object()])
def test_only_real_numbers_make_a_node(value):
    with pytest.raises(GraphError, match=r"Variable: a node must hold real numbers. Got .* of dtype"):
        Variable(value)
    with pytest.raises(GraphError, match=r"add: a node must hold real numbers"):
        Variable(1.0) + value


def test_a_variable_of_a_variable_is_refused():
    with pytest.raises(GraphError, match=r"a Variable already. Use it as it is, or its .value"):
        Variable(Variable(1.0))


@pytest.mark.parametrize(
    ("leave", "message"),
    [
        (bool, "neither true nor false: a choice has no derivative"),
        (float, r"float\(\) of a Variable would leave the graph. Use .value"),
        (int, r"int\(\) of a Variable would leave the graph. Use .value"),
        (np.asarray, "does not turn into an array by itself. Use .value"),
        (lambda x: np.array([x, x]), "does not turn into an array by itself"),
        (np.sin, r"np.sin does not take a Variable. .* np.exp, .*np.tanh are the same, or use .value"),
        (lambda x: np.add.reduce(x), "np.add.reduce does not take a Variable"),
        (lambda x: np.exp(x, out=np.zeros(1)), "np.exp with out= does not take a Variable"),
        (np.sum, "np.sum does not take a Variable. Use the method"),
        (lambda x: np.concatenate([x, x]), "np.concatenate does not take a Variable"),
    ],
)
def test_nothing_leaves_the_graph_without_a_word(leave, message):
    with pytest.raises(GraphError, match=message):
        leave(Variable([1.0]))


def test_an_array_cannot_take_a_variable_in_place():
    array = np.zeros(2)
    with pytest.raises(GraphError, match=r"np.add with out= does not take a Variable"):
        array += Variable([1.0, 2.0])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: x + np.ones(4),
        lambda x: x @ np.ones((4, 4)),
        lambda x: x.sum(axis=5),
        lambda x: x.reshape(5),
        lambda x: x.transpose(0, 1, 2),
    ],
)
def test_shapes_that_do_not_fit_are_named(wrong):
    with pytest.raises(ShapeError, match=r"the shapes must fit NumPy's rules. Got x \(2, 3\)"):
        wrong(Variable(np.ones((2, 3)), "x"))


def test_notebooks_get_the_drawing():
    assert "<svg " in Variable(1.0, "x")._repr_html_()
