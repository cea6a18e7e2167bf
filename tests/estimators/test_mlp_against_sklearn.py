"""From the same weights, in the same order of rows, the perceptrons take scikit-learn's steps."""

import inspect
import warnings

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.datasets import load_digits, make_multilabel_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

import layerwise as lw
from layerwise.network import Parameters

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, DIGITS = load_digits(return_X_y=True)
X = X[:150] / 16
TARGETS = {
    "multiclass": DIGITS[:150],
    "binary": (DIGITS[:150] % 2).astype(str),
    "multilabel": make_multilabel_classification(150, random_state=0)[1],
}
NUMBERS = {n: make_regression(150, 5, n_targets=n, random_state=0)[1] / 50 for n in (1, 3)}


def theirs(estimator, ours):
    """Return scikit-learn's estimator with the parameters of ours, and its initial weights."""
    given = {name: value for name, value in ours.get_params().items() if name in estimator().get_params()}

    class FromOurs(estimator):
        def _init_coef(self, fan_in, fan_out, dtype):
            place = getattr(self, "_place", 0)
            self._place = place + 1
            return self.weights[place][0].copy(), self.weights[place][1].copy()

    return FromOurs(**given)


def both(ours, y, sample_weight=None):
    base = getattr(neural_network, type(ours).__name__)
    start = type(ours)(**{**ours.get_params(), "max_iter": 1, "solver": "sgd", "learning_rate_init": 1e-300})
    start.fit(X, y, sample_weight)  # a step too small to move the weights
    other = theirs(base, ours)
    other.weights = list(zip(start.coefs_, start.intercepts_, strict=True))
    return ours.fit(X, y, sample_weight), other.fit(X, y, sample_weight)


def assert_same(ours, other, rtol=1e-8):
    np.testing.assert_allclose(ours.loss_curve_, other.loss_curve_, rtol=rtol)
    for a, b in zip(ours.coefs_ + ours.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    assert (ours.n_iter_, ours.t_, ours.n_layers_, ours.n_outputs_) == (
        other.n_iter_, other.t_, other.n_layers_, other.n_outputs_,
    )  # fmt: skip
    assert ours.out_activation_ == other.out_activation_
    assert ours._no_improvement_count == other._no_improvement_count
    np.testing.assert_allclose([ours.loss_, ours.best_loss_], [other.loss_, other.best_loss_], rtol=rtol)


TINY = 1e-15  # scikit-learn adds epsilon before the correction of the averages, not after it
SGD = {"solver": "sgd", "learning_rate_init": 0.05}
WAYS = {
    "adam": {},
    "alpha": {"alpha": 1.0},
    "betas": {"beta_1": 0.8, "beta_2": 0.95},
    "nesterov": SGD,
    "heavy ball": {**SGD, "nesterovs_momentum": False},
    "no momentum": {**SGD, "momentum": 0.0},
    "logistic": {"activation": "logistic"},
    "tanh": {"activation": "tanh", "hidden_layer_sizes": (7, 5)},
    "identity": {"activation": "identity"},
    "tolerance": {"tol": 0.05, "n_iter_no_change": 2, "max_iter": 200},
    "short last batch": {"batch_size": 40},
    "batches of one": {"batch_size": 1, "max_iter": 3},
    "adaptive": {**SGD, "momentum": 0.0, "learning_rate": "adaptive", "tol": 0.2, "n_iter_no_change": 1},
    "invscaling": {**SGD, "momentum": 0.0, "learning_rate": "invscaling", "power_t": 0.1, "batch_size": 50},
}


@pytest.mark.parametrize("way", WAYS)
def test_the_curve_is_theirs(way):
    options = {
        "hidden_layer_sizes": 8,
        "max_iter": 25,
        "shuffle": False,
        "random_state": 0,
        "epsilon": TINY,
        **WAYS[way],
    }
    assert_same(*both(lw.MLPClassifier(**options), TARGETS["multiclass"]))


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_targets_are_theirs(kind, weighted):
    w = np.random.default_rng(0).uniform(0.5, 2, 150) if weighted else None
    ours, other = both(
        lw.MLPClassifier(8, max_iter=30, random_state=0, epsilon=TINY, learning_rate_init=0.01), TARGETS[kind], w
    )
    assert_same(ours, other)
    assert ours.classes_.tolist() == other.classes_.tolist()
    np.testing.assert_array_equal(ours.predict(X), other.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), other.predict_proba(X), rtol=1e-5)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_regression_is_theirs(loss):
    assert_same(*both(lw.MLPRegressor(loss, 8, max_iter=30, random_state=0, epsilon=TINY), np.abs(NUMBERS[1])))


