"""`Graph`: labels, formulas, and nodes by name."""

import numpy as np
import pytest

from layerwise.errors import GraphError
from layerwise.graph import Graph, Variable, exp, where


@pytest.fixture
def course():
    a, b, c = Variable(5.0, "a"), Variable(3.0, "b"), Variable(2.0, "c")
    return Graph((3 * (a + b * c)).named("J"), aliases={"first": "a"})


def test_nodes_without_a_name_are_numbered_in_the_order_of_computation(course):
    assert course.names == ("a", "b", "c", "v1", "v2", "J")
    assert [course.formula(node) for node in course] == ["", "", "", "b * c", "a + v1", "3 * v2"]
    assert course["v2"].value == 11
    assert len(course) == 6
    assert repr(course) == "<Graph of J: 6 nodes>"


def test_a_number_steps_aside_for_a_name_that_is_taken():
    x = Variable(1.0, "v1")
    assert Graph(exp(-x)).names == ("v1", "v2", "v3")


def test_second_names(course):
    assert course["first"] is course["a"]
    assert course.title(course["a"]) == "a = first"
    assert "first" in course
    assert "v1" in course
    assert "z" not in course


def test_a_name_that_no_node_has(course):
    with pytest.raises(GraphError, match=r"The graph has no node 'firts'. Did you mean 'first'\?"):
        course["firts"]


def test_a_name_that_two_nodes_have():
    graph = Graph(Variable(1.0, "a") + Variable(2.0, "a"))
    with pytest.raises(GraphError, match=r"'a' must be that of one node. Got 2 nodes: rename them"):
        graph["a"]


def test_nodes_beside_the_result():
    x = Variable(1.0, "x")
    J, aside = (2 * x).named("J"), exp(x).named("aside")
    assert "aside" not in Graph(J)
    assert Graph(J, beside=(aside,))["aside"] is aside


def test_of_takes_both(course):
    assert Graph.of(course) is course
    assert Graph.of(course.J).J is course.J


@pytest.mark.parametrize(
    ("make", "formula"),
    [
        (lambda x: x.sum(), "sum(x)"),
        (lambda x: x.sum(axis=0, keepdims=True), "sum(x, axis=0)"),
        (lambda x: x.T, "transpose(x)"),
        (lambda x: x.transpose(1, 0), "transpose(x, axes=(1, 0))"),
        (lambda x: x.reshape(4, -1), "reshape(x, (4, -1))"),
        (lambda x: x[1:, ::2], "x[1:, ::2]"),
        (lambda x: x[..., -1], "x[..., -1]"),
        (lambda x: x[np.array([0, 0])], "x[array (2,)]"),
        (lambda x: x**-2, "x ** -2"),
        (lambda x: x + np.ones((2, 2)), "x + constant (2, 2)"),
        (lambda x: where(x.value > 0, x, 0), "where(condition, x, 0)"),
        (abs, "|x|"),
        (lambda x: -x, "-x"),
    ],
)
def test_formulas(make, formula):
    J = make(Variable(A := np.array([[1.0, 2.0], [3.0, 4.0]]), "x"))
    assert A.shape == (2, 2)
    assert Graph(J).formula(J) == formula


def test_braces_in_a_name_are_only_letters():
    J = exp(Variable(1.0, "{0}{nope}"))
    assert Graph(J).formula(J) == "exp({0}{nope})"


def test_notebooks_get_the_drawing(course):
    assert "<svg " in course._repr_html_()
