"""What a learner gets wrong is answered in the words of the course, not in Python's."""

import copy
import threading
import time

import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import ENGINES
from layerwise.equations import Gradients, backward, cost, forward, label_smoothing
from layerwise.equations.metrics import Metric
from layerwise.equations.optimizers import Adam, GradientDescent, UpdateRule
from layerwise.equations.schedules import Cosine, OneCycle, WarmUp
from layerwise.errors import (
    DataError,
    DivergenceWarning,
    ModelFileError,
    ParameterError,
    ShapeError,
    did_you_mean,
)
from layerwise.storage import write_model_file
from layerwise.testing import check_gradients

NET = lw.Network((2, 3, 1), ("tanh", "sigmoid"))
THETA = lw.initialize(NET, seed=1)
X = np.random.default_rng(0).normal(size=(2, 8))
Y = (X[:1] > 0).astype(float)
RUN = forward(NET, THETA, X)
OTHER = lw.Network((2, 1), ("sigmoid",))
OTHER_RUN = forward(OTHER, lw.initialize(OTHER), X)
OTHER_GRADIENTS = Gradients(dW=[np.ones((1, 2))], db=[np.ones((1, 1))])
every_engine = pytest.mark.parametrize("engine", ENGINES)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: forward(NET, X, THETA), ParameterError, "forward: .* its Parameters. Got Network and nd"),
        (lambda: forward(NET, None, X), ParameterError, "Got Network and NoneType"),
        (lambda: cost(NET, THETA, RUN.Y_hat, Y), ParameterError, "'run' parameter of cost must be what forward"),
        (lambda: backward(NET, THETA, OTHER_RUN, Y), ShapeError, r"the sizes \(2, 3, 1\). Got \(2, 1"),
        (lambda: cost(NET, THETA, RUN, Y, l2=-1.0), ParameterError, "'l2' parameter of cost"),
        (lambda: backward(NET, THETA, RUN, Y, l2=float("nan")), ParameterError, "'l2' parameter of backward"),
        (lambda: forward(NET, THETA, X, {1: np.ones((8, 3))}), ShapeError, r"masks\[1\] .* \(3, 8\). Got \(8"),
        (lambda: forward(NET, THETA, X, {2: np.ones((1, 8))}), ShapeError, "hidden layers 1 to 1. Got one for layer 2"),
        (lambda: Adam().step(THETA, None), ShapeError, r"Adam.step: grad must be Gradients .* Got NoneType"),
        (lambda: Adam().step(THETA, OTHER_GRADIENTS), ShapeError, r"the sizes of theta, \(2, 3, 1\). Got \(2, 1\)"),
        (lambda: check_gradients(NET, THETA, X, Y, gradients=[1]), ShapeError, "Got list"),
        (lambda: check_gradients(NET, THETA, X, Y, step=0), ParameterError, "'step' parameter of check_gradients"),
        (lambda: lw.Parameters(W=None, b=None), ShapeError, "W must list an array for each layer. Got None"),
        (lambda: lw.Parameters.from_vector((2, 1), np.zeros(9)), ShapeError, "need a vector of 3 numbers. Got 9"),
        (lambda: lw.EarlyStopping(restore_best="no"), ParameterError, "'restore_best' parameter .* Got 'no'"),
        (lambda: lw.EarlyStopping(monitor="acuracy"), ParameterError, "Unknown monitor 'acuracy'. Did you mean 'accur"),
        (lambda: lw.EarlyStopping(monitor=3), ParameterError, "^Unknown monitor 3. Known: accuracy, auc"),
        (lambda: Metric("cost", max, True), ParameterError, "'name' parameter of Metric must be .* than 'cost'.* Got"),
        (lambda: Metric("m", 3, True), ParameterError, "'function' parameter of Metric must be a function .* Got 3"),
        (lambda: Metric("m", max, 1), ParameterError, "'greater_is_better' parameter of Metric must be a bool. Got 1"),
        (lambda: label_smoothing(Y, -0.1), ParameterError, r"'rate' parameter of label_smoothing .*\[0, 1\). Got -0.1"),
        (lambda: label_smoothing(Y[0], 0.1), ShapeError, r"label_smoothing: Y must have shape \(n_y, m\). Got \(8,\)"),
        (lambda: label_smoothing(Y, 0.1, classes=0), ParameterError, "'classes' parameter of label_smoothing"),
        (lambda: lw.train(NET, np.ma.masked_greater(X, 1), Y), DataError, "X must have no masked entries"),
        (lambda: lw.train(NET, X, Y, sample_weight=np.full(8, 1e38)), DataError, "the sum of sample_weight must be"),
        (lambda: lw.Network((2, 1), ("ReLU",)), ParameterError, "Did you mean 'relu'"),
        (lambda: lw.Network((2, 1), ("identity",), "mse"), ParameterError, "Did you mean 'squared_error'"),
        (lambda: lw.train(NET, X, Y, optimizer="sgd"), ParameterError, "Did you mean 'gradient_descent'"),
        (lambda: lw.save(lw.TrainingResult, "m"), ParameterError, "must be a trained model"),
    ],
)  # fmt: skip
def test_slips(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_class_numbers_for_softmax_name_the_helper():
    net = lw.Network((2, 3), ("softmax",))
    for labels in (np.zeros(8, int), np.zeros((1, 8), int)):
        with pytest.raises(ShapeError, match=r"Y must have shape \(n_y, m\) with n_y = 3.* layerwise.one_hot"):
            lw.train(net, X, labels)


def test_one_rate_in_an_array_is_a_rate():
    one, other = (lw.train(NET, X, Y, epochs=3, dropout=rate).parameters for rate in (0.5, np.array(0.5)))
    np.testing.assert_array_equal(one.vector, other.vector)


@pytest.mark.parametrize("name", ["W", "b", "vector", "sizes"])
def test_parts_of_parameters_cannot_be_replaced(name):
    theta = THETA.copy()
    with pytest.raises(AttributeError, match=f"Parameters: {name} cannot be replaced. Set the array"):
        setattr(theta, name, None)
    theta.vector -= 1.0
    theta.W[1:] = [np.zeros((3, 2)), np.ones((1, 3))]
    np.testing.assert_array_equal(theta.vector[:9], [0] * 6 + [1] * 3)
    with pytest.raises(AttributeError, match="Gradients: dW cannot be replaced"):
        OTHER_GRADIENTS.dW = []


@every_engine
def test_a_running_average_that_overflows_is_a_divergence(engine):
    net = lw.Network((1, 1), ("identity",), "absolute_error")
    far = np.array([[1e20, -1e20]])
    with pytest.warns(DivergenceWarning, match=r"v of dW\[1\] of layer 1 is not finite in step 1 of epoch 1"):
        result = lw.train(net, far, np.zeros((1, 2)), optimizer="adam", epochs=5, engine=engine)
    assert np.isfinite(result.parameters.vector).all()


@every_engine
def test_lbfgs_says_when_it_is_stuck_and_not_flat(engine):
    net, X, Y = lw.Network((1, 1), ("identity",), "absolute_error"), [[1.0, 2.0, 3.0]], [[1.0, 2.0, 4.0]]
    result = lw.train(net, X, Y, optimizer="lbfgs", epochs=200, engine=engine)
    assert result.stopped == "stalled"


def test_zero_weights_and_one_hidden_unit_are_diagnosed():
    net = lw.Network((2, 1, 1), ("tanh", "sigmoid"))
    theta = lw.Parameters(W=[np.zeros((1, 2)), np.zeros((1, 1))], b=[np.zeros((1, 1)), np.zeros((1, 1))])
    assert [(found.code, found.layer) for found in lw.diagnose(net, theta, X, Y)] == [("zero_weights", 1)]
    theta.W[2][...] = 1.0
    assert lw.diagnose(net, theta, X, Y) == []


def test_two_runs_at_once_give_the_threads_back():
    threadpoolctl = pytest.importorskip("threadpoolctl")

    def threads():
        return [pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]

    class Sleep:
        def __init__(self, seconds):
            self.seconds = seconds

        def on_epoch_end(self, state):
            time.sleep(self.seconds)

    options = {"epochs": 1, "engine": "numpy"}  # whose BLAS has one number of threads for the whole process
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = threads()
        runs = [
            threading.Thread(target=lw.train, args=(NET, X, Y), kwargs={**options, "callbacks": [Sleep(seconds)]})
            for seconds in (0.1, 0.2)
        ]
        for run in runs:
            run.start()
            time.sleep(0.03)
        for run in runs:
            run.join()
        assert threads() == before


def test_a_rule_of_ones_own_that_copies_what_it_remembers():
    class Difference(UpdateRule):
        slots = ("before",)

        def direction(self, g, slots, t):
            return g + 0.1 * (g - slots["before"]), {"before": g.copy()}

    rule, theta, state = Difference(0.5), THETA, None
    for _ in range(5):
        theta, state = rule.step(theta, backward(NET, theta, forward(NET, theta, X), Y), state)
    result = lw.train(NET, X, Y, optimizer=rule, epochs=5, initial=THETA, dtype="float64")
    np.testing.assert_allclose(result.parameters.vector, theta.vector, rtol=1e-13)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"history": {"cost": "abc", "validation_cost": [], "learning_rate": [], "metrics": {}}}, "does not describe"),
        ({"network": {"sizes": [2, 3], "activations": ["tanh"], "loss": "squared_error"}}, "does not describe"),
        ({"history": []}, "does not describe"),
    ],
)
def test_a_configuration_that_makes_no_sense(tmp_path, change, message):
    result = lw.train(NET, X, Y, epochs=1)
    configuration, tensors = result.to_state()
    write_model_file(tmp_path / "m", "network", {**configuration, **change}, tensors)
    with pytest.raises(ModelFileError, match=message):
        lw.load(tmp_path / "m")


