"""Logistic regression finds scikit-learn's minimum with every solver."""

import math

import numpy as np
import pytest
from scipy import sparse
from sklearn import linear_model
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

import layerwise as lw
from layerwise.errors import DataError, ParameterError

IRIS, SPECIES = load_iris(return_X_y=True)
IRIS = scale(IRIS)
CANCER, MALIGN = load_breast_cancer(return_X_y=True)
CANCER = scale(CANCER)[:, :8]
DATA = {"two classes": (CANCER, MALIGN), "three": (IRIS, SPECIES), "names": (IRIS, np.array(["b", "c", "a"])[SPECIES])}
SOLVERS = ("lbfgs", "newton", "gradient_descent")
ITERATIONS = {"lbfgs": 5_000, "newton": 100, "gradient_descent": 200_000}


def ours(solver="newton", **options):
    return lw.LogisticRegression(solver=solver, **{"tol": 1e-7, "max_iter": ITERATIONS[solver], **options})


def theirs(**options):
    return linear_model.LogisticRegression(solver="newton-cg", tol=1e-10, max_iter=100_000, **options)


def assert_same(model, reference, X, rtol=1e-4):
    np.testing.assert_allclose(model.coef_, reference.coef_, rtol=rtol, atol=rtol * np.abs(reference.coef_).max())
    np.testing.assert_allclose(model.intercept_, reference.intercept_, rtol=rtol, atol=rtol)
    assert model.coef_.shape == reference.coef_.shape
    assert model.classes_.tolist() == reference.classes_.tolist()
    np.testing.assert_array_equal(model.predict(X), reference.predict(X))
    np.testing.assert_allclose(model.predict_proba(X), reference.predict_proba(X), atol=1e-4)
    np.testing.assert_allclose(model.decision_function(X), reference.decision_function(X), atol=1e-3)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("C", [0.01, 1.0])
def test_the_minimum_is_theirs(solver, name, C):
    X, y = DATA[name]
    assert_same(ours(solver, C=C).fit(X, y), theirs(C=C).fit(X, y), X)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", ["two classes", "three"])
@pytest.mark.parametrize(
    "options",
    [{"fit_intercept": False}, {"class_weight": "balanced"}, {"class_weight": {1: 3.0}}],
    ids=str,
)
def test_and_with_options(solver, name, options):
    X, y = DATA[name]
    assert_same(ours(solver, C=0.1, **options).fit(X, y), theirs(C=0.1, **options).fit(X, y), X)


@pytest.mark.parametrize("solver", ["lbfgs", "newton"])
@pytest.mark.parametrize("C", [math.inf, 1e3])
def test_with_little_or_no_penalty(solver, C):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    for classes in (2, 3):
        y = (X @ rng.normal(size=(3, classes)) + rng.gumbel(size=(300, classes))).argmax(axis=1)
        assert_same(ours(solver, C=C).fit(X, y), theirs(C=C).fit(X, y), X)
        none = ours(solver, penalty=None).fit(X, y)
        np.testing.assert_allclose(none.coef_, ours(solver, C=math.inf).fit(X, y).coef_, rtol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", ["two classes", "three"])
def test_a_weight_of_2_is_the_row_twice(solver, name):
    X, y = DATA[name]
    w = np.random.default_rng(0).integers(0, 3, len(y))
    weighted, twice = (ours(solver, C=0.1).fit(*given) for given in ((X, y, w), (np.repeat(X, w, 0), np.repeat(y, w))))
    np.testing.assert_allclose(weighted.coef_, twice.coef_, rtol=1e-5, atol=1e-6)
    assert_same(weighted, theirs(C=0.1).fit(X, y, w), X)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array])
def test_sparse_rows_are_dense_ones(solver, kind):
    X = np.where(np.abs(IRIS) < 0.5, 0, IRIS)
    dense, other = ours(solver, C=0.1).fit(X, SPECIES), ours(solver, C=0.1).fit(kind(X), SPECIES)
    np.testing.assert_allclose(dense.coef_, other.coef_, rtol=1e-9)
    np.testing.assert_allclose(dense.predict_proba(X), other.predict_proba(kind(X)), rtol=1e-12)


