"""Differentiation through whole graphs: the course's examples, shared nodes, long chains."""

import gc
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.errors import GraphError, ShapeError
from layerwise.graph import Graph, Variable, log, sigmoid, to_html, to_text
from layerwise.graph.differentiation import ancestors, derivatives


def test_the_example_of_the_course():
    a, b, c = Variable(5.0, "a"), Variable(3.0, "b"), Variable(2.0, "c")
    J = 3 * (a + b * c)
    J.backward()
    assert J.value == 33
    assert (a.grad, b.grad, c.grad) == (3, 6, 9)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_logistic_regression_of_notes_2_9(label):
    w1, w2, b = Variable(0.5, "w1"), Variable(-0.25, "w2"), Variable(0.1, "b")
    x1, x2, y = Variable(2.0, "x1"), Variable(3.0, "x2"), Variable(label, "y")
    z = w1 * x1 + w2 * x2 + b
    a = sigmoid(z)
    L = -(y * log(a) + (1 - y) * log(1 - a))
    L.backward()
    da = -label / a.value + (1 - label) / (1 - a.value)
    dz = a.value - label
    assert a.grad == pytest.approx(da, rel=1e-14)
    assert z.grad == pytest.approx(dz, rel=1e-14)
    assert w1.grad == pytest.approx(2 * dz, rel=1e-14)
    assert w2.grad == pytest.approx(3 * dz, rel=1e-14)
    assert b.grad == pytest.approx(dz, rel=1e-14)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=6), st.integers(-5, 5))
def test_a_polynomial_by_horner_has_its_derivative(coefficients, at):
    x = Variable(at)
    total = Variable(0.0)
    for coefficient in coefficients:
        total = total * x + coefficient
    total.backward()
    exact = np.polynomial.Polynomial(coefficients[::-1])
    assert total.value == exact(at)
    assert (x.grad if x.grad is not None else 0) == exact.deriv()(at)


def test_a_node_used_often_gets_the_sum():
    x = Variable(3.0)
    y = x + x
    (y * y + x).backward()
    assert x.grad == 8 * 3 + 1


def test_a_second_backward_starts_afresh():
    x = Variable(3.0)
    J = x * x
    J.backward()
    J.backward()
    assert x.grad == 6
    K = 5 * x
    K.backward()
    assert x.grad == 5
    assert J.grad == 1


def test_the_gradients_of_neighbours_share_no_writable_memory():
    a, b = Variable([1.0, 2.0]), Variable([3.0, 4.0])
    (a + b).sum().backward()
    with pytest.raises(ValueError, match="read-only"):
        a.grad[0] = 7.0
    (a * b).sum().backward()
    with pytest.raises(ValueError, match="read-only"):
        a.grad[0] = 7.0


def test_constants_have_no_derivative():
    x = Variable([1.0, 2.0])
    J = (x * np.array([3.0, 4.0])).sum()
    J.backward()
    constant = J.inputs[0].inputs[1]
    assert constant.constant
    assert constant.grad is None
    assert x.grad.tolist() == [3, 4]


def test_derivatives_stores_nothing():
    x = Variable(3.0)
    J = x * x
    assert derivatives(J)[x] == 6
    assert x.grad is None


def test_a_result_that_is_no_number_needs_a_seed():
    x = Variable([1.0, 2.0], "x")
    with pytest.raises(GraphError, match=r"J must be a single number. Got x with shape \(2,\). Use J.sum\(\)"):
        x.backward()
    with pytest.raises(ShapeError, match=r"seed must have the shape of J, \(2,\). Got \(3,\)"):
        x.backward([1, 2, 3])
    (x * x).backward([1.0, 10.0])
    assert x.grad.tolist() == [2, 40]


def test_a_seed_is_copied():
    x, seed = Variable([1.0, 2.0]), np.array([1.0, 1.0])
    (+x).backward(seed)
    seed[0] = 99
    assert x.grad.tolist() == [1, 1]


def test_a_result_with_one_entry_needs_no_seed():
    x = Variable([[2.0]])
    (x @ x).backward()
    assert x.grad.tolist() == [[4]]


def test_inputs_come_before_what_is_made_of_them():
    a, b = Variable(1.0), Variable(2.0)
    J = (a + b) * (a - b) / a
    order = ancestors(J)
    assert order[-1] is J
    for k, node in enumerate(order):
        assert all(one in order[:k] for one in node.inputs)


def test_a_chain_of_100_000_nodes():
    assert sys.getrecursionlimit() < 100_000
    x = Variable(1.0, "x")
    node = x
    for _ in range(100_000):
        node = node + 1.0
    node.backward()
    assert node.value == 100_001
    assert x.grad == 1
    assert repr(node) == "Variable(100001)"
    assert len(Graph(node)) == 100_001
    assert "99981 more nodes" in to_text(node, max_rows=20)
    assert "too large to draw" in to_html(node)
    del node, x
    gc.collect()


def test_a_chain_that_doubles_is_visited_once():
    node = x = Variable(1.0)
    for _ in range(60):
        node = node + node
    node.backward()
    assert x.grad == 2.0**60
