"""Every ailment is found where it was planted, and a healthy network is told nothing."""

import numpy as np
import pytest

import layerwise as lw
from layerwise.errors import DataError, DivergenceWarning, NetworkWarning, ShapeError
from layerwise.training.diagnosis import CODES

rng = np.random.default_rng(0)
X = rng.normal(size=(3, 50))
Y = (X[:1] > 0).astype(float)


def codes(net, theta, X=X, Y=Y):
    return [(found.code, found.layer) for found in lw.diagnose(net, theta, X, Y)]


@pytest.mark.parametrize("hidden", ["tanh", "leaky_relu", "gelu"])
def test_a_healthy_network_is_told_nothing(hidden):
    net = lw.Network((3, 8, 8, 1), (hidden, hidden, "sigmoid"))
    assert codes(net, lw.initialize(net, seed=1)) == []


def test_linear_hidden_layers():
    with pytest.warns(NetworkWarning, match="Every hidden layer of this network is linear"):
        net = lw.Network((3, 4, 4, 1), ("identity", "identity", "sigmoid"))
    (found,) = lw.diagnose(net, lw.initialize(net, seed=1), X, Y)
    assert (found.code, found.layer, found.severe) == ("linear_hidden_layers", 1, True)
    assert "Every one of the 2 hidden layers has" in found.evidence
    assert "'relu'" in found.cure


def test_one_linear_layer_among_others_is_no_ailment():
    net = lw.Network((3, 4, 4, 1), ("identity", "tanh", "sigmoid"))
    assert codes(net, lw.initialize(net, seed=1)) == []


def test_zero_weights():
    net = lw.Network((3, 4, 5, 1), ("tanh", "tanh", "sigmoid"))
    with pytest.warns(NetworkWarning, match="Zero weights make all units of a hidden layer equal"):
        theta = lw.initialize(net, method="zeros")
    found = lw.diagnose(net, theta, X, Y)
    assert [(one.code, one.layer) for one in found] == [("symmetric_units", 1), ("symmetric_units", 2)]
    assert "Its 4 units have only 1 different set of weights (all of them 0)." in found[0].evidence


def test_zero_weights_without_a_hidden_layer_are_fine():
    net = lw.Network((3, 1), ("sigmoid",))
    assert codes(net, lw.initialize(net, method="zeros")) == []


def test_symmetry_that_the_output_breaks_is_no_ailment():
    net = lw.Network((3, 2, 1), ("tanh", "sigmoid"))
    theta = lw.Parameters(W=[np.ones((2, 3)), [[1.0, -1.0]]], b=[np.zeros((2, 1)), [[0.0]]])
    assert codes(net, theta) == []


def test_two_equal_units_among_many_are_not_severe():
    net = lw.Network((3, 8, 1), ("tanh", "sigmoid"))
    theta = lw.initialize(net, seed=1)
    theta.W[1][1], theta.W[2][:, 1] = theta.W[1][0], theta.W[2][:, 0]
    (found,) = lw.diagnose(net, theta, X, Y)
    assert (found.code, found.severe) == ("symmetric_units", False)
    assert "8 units have only 7 different" in found.evidence


def test_sigmoid_in_a_hidden_layer():
    net = lw.Network((3, 4, 4, 1), ("tanh", "sigmoid", "sigmoid"))
    (found,) = lw.diagnose(net, lw.initialize(net, seed=1), X, Y)
    assert (found.code, found.layer, found.severe) == ("sigmoid_hidden", 2, False)


@pytest.mark.parametrize(("labels", "cure"), [(Y, "'sigmoid'"), (np.vstack([Y, 1 - Y]), "'softmax'")])
def test_a_linear_output_for_labels(labels, cure):
    net = lw.Network((3, 4, len(labels)), ("tanh", "identity"))
    (found,) = lw.diagnose(net, lw.initialize(net, seed=1), X, labels)
    assert (found.code, found.layer) == ("linear_output_for_labels", 2)
    assert cure in found.cure


def test_a_linear_output_for_numbers_is_fine():
    net = lw.Network((3, 4, 1), ("tanh", "identity"))
    assert codes(net, lw.initialize(net, seed=1), Y=X[:1]) == []


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_saturated_units(name):
    net = lw.Network((3, 4, 1), (name, "sigmoid"))
    theta = lw.initialize(net, seed=1)
    theta.b[1][:3] = 50.0
    (found,) = [one for one in lw.diagnose(net, theta, X, Y) if one.code == "saturated_units"]
    assert (found.layer, found.severe) == (1, True)
    assert "3 of 4 units" in found.evidence


def test_dead_relu():
    net = lw.Network((3, 4, 1), ("relu", "sigmoid"))
    theta = lw.initialize(net, seed=1)
    theta.b[1][0] = -100.0
    (found,) = lw.diagnose(net, theta, X, Y)
    assert (found.code, found.layer, found.severe) == ("dead_relu", 1, False)
    assert found.evidence == "1 of 4 units are 0 for every example."
    theta.b[1][:3] = -100.0
    assert lw.diagnose(net, theta, X, Y)[0].severe


