"""`fit_many`: every estimator has the bits of its own fit to its own rows."""

import os
import signal
import threading
import warnings
from functools import partial

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")
pytest.importorskip("pandas")

import pandas as pd
from scipy import sparse
from sklearn import linear_model
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline

import layerwise as lw
from layerwise.errors import DataError, ParameterError
from searching.twins import bits

RNG = np.random.default_rng(6)
N = 40
X = RNG.normal(size=(N, 3))
Y = np.argmax(X + RNG.normal(size=X.shape), axis=1)
W = RNG.uniform(0.5, 2, N) * (RNG.random(N) < 0.8)
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 5, "random_state": 0, "batch_size": 8}
NET = partial(lw.MLPClassifier, **SMALL)
MODELS = [
    NET(),
    NET(random_state=1, alpha=1.0),
    NET(early_stopping=True, n_iter_no_change=1, max_iter=20),
    NET(solver="lbfgs"),
    NET(dropout=0.3, learning_rate="adaptive", solver="sgd"),
    NET(on_divergence="recover", class_weight="balanced"),
    lw.MLPRegressor(**SMALL),
    lw.LogisticRegression(),
    lw.LogisticRegression(solver="newton", class_weight="balanced"),
    lw.LogisticRegression(fit_intercept=False),
]
PARTS = {
    "all": [None] * len(MODELS),
    "bootstrap": [RNG.integers(N, size=N) for _ in MODELS],
    "masks": [RNG.random(N) < 0.7 for _ in MODELS],
    "lists": [RNG.permutation(N)[:25].tolist() for _ in MODELS],
    "small integers": [RNG.permutation(N)[:25].astype(np.uint8) for _ in MODELS],
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def each_alone(models, X, y, parts, w):
    for model, part in zip(models, parts, strict=True):
        chosen = np.arange(len(y)) if part is None else np.asarray(part)
        model.fit(X[chosen], y[chosen], None if w is None else w[chosen])
    return models


@pytest.mark.parametrize("threads", [1, 3, None])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", PARTS)
def test_every_fit_has_its_own_bits(name, weighted, threads):
    w = W if weighted else None
    models = [clone(model) for model in MODELS]
    rows = None if name == "all" else PARTS[name]
    found = lw.fit_many(models, X, Y, rows=rows, sample_weight=w, threads=threads)
    assert all(one is other for one, other in zip(found, models, strict=True))
    for one, other in zip(found, each_alone([clone(model) for model in MODELS], X, Y, PARTS[name], w), strict=True):
        assert bits(one) == bits(other) != []
        np.testing.assert_array_equal(one.predict(X), other.predict(X))


def test_of_frames_and_sparse_tables_and_strings():
    labels = np.array(["a", "b", "c"])[Y]
    frame = pd.DataFrame(X, columns=list("abc"))
    alone = each_alone([clone(model) for model in MODELS[:1]], X, labels, [PARTS["bootstrap"][0]], None)
    for table, y in ((frame, pd.Series(labels)), (sparse.csr_matrix(X), labels), (X.tolist(), labels.tolist())):
        (found,) = lw.fit_many([clone(MODELS[0])], table, y, rows=PARTS["bootstrap"][:1])
        assert bits(found) == bits(alone[0])
    (found,) = lw.fit_many([NET()], frame, labels)
    assert found.feature_names_in_.tolist() == list("abc")


def test_of_many_labels_that_are_sparse():
    labels = np.column_stack([Y == 0, Y == 1]).astype(int)
    for y in (labels, sparse.csr_matrix(labels)):
        (found,) = lw.fit_many([NET()], X, y, rows=[np.arange(30)])
        assert bits(found) == bits(NET().fit(X[:30], labels[:30]))


def test_a_fitted_estimator_is_fitted_again():
    model = NET().fit(X[:, :2], Y == 0)
    lw.fit_many([model], X, Y)
    assert bits(model) == bits(NET().fit(X, Y))


def test_of_none():
    assert lw.fit_many([], X, Y) == lw.fit_many([], X, Y, rows=[]) == []


@pytest.mark.parametrize(
    ("estimators", "options", "said"),
    [
        (
            [linear_model.LogisticRegression()],
            {},
            r"must list MLPClassifier, MLPRegressor or .* Got LogisticRegression\(\)",
        ),
        ([make_pipeline(NET())], {}, "Got Pipeline"),
        ([NET(warm_start=True)], {}, r"(?s)without warm_start\. Got MLPClassifier\(.*warm_start=True"),
        ([lw.MLPClassifier], {}, "Got <class .*MLPClassifier'>"),
        ([MODELS[0], MODELS[0]], {}, r"must not list one twice: use clone\(estimator\)"),
        ([NET()], {"threads": 0}, "The 'threads' parameter of fit_many must be"),
        ([NET(), NET()], {"rows": [range(5)]}, "rows must have an entry for each of the 2 estimators. Got 1"),
        (
            [NET()],
            {"rows": [[0.5, 1.0]]},
            r"rows must hold positions, or a mask .* float64 with shape \(2,\) in place 0",
        ),
        ([NET(), NET()], {"rows": [[1, 2], []]}, r"with shape \(0,\) in place 1"),
        ([NET()], {"rows": [np.zeros(N, bool)]}, r"with shape \(0,\) in place 0"),
        ([NET()], {"rows": [np.ones(N - 1, bool)]}, r"array of bool with shape \(39,\)"),
        ([NET()], {"rows": [[[0, 1]]]}, r"with shape \(1, 2\)"),
        ([NET()], {"rows": [3]}, r"with shape \(\)"),
        ([NET()], {"rows": [[0, N]]}, r"must be positions from 0 to 39\. Got 40 in place 0"),
        ([NET(), NET()], {"rows": [[0], [-1, 3]]}, r"Got -1 in place 1"),
        ([NET()], {"sample_weight": np.ones(3)}, r"must have a weight for each of the 40 rows\. Got \(3,\)"),
        ([NET()], {"sample_weight": np.ones((N, 1))}, r"Got \(40, 1\)"),
    ],
)
def test_what_does_not_fit_is_refused(estimators, options, said):
    with pytest.raises((ParameterError, DataError), match=said):
        lw.fit_many(estimators, X, Y, **options)


def test_an_error_of_one_fit_ends_the_others_and_leaves_it_as_it_was():
    before, bad = threading.active_count(), NET(alpha=-1)
    endless = NET(max_iter=10**9, tol=0, n_iter_no_change=10**9)
    for failing in (bad, NET(solver="sgd", learning_rate_init=1e300)):
        with pytest.raises(ValueError, match=r"alpha|non-finite"):
            lw.fit_many([endless, failing], X, Y, threads=2)
        assert not hasattr(failing, "n_features_in_")
        assert not hasattr(endless, "n_features_in_")
    assert threading.active_count() == before


def test_ctrl_c_keeps_the_fits_that_were_over():
    class Interrupting:
        gave = False

        def on_epoch_end(self, state):
            if not self.gave and hasattr(quick, "validation_loss_curve_"):  # the last thing that a fit keeps
                self.gave = True
                os.kill(os.getpid(), signal.SIGINT)

    quick, endless = NET(), NET(max_iter=10**9, tol=0, n_iter_no_change=10**9, callbacks=[Interrupting()])
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        lw.fit_many([endless, quick], X, Y, threads=2)
    assert bits(quick) == bits(NET().fit(X, Y))
    assert not hasattr(endless, "coefs_")
    assert threading.active_count() == before


def test_warnings_are_those_of_each_fit_at_the_line_of_the_call():
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        lw.fit_many([NET(max_iter=2), NET(max_iter=3), NET(tol=10, n_iter_no_change=1)], X, Y)
    assert sorted(str(each.message)[:43] for each in noted) == [
        "Stochastic Optimizer: Maximum iterations (2",
        "Stochastic Optimizer: Maximum iterations (3",
    ]
    assert {each.category for each in noted} == {ConvergenceWarning}
    assert {each.filename for each in noted} == {__file__}