def test_the_loss_of_several_targets_is_the_one_whose_gradient_is_used():
    # they report the mean over targets, and step along the gradient of the sum
    ours, other = both(
        lw.MLPRegressor(hidden_layer_sizes=8, max_iter=30, random_state=0, alpha=0.0, epsilon=TINY), NUMBERS[3]
    )
    np.testing.assert_allclose(ours.loss_curve_, 3 * np.array(other.loss_curve_), rtol=1e-8)
    np.testing.assert_allclose(ours.coefs_[0], other.coefs_[0], rtol=1e-5, atol=1e-7)


def test_a_confident_error_costs_its_true_nats():
    ours = lw.MLPClassifier((), solver="sgd", learning_rate_init=1e-300, max_iter=1, random_state=0, alpha=0.0)
    ours.partial_fit([[0.0], [1.0]], [0, 1], classes=[0, 1])
    ours.coefs_, ours.intercepts_ = [np.array([[-1000.0]])], [np.zeros(1)]
    ours.partial_fit([[1.0]], [1])
    assert ours.loss_ == pytest.approx(1000.0)


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_parameters_and_defaults_are_theirs(name):
    ours, other = (list(inspect.signature(module).parameters.items()) for module in
                   (getattr(lw, name), getattr(neural_network, name)))  # fmt: skip
    assert [(n, p.default, p.kind) for n, p in ours[: len(other)]] == [(n, p.default, p.kind) for n, p in other]


def test_the_parameters_of_logistic_regression_are_theirs():
    ours, other = (inspect.signature(c).parameters for c in (lw.LogisticRegression, LogisticRegression))
    assert {name: p.default for name, p in ours.items() if name != "learning_rate"} == {
        name: p.default for name, p in other.items()
    }


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor", "LogisticRegression"])
def test_the_methods_and_attributes_are_theirs(name):
    other = getattr(neural_network, name, LogisticRegression)
    y = TARGETS["multiclass"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted, reference = (model.fit(X, y) for model in (getattr(lw, name)(max_iter=2), other(max_iter=2)))
    public = {attribute for attribute in dir(reference) if not attribute.startswith("_")}
    not_ours = {"densify", "sparsify", "set_callbacks", *({"loss"} if name == "MLPClassifier" else ())}
    assert public - set(dir(fitted)) <= not_ours


def test_the_initial_weights_are_those_of_a_glorot_uniform():
    model = lw.MLPClassifier(9, solver="sgd", learning_rate_init=1e-300, max_iter=1, random_state=4).fit(
        X, TARGETS["binary"]
    )
    drawn = lw.initialize(lw.Network((64, 9, 1), ("relu", "sigmoid")), 4, "glorot_uniform")
    np.testing.assert_array_equal(model.coefs_[0].T, drawn.W[1])
    assert 0 < np.abs(model.intercepts_[0]).max() <= np.sqrt(6 / 73)
    assert isinstance(model._kept[0], Parameters)


def test_both_perceptrons_describe_what_they_share_alike():
    def shared(estimator):
        text = inspect.getdoc(estimator)
        return text[text.index("hidden_layer_sizes :") : text.index("    recover goes back")]

    assert shared(lw.MLPClassifier).replace("None is the accuracy", "None is R²") == shared(lw.MLPRegressor)
