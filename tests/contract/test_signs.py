"""Parameters that keep their signs, and the networks that are monotone because of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import layerwise as lw
from contract.runs import RULES, data, start
from layerwise.engines import ENGINES
from layerwise.equations import backward, forward
from layerwise.equations.optimizers import OPTIMIZERS
from layerwise.equations.regularizers import project

NET = lw.Network((2, 5, 3, 1), ("tanh", "relu", "sigmoid"))
X, Y = data(m=30)


def drawn_signs(net, seed=0):
    return lw.Parameters.from_vector(net.sizes, np.random.default_rng(seed).integers(-1, 2, net.n_parameters) * 1.0)


@pytest.mark.parametrize("optimizer", RULES)
def test_every_step_ends_with_the_projection(train, optimizer):
    signs, rule, state = drawn_signs(NET), OPTIMIZERS[optimizer](), None
    result = train(NET, X, Y, epochs=20, optimizer=optimizer, signs=signs, initial=start(NET.sizes))
    theta = project(start(NET.sizes), signs.vector)
    for _ in range(20):
        theta, state = rule.step(theta, backward(NET, theta, forward(NET, theta, X), Y), state)
        theta = project(theta, signs.vector)
    np.testing.assert_allclose(result.parameters.vector, theta.vector, rtol=1e-7, atol=1e-10)
    assert (signs.vector * result.parameters.vector >= 0).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(2, 5, 3, 1), (2, 70, 40, 1)])
def test_averages_best_ones_and_those_of_callbacks_have_the_signs(train, dtype, sizes):
    net, seen = lw.Network(sizes, ("tanh", "relu", "sigmoid")), []
    look = type("Look", (), {"on_epoch_end": lambda self, state: seen.append(state.parameters.vector)})()
    signs = drawn_signs(net)
    options = {"validation": data(m=9, seed=9), "averaging": 0.9, "clip_norm": 0.5, "callbacks": [look]}
    result = train(net, X, Y, epochs=6, batch_size=7, optimizer="adam", learning_rate=0.1, signs=signs, l2=0.1,
                   early_stopping=3, dtype=dtype, **options)  # fmt: skip
    for vector in (*seen, result.parameters.vector, result.progress.parameters.vector):
        assert (signs.vector * vector >= 0).all()
    assert (result.parameters.vector[signs.vector == 0] < 0).any()


def test_free_signs_are_no_signs(train):
    free = lw.Parameters.from_vector(NET.sizes, np.zeros(NET.n_parameters))
    one, other = (train(NET, X, Y, epochs=3, signs=signs) for signs in (None, free))
    assert one.parameters.vector.tobytes() == other.parameters.vector.tobytes()


def test_an_infinity_is_not_projected_away(train):
    net = lw.Network((1, 1), ("identity",))
    signs = lw.Parameters([[[1.0]]], [[[0.0]]])
    with pytest.warns(lw.errors.DivergenceWarning, match=r"W\[1\] of layer 1 is not finite in step 1 of epoch 1"):
        result = train(net, [[1e150]], [[-1e150]], learning_rate=1e200, signs=signs, epochs=3,
                       initial=lw.Parameters([[[1.0]]], [[[0.0]]]))  # fmt: skip
    assert result.parameters.W[1] == 1.0


INCREASING = ("sigmoid", "tanh", "relu", "elu", "softplus", "leaky_relu(slope=0.1)")


def monotone(net, j):
    """The signs that let no output fall in x_j."""
    theta = lw.Parameters.from_vector(net.sizes, np.zeros(net.n_parameters))
    for l in range(2, net.L + 1):
        theta.W[l][...] = 1
    theta.W[1][:, j] = 1
    return theta


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 20), min_size=0, max_size=3),
    st.sampled_from(INCREASING),
    st.sampled_from(("identity", "sigmoid")),
    st.sampled_from(RULES),
    st.booleans(),
    st.integers(0, 99),
)
def test_the_output_never_falls_in_an_increasing_input(engine, hidden, g, output, optimizer, averaged, seed):
    rng = np.random.default_rng(seed)
    net = lw.Network((3, *hidden, 2), (*[g] * len(hidden), output))
    X, j = rng.normal(size=(3, 40)), seed % 3
    Y = np.vstack([X[:1] - X[1:2] > 0, X[2:] > 0.3]).astype(float)  # it would like to fall in x_1
    theta = lw.train(net, X, Y, epochs=8, batch_size=11, optimizer=optimizer, signs=monotone(net, j), seed=seed,
                     averaging=0.8 * averaged, engine=engine, dtype="float64").parameters  # fmt: skip
    line = np.repeat(rng.normal(size=(3, 1)), 50, axis=1)
    line[j] = np.sort(rng.normal(size=50) * 3)
    Y_hat = lw.predict(net, theta, line)
    assert (np.diff(Y_hat, axis=1) >= -1e-12 * np.abs(Y_hat).max()).all()
