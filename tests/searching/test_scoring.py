"""Fits that are over are scored without scikit-learn's looks at all arguments: when, and with the same results."""

import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import layerwise as lw
from layerwise.searching import local, scoring

RNG = np.random.default_rng(7)
X = RNG.normal(size=(40, 3))
Y = np.argmax(X + RNG.normal(size=X.shape), axis=1)
GRID = {"alpha": [1e-4, 1.0]}
FITS = 6
BY_SCIKIT_LEARN = local._scored_there


def network():
    return lw.MLPClassifier((4,), max_iter=3, random_state=0)


@pytest.fixture
def calls(monkeypatch):
    """Counts the fits that scikit-learn's own function scores."""
    counted = []

    def there(*arguments):
        counted.append(1)
        return BY_SCIKIT_LEARN(*arguments)

    monkeypatch.setattr(local, "_scored_there", there)
    return counted


def results(estimator, grid=GRID, **options):
    search = lw.GridSearchCV(estimator, grid, cv=3, n_jobs=2, refit=False, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = search.fit(X, Y).cv_results_
    return {name: np.asarray(value).tolist() for name, value in found.items() if "time" not in name}


@pytest.mark.parametrize("score", [None, "neg_log_loss", ["accuracy", "f1_macro"], lambda model, X, y: 2.0])
@pytest.mark.parametrize("piped", [False, True])
def test_all_but_the_first_are_scored_here(calls, monkeypatch, score, piped):
    estimator, grid = network(), GRID
    if piped:
        estimator, grid = make_pipeline(StandardScaler(copy=False), estimator), {"mlpclassifier__alpha": [1e-4, 1.0]}
    ours = results(estimator, grid, scoring=score)
    assert len(calls) == 1
    monkeypatch.setattr(scoring, "SCORE", None)
    assert results(estimator, grid, scoring=score) == ours
    assert len(calls) == 1 + FITS


def test_tables_that_are_no_arrays(calls):
    pandas = pytest.importorskip("pandas")
    found = lw.GridSearchCV(network(), GRID, cv=3, refit=False, n_jobs=2)
    with pytest.warns(ConvergenceWarning):
        found.fit(pandas.DataFrame(X, columns=list("abc")), pandas.Series(Y))
    assert found.cv_results_["mean_test_score"].tolist() == results(network())["mean_test_score"]


class TestScikitLearnScores:
    def test_train_scores_too(self, calls):
        assert "mean_train_score" in results(network(), return_train_score=True)
        assert len(calls) == FITS

    def test_where_it_asks_for_what_is_not_known_here(self, calls, monkeypatch):
        monkeypatch.setattr(scoring, "UNDERSTOOD", scoring.UNDERSTOOD - {"error_score"})
        results(network())
        assert len(calls) == FITS

    def test_where_its_results_have_other_names(self, calls, monkeypatch):
        def there(*arguments):
            calls.append(1)
            return {**BY_SCIKIT_LEARN(*arguments), "something": 1}

        monkeypatch.setattr(local, "_scored_there", there)
        results(network())
        assert len(calls) == FITS

    def test_where_somebody_listens(self, calls):
        pytest.importorskip("sklearn.callback")

        class Listens:
            heard = 0

            def setup(self, *_, **__): ...
            def teardown(self, *_, **__): ...
            def on_fit_task_begin(self, *_, **__): ...

            def on_fit_task_end(self, *_, **__):
                type(self).heard += 1

        search = lw.GridSearchCV(network(), GRID, cv=3, n_jobs=1, refit=False).set_callbacks(Listens())
        with pytest.warns(ConvergenceWarning):
            search.fit(X, Y)
        assert Listens.heard >= FITS
        assert len(calls) == FITS


def test_every_fit_gives_its_warning_however_often_it_came_before():
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("default")
        lw.GridSearchCV(network(), GRID, cv=3, n_jobs=2, refit=False).fit(X, Y)
    assert [each.category for each in noted] == [ConvergenceWarning] * FITS