def test_gradient_descent_is_that_of_the_course():
    X, y = CANCER, MALIGN.astype(float)
    with pytest.warns(ConvergenceWarning, match=r"gradient_descent failed to converge after 20 iteration\(s\)"):
        model = ours("gradient_descent", learning_rate=0.3, max_iter=20, C=0.5).fit(X, MALIGN)
    w, b, m = np.zeros(8), 0.0, len(y)
    for _ in range(20):
        dz = 1 / (1 + np.exp(-(X @ w + b))) - y
        w, b = w - 0.3 * (X.T @ dz / m + 2.0 / m * w), b - 0.3 * dz.mean()  # λ = 1 / C
    np.testing.assert_allclose(model.coef_[0], w, rtol=1e-10)
    np.testing.assert_allclose(model.intercept_, b, rtol=1e-10)
    assert len(model.loss_curve_) == 21
    assert model.loss_curve_ == sorted(model.loss_curve_, reverse=True)


def test_the_rate_that_is_taken_never_raises_the_cost():
    for scale_ in (1e-3, 1.0, 1e3):
        with pytest.warns(ConvergenceWarning):
            model = lw.LogisticRegression(solver="gradient_descent", max_iter=200, tol=0).fit(scale_ * IRIS, SPECIES)
        assert (np.diff(model.loss_curve_) <= 1e-15).all()


def test_dependent_columns_without_a_penalty():
    X = np.column_stack([IRIS[:, :2], IRIS[:, 0] + IRIS[:, 1]])
    y = (IRIS[:, 2] + np.random.default_rng(0).normal(size=150) > 0).astype(int)
    full, two = ours(penalty=None).fit(X, y), ours(penalty=None).fit(X[:, :2], y)
    np.testing.assert_allclose(full.predict_proba(X), two.predict_proba(X[:, :2]), atol=1e-6)


def test_logarithms_are_finite_and_exact():
    model = ours().fit([[0.0], [1.0]], [0, 1])
    model.coef_, model.intercept_ = np.array([[1000.0]]), np.array([0.0])
    np.testing.assert_array_equal(model.predict_log_proba([[1.0], [-1.0]]), [[-1000, 0], [0, -1000]])


@pytest.mark.parametrize("jobs", [1, 2, -1])
def test_the_bits_are_those_of_any_number_of_threads(jobs):
    X, y = np.tile(CANCER, (10, 1)), np.tile(MALIGN, 10)
    one, other = (lw.LogisticRegression(n_jobs=n).fit(X, y) for n in (None, jobs))
    assert one.coef_.tobytes() == other.coef_.tobytes()


def test_warm_starts_begin_at_the_minimum():
    model = ours("lbfgs", warm_start=True).fit(CANCER, MALIGN)
    first = model.n_iter_[0]
    assert model.fit(CANCER, MALIGN).n_iter_[0] <= 2 < first


def test_float32_stays():
    model = ours().fit(IRIS.astype(np.float32), SPECIES)
    assert (model.coef_.dtype, model.intercept_.dtype) == (np.float32, np.float32)


def test_verbose_prints_the_cost(capsys):
    model = ours(verbose=1).fit(IRIS, SPECIES)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Iteration 0, loss = {math.log(3):.8f}"
    assert len(lines) == model.n_iter_[0] + 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"solver": "saga"}, "Unknown solver of LogisticRegression 'saga'. Did you mean 'lbfgs'?"),
        ({"penalty": "l1"}, "has the L2 penalty and none"),
        ({"l1_ratio": 0.5}, "has the L2 penalty and none"),
        ({"dual": True}, "has the L2 penalty and none"),
        ({"C": 0}, "The 'C' parameter of LogisticRegression must be a float in the range (0, inf]. Got 0 instead."),
        ({"max_iter": 0}, "The 'max_iter' parameter"),
        ({"fit_intercept": 1}, "The 'fit_intercept' parameter of LogisticRegression must be a bool. Got 1 instead."),
        ({"learning_rate": 0.1}, "is that of solver='gradient_descent'"),
    ],
    ids=str,
)
def test_wrong_parameters_say_what_is_right(options, message):
    with pytest.raises(ParameterError) as error:
        lw.LogisticRegression(**options).fit(IRIS, SPECIES)
    assert message in str(error.value)


def test_one_class_and_too_large_a_rate_are_refused():
    with pytest.raises(DataError, match="needs samples of at least 2 classes in the data"):
        ours().fit(IRIS, np.zeros(150))
    with pytest.raises(DataError, match="or learning_rate is too large"):
        lw.LogisticRegression(solver="gradient_descent", learning_rate=1e200, max_iter=9, C=1e-3).fit(IRIS, SPECIES)