@pytest.mark.parametrize(("scale", "code"), [(0.01, "vanishing_gradients"), (100.0, "exploding_gradients")])
def test_the_scale_of_the_gradients(scale, code):
    net = lw.Network((3, 5, 5, 5, 5, 1), ("leaky_relu",) * 4 + ("sigmoid",))
    theta = lw.initialize(net, seed=1)
    theta.weights[...] *= scale
    assert (code, 1) in codes(net, theta)


def test_what_is_not_finite_comes_first_and_alone():
    net = lw.Network((3, 4, 4, 1), ("sigmoid", "tanh", "sigmoid"))
    theta = lw.initialize(net, seed=1)
    theta.W[2][1, 1] = np.nan
    (found,) = lw.diagnose(net, theta, X, Y)
    assert (found.code, found.layer) == ("not_finite", 2)
    assert str(found).startswith("layer 2, not_finite: Z[2] holds NaN or infinity. ")


def test_severe_ones_come_first():
    net = lw.Network((3, 4, 4, 1), ("sigmoid", "relu", "identity"))
    theta = lw.initialize(net, seed=1)
    theta.b[2][...] = -100.0
    found = lw.diagnose(net, theta, X, Y)
    severity = [one.severe for one in found]
    assert severity == sorted(severity, reverse=True)
    assert len(set(severity)) == 2


def test_bad_input():
    net = lw.Network((3, 4, 1), ("tanh", "sigmoid"))
    theta = lw.initialize(net, seed=1)
    with pytest.raises(ShapeError, match=r"diagnose: X must have shape \(n_x, m\) with n_x = 3"):
        lw.diagnose(net, theta, X.T, Y)
    with pytest.raises(DataError, match=r"diagnose: with the loss 'binary_cross_entropy' every value of Y"):
        lw.diagnose(net, theta, X, 2 * Y)


def test_over_half_of_a_layer_that_hardly_works():
    net = lw.Network((3, 4, 1), ("relu", "sigmoid"))
    theta = lw.initialize(net, seed=1)
    theta.W[1][:3], theta.b[1][:3] = [1.0, 0.0, 0.0], -np.sort(X[0])[-2]  # only the largest x_1 is above
    (found,) = lw.diagnose(net, theta, X, Y)
    assert (found.code, found.layer, found.severe) == ("inactive_units", 1, False)
    assert found.evidence == "3 of 4 units are 0 for at least 95% of the examples."
    assert found.facts == {"inactive": 3, "units": 4, "examples": 0.95}


@pytest.mark.parametrize(
    ("ratio", "found"),
    [(1e-6, ("small_updates", False)), (0.2, ("large_updates", False)), (3, ("large_updates", True))],
)
def test_steps_that_are_far_too_small_or_too_large(ratio, found):
    net = lw.Network((3, 8, 1), ("tanh", "sigmoid"))
    theta = lw.initialize(net, seed=1)
    update = theta.copy()
    update.vector[...] *= ratio
    told = lw.diagnose(net, theta, X, Y, update=update)
    assert [(one.code, one.severe, one.layer) for one in told] == [(*found, 1), (*found, 2)]
    assert told[0].facts["ratio"] == ratio
    update.vector[...] = theta.vector * 1e-3
    assert lw.diagnose(net, theta, X, Y, update=update) == []


def test_the_first_steps_from_zero_are_not_too_large():
    net = lw.Network((3, 1), ("sigmoid",))
    theta, update = lw.initialize(net, seed=1, method="zeros"), lw.initialize(net, seed=1, method="zeros")
    update.W[1][...] = 0.1
    theta.W[1][...] = 0.05  # moved by twice its size, as in the second step of gradient descent
    assert lw.diagnose(net, theta, X, Y, update=update) == []
    theta.W[1][...], update.W[1][...] = 1.0, 2.0
    assert [one.code for one in lw.diagnose(net, theta, X, Y, update=update)] == ["large_updates"]


def test_an_update_of_another_network():
    net, other = lw.Network((3, 8, 1), ("tanh", "sigmoid")), lw.Network((3, 1), ("sigmoid",))
    with pytest.raises(ShapeError, match=r"diagnose: update must have the sizes of theta"):
        lw.diagnose(net, lw.initialize(net, seed=1), X, Y, update=lw.initialize(other, seed=1))


def test_where_a_run_diverged_comes_first():
    net = lw.Network((3, 8, 8, 1), ("relu", "relu", "identity"))
    with pytest.warns(DivergenceWarning, match="Training stopped"):
        result = lw.train(net, X, Y, learning_rate=1e6, epochs=50)
    first = lw.diagnose(net, result.parameters, X, Y, divergence=result.divergence)[0]
    where = result.divergence
    assert (first.code, first.layer) == ("diverged", where.layer or 1)
    assert first.evidence.startswith(f"{where.tensor} is the first that is not finite, in step 1 of epoch")
    assert first.facts == {"tensor": where.tensor, "epoch": where.epoch + 1, "step": 1}


def test_the_facts_are_what_the_sentences_say():
    net = lw.Network((3, 4, 4, 1), ("sigmoid", "relu", "identity"))
    theta = lw.initialize(net, seed=1)
    theta.b[2][...] = -100.0
    for found in lw.diagnose(net, theta, X, Y):
        assert found.code in CODES
        assert found.facts
        hash(found)
        for value in found.facts.values():
            shown = value if isinstance(value, str) else f"{value:.0%}" if found.code[:6] == "linear" else f"{value:g}"
            assert shown in found.evidence + found.cure
