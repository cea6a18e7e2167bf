"""The functions of Variables, by their values and their one refusal."""

import math

import numpy as np
import pytest

from layerwise import graph
from layerwise.errors import GraphError
from layerwise.graph import Variable, maximum, where

VALUES = {
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "relu": lambda x: max(x, 0.0),
    "absolute": abs,
    "erf": math.erf,
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("wrap", [Variable, float, lambda x: np.array(x)])
def test_values(name, wrap):
    result = getattr(graph, name)(wrap(0.7))
    assert isinstance(result, Variable)
    assert result.value == pytest.approx(VALUES[name](0.7), rel=1e-15)


def test_a_function_of_a_plain_number_is_constant():
    assert graph.exp(0.7).constant
    assert not graph.exp(Variable(0.7)).constant


def test_maximum_and_where():
    z = Variable([-2.0, 3.0])
    assert maximum(1.0, z).value.tolist() == [1, 3]
    chosen = where(z.value > 0, z, 0.5 * z)
    assert chosen.value.tolist() == [-1, 3]
    chosen.sum().backward()
    assert z.grad.tolist() == [0.5, 1]


def test_the_condition_is_a_copy():
    z, condition = Variable([1.0, 2.0]), np.array([True, False])
    J = where(condition, z, 0).sum()
    condition[:] = False
    J.backward()
    assert z.grad.tolist() == [1, 0]


@pytest.mark.parametrize("condition", [Variable([1.0]), [1, 0], 0.5])
def test_a_condition_must_be_truth_values(condition):
    with pytest.raises(GraphError, match="where: condition must be an array of truth values"):
        where(condition, Variable([1.0, 2.0]), 0)


def test_all_is_sorted_and_true():
    assert graph.__all__ == sorted(graph.__all__)
    assert all(hasattr(graph, name) for name in graph.__all__)