def test_weights_that_are_not_finite_are_not_loaded(tmp_path):
    configuration, tensors = lw.train(NET, X, Y, epochs=1).to_state()
    tensors["W1"] = np.full_like(tensors["W1"], np.nan)
    write_model_file(tmp_path / "m", "network", configuration, tensors)
    with pytest.raises(ModelFileError, match="its parameters are not finite"):
        lw.load(tmp_path / "m")


def test_a_link_stays_a_link(tmp_path):
    result = lw.train(NET, X, Y, epochs=1)
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    lw.save(result, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert lw.load(tmp_path / "real").stopped == "epochs"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link", "real"]


def test_a_long_name_can_be_saved(tmp_path):
    lw.save(lw.train(NET, X, Y, epochs=1), tmp_path / ("n" * 255))


def test_gradient_descent_takes_the_examples_own_arrays():
    grad = backward(NET, THETA, RUN, Y)
    before = THETA.vector.copy()
    moved, _ = GradientDescent(0.1).step(THETA, grad)
    np.testing.assert_array_equal(THETA.vector, before)
    np.testing.assert_allclose(moved.vector, before - 0.1 * grad.vector)


def test_a_weight_of_zero_is_no_example_even_where_its_loss_is_infinite():
    net = lw.Network((1, 1), ("exp",))
    theta = lw.Parameters(W=[[[1.0]]], b=[[[0.0]]])
    far, labels, weights = np.array([[1.0, 1000.0]]), np.array([[1.0, 0.0]]), np.array([1.0, 0.0])
    run, alone = forward(net, theta, far), forward(net, theta, far[:, :1])
    assert cost(net, theta, run, labels, sample_weight=weights) == cost(net, theta, alone, labels[:, :1])
    grad = backward(net, theta, run, labels, sample_weight=weights)
    np.testing.assert_array_equal(grad.vector, backward(net, theta, alone, labels[:, :1]).vector)
    result = lw.train(net, far, labels, sample_weight=weights, initial=theta, epochs=3, learning_rate=0.01)
    other = lw.train(net, far[:, :1], labels[:, :1], initial=theta, epochs=3, learning_rate=0.01)
    np.testing.assert_array_equal(result.parameters.vector, other.parameters.vector)


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_copies_of_gradients_are_whole(make):
    grad = backward(NET, THETA, RUN, Y)
    copied = make(grad)
    np.testing.assert_array_equal(copied.dZ[1], grad.dZ[1])
    np.testing.assert_array_equal(copied.dW[2], grad.dW[2])
    assert np.shares_memory(copied.dW[1], copied.vector)


@pytest.mark.parametrize("dtype", [np.float64, np.dtype("float64"), "f8"])
def test_a_dtype_may_be_spelt_as_numpy_does(dtype):
    assert lw.train(NET, X, Y, epochs=1, dtype=dtype).parameters.dtype == np.float64


@every_engine
@pytest.mark.parametrize("factor", [float("nan"), -1.0, float("inf")])
def test_a_schedule_of_ones_own_gives_a_number(engine, factor):
    class Odd:
        def factor(self, epoch, epochs):
            return factor

    with pytest.raises(ParameterError, match=r"A schedule's factor must be a number in the range \[0, inf\)"):
        lw.train(NET, X, Y, schedule=Odd(), engine=engine)


def test_near_names_in_any_case():
    assert did_you_mean("INCOM", ["INCOME", "AGE"]) == " Did you mean 'INCOME'?"
    assert did_you_mean("incom", ["INCOME", "AGE"]) == " Did you mean 'INCOME'?"
    assert did_you_mean("l2", ["L2", "J"]) == " Did you mean 'L2'?"


@pytest.mark.parametrize("then", [Cosine(), OneCycle()])
def test_a_warm_up_may_last_the_whole_run(then):
    assert WarmUp(5, then=then).factor(5, 5) == 1.0
    assert WarmUp(5, then=then).factor(4.5, 5) < 1.0
