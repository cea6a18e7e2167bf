"""What searches do beside the results: epochs that are saved, failures, interruptions, fallbacks, copies."""

import copy
import inspect
import os
import pickle
import signal
import threading
from functools import partial

import joblib
import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from joblib.parallel import get_active_backend
from sklearn import linear_model
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import layerwise as lw
from layerwise.errors import ParameterError
from searching.twins import TWINS, assert_twins, fitted, printed

RNG = np.random.default_rng(4)
X = RNG.normal(size=(45, 3))
Y = np.argmax(X + RNG.normal(size=X.shape), axis=1)
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 6, "random_state": 0, "learning_rate_init": 0.02, "batch_size": 16}
CLASSIFIER = partial(lw.MLPClassifier, **SMALL)
GRID = {"alpha": [1e-4, 1.0]}
RATES = {"learning_rate_init": [1e-4, 1e-3, 1e-2], "alpha": [1e-4, 1e-2, 1]}
EPOCHS = {"resource": "max_iter", "min_resources": 2, "max_resources": 18, "cv": 3, "random_state": 0}


class TestHalvingByEpochs:
    """Survivors go on from where they stand, with the bits of those that start again."""

    def test_has_no_epoch_twice(self):
        ours = assert_twins("halving grid", CLASSIFIER(tol=0, n_iter_no_change=99), RATES, X, Y, **EPOCHS)
        assert ours.n_resources_ == [2, 6, 18]
        assert ours.n_candidates_ == [9, 3, 1]
        assert ours.n_epochs_ == 3 * (9 * 2 + 3 * (6 - 2) + 1 * (18 - 6))

    def test_of_random_draws(self):
        ours = assert_twins("halving random", CLASSIFIER(), RATES, X, Y, n_candidates=6, **EPOCHS)
        assert ours.n_epochs_ == 3 * (6 * 2 + 2 * (6 - 2))

    @pytest.mark.parametrize(
        "options",
        [
            {"tol": 10.0, "n_iter_no_change": 1},  # all end by themselves, in their third epoch
            {"tol": 10.0, "n_iter_no_change": 3},
            {"tol": 0.3, "n_iter_no_change": 1},
            {"tol": 0.3, "n_iter_no_change": 1, "verbose": True},
            {"tol": 10.0, "n_iter_no_change": 1, "solver": "sgd", "learning_rate": "invscaling"},
            {"tol": 10.0, "n_iter_no_change": 1, "solver": "sgd", "learning_rate": "adaptive"},
            {"dropout": 0.3},
            {"on_divergence": "recover"},
        ],
        ids=str,
    )
    def test_of_those_that_end_early(self, options, capsys):
        # min_resources 3: what ends in its last epoch has ended, too
        estimator = CLASSIFIER(**options)
        epochs = {**EPOCHS, "min_resources": 3, "max_resources": 27}
        assert_twins("halving grid", estimator, RATES, X, Y, **epochs)

    @pytest.mark.parametrize(
        "options", [{"schedule": "cosine"}, {"early_stopping": True}, {"solver": "lbfgs"}], ids=str
    )
    def test_starts_again_where_it_has_to(self, options):
        assert_twins("halving grid", CLASSIFIER(**options), RATES, X, Y, **EPOCHS)

    def test_of_a_regressor_with_weights(self):
        params = {"sample_weight": RNG.uniform(0.5, 2, len(X))}
        assert_twins("halving grid", lw.MLPRegressor(**SMALL), RATES, X, X @ [1, 2, 3], params, **EPOCHS)

    def test_of_a_logistic_regression(self):
        assert_twins("halving grid", lw.LogisticRegression(), {"C": [0.01, 0.1, 1]}, X, Y, **EPOCHS)

    def test_of_a_pipeline_goes_on_in_its_own_fold(self):
        pipeline = make_pipeline(StandardScaler(), CLASSIFIER())
        grid = {"mlpclassifier__alpha": [1e-4, 1e-2, 1], "standardscaler__with_mean": [True, False]}
        epochs = {**EPOCHS, "resource": "mlpclassifier__max_iter"}
        ours = assert_twins("halving grid", pipeline, grid, X, Y, **epochs)
        assert ours.n_epochs_ == 3 * (6 * 2 + 2 * (6 - 2))


class TestFailures:
    BAD = ({"alpha": [1e-4, -1.0]}, {"solver": ["sgd"], "learning_rate_init": [0.01, 1e300]})

    @pytest.mark.parametrize("grid", BAD, ids=["refused", "diverges"])
    @pytest.mark.parametrize("error_score", [np.nan, -7.0])
    def test_give_their_score(self, grid, error_score):
        estimator = CLASSIFIER(activation="relu")
        ours = assert_twins("grid", estimator, grid, X, Y, cv=3, error_score=error_score)
        np.testing.assert_array_equal(ours.cv_results_["split0_test_score"][1], error_score)
        assert ours.best_index_ == 0

    @pytest.mark.parametrize("grid", BAD, ids=["refused", "diverges"])
    def test_are_raised_where_they_are_to_be(self, grid):
        before = threading.active_count()
        said = "alpha" if "alpha" in grid else "non-finite"
        for search in TWINS["grid"]:
            with pytest.raises(ValueError, match=said):
                fitted(search(CLASSIFIER(), grid, cv=3, error_score="raise"), X, Y)
        assert threading.active_count() == before

    def test_are_told_with_their_causes(self):
        estimator = CLASSIFIER(tol=10, n_iter_no_change=1)
        search = lw.GridSearchCV(estimator, self.BAD[0], cv=3, refit=False, error_score=0)
        with pytest.warns(FitFailedWarning, match=r"(?s)3 fits failed out of a total of 6.*'alpha' parameter"):
            search.fit(X, Y)

    def test_of_all_are_an_error_with_the_cause(self):
        with pytest.raises(ValueError, match=r"(?s)All the 3 fits failed.*'alpha' parameter"):
            lw.GridSearchCV(CLASSIFIER(), {"alpha": [-1]}, cv=3).fit(X, Y)

    def test_of_some_metrics(self):
        options = {"scoring": ["accuracy", "f1_macro"], "refit": "accuracy", "return_train_score": True}
        assert_twins("grid", CLASSIFIER(), self.BAD[0], X, Y, cv=3, error_score=-0.5, **options)

    def test_of_a_scorer(self):
        def scorer(model, X, y):
            if model.alpha == 1.0:
                raise LookupError("no score")
            return model.score(X, y)

        ours = assert_twins("grid", CLASSIFIER(), GRID, X, Y, cv=3, scoring=scorer, error_score=-3)
        assert ours.cv_results_["split2_test_score"][1] == -3
        for search in TWINS["grid"]:
            with pytest.raises(LookupError, match="no score"):
                fitted(search(CLASSIFIER(), GRID, cv=3, scoring=scorer, error_score="raise"), X, Y)

    def test_scores_that_are_nan(self):
        def scorer(model, X, y):
            return np.nan if model.alpha == 1.0 else 0.5

        assert_twins("grid", CLASSIFIER(), GRID, X, Y, cv=3, scoring=scorer)

    def test_of_rows_that_a_fold_alone_can_take(self):
        # a NaN in the last fold: its own candidates can be fitted, and are not to be scored
        broken = X.copy()
        broken[-1, 0] = np.nan
        folds = [(np.arange(30), np.arange(30, 44)), (np.arange(15, 45), np.arange(15))]
        assert_twins("grid", CLASSIFIER(), GRID, broken, Y, cv=folds, refit=False, error_score=-1)

    def test_of_one_class_alone(self):
        folds = [(np.flatnonzero(Y == 1), np.flatnonzero(Y == 0)), (np.arange(30), np.arange(30, 45))]
        assert_twins("grid", lw.LogisticRegression(), {"C": [0.1, 1]}, X, Y, cv=folds, error_score=-1)


class TestSpaces:
    @pytest.mark.parametrize("kind", TWINS)
    @pytest.mark.parametrize(
        ("space", "said"),
        [
            (
                {"aplha": [1]},
                r"MLPClassifier has no parameter 'aplha'\. Did you mean 'alpha'\? Its parameters: a",
            ),
            ({"xyzzy": [1]}, r"MLPClassifier has no parameter 'xyzzy'\. Its parameters"),
            ({"alpha": []}, r"the parameter 'alpha' has no value to try\. Give at least one"),
            ({"alpha": np.array([])}, r"has no value to try"),
            ([{"alpha": [1]}, {"dropuot": [0.5]}], r"Did you mean 'dropout'"),
            ([("alpha", [1])], r"a space must map names of parameters to values\. Got \('alpha', \[1\]\)"),
        ],
    )
    def test_that_are_wrong_are_refused(self, kind, space, said):
        with pytest.raises(ParameterError, match=f"{TWINS[kind][0].__name__}: .*{said}"):
            TWINS[kind][0](CLASSIFIER(), space).fit(X, Y)

    def test_of_steps_are_refused_by_name(self):
        pipeline = Pipeline([("net", CLASSIFIER())])
        with pytest.raises(ValueError, match="nut__alpha"):
            lw.GridSearchCV(pipeline, {"nut__alpha": [1]}).fit(X, Y)
        with pytest.raises(ValueError, match="Invalid parameter 'aplha'"):
            lw.GridSearchCV(pipeline, {"net__aplha": [1]}).fit(X, Y)

    def test_without_names_are_one_candidate(self):
        assert_twins("grid", CLASSIFIER(), {}, X, Y, cv=3)

    def test_a_backend_has_to_be_known(self):
        with pytest.raises(ParameterError, match="backend"):
            lw.GridSearchCV(CLASSIFIER(), GRID, backend="dask").fit(X, Y)

    def test_no_threads_are_refused(self):
        with pytest.raises(ValueError, match="n_jobs == 0"):
            lw.GridSearchCV(CLASSIFIER(), GRID, n_jobs=0).fit(X, Y)


class Observing(ClassifierMixin, BaseEstimator):
    """Notes which backend of joblib it is fitted under, and how many threads that would give."""

    def __init__(self, a=0):
        self.a = a

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.seen_ = threading.current_thread() is threading.main_thread(), type(get_active_backend()[0]).__name__
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def where(model, X, y):
    SEEN.append(model.seen_)
    return 0.0


SEEN = []


class TestEstimatorsOfOthers:
    def test_are_searched_by_scikit_learn(self):
        assert_twins("grid", linear_model.LogisticRegression(), {"C": [0.1, 1.0]}, X, Y, cv=3)
        search = lw.GridSearchCV(linear_model.LogisticRegression(), {"C": [1.0]}).fit(X, Y)
        assert not hasattr(search, "n_epochs_")

    @pytest.mark.parametrize("beside", [Observing(), lw.LogisticRegression()], ids=["theirs", "ours"])
    def test_go_where_joblib_is_told(self, beside):
        grid = {"model": [Observing(), Observing(1)]}
        search = lw.GridSearchCV(
            Pipeline([("model", beside)]), grid, cv=2, scoring=lambda model, X, y: where(model[-1], X, y)
        )
        for config, on_the_main_thread in (({"backend": "threading", "n_jobs": 2}, False), ({}, True)):
            SEEN.clear()
            with joblib.parallel_config(**config):
                search.fit(X, Y)
            assert [is_main for is_main, _ in SEEN] == [on_the_main_thread] * 4

    def test_what_runs_within_a_fit_does_not_meet_the_backend_of_the_search(self):
        class Inside(Observing):
            def transform(self, X):
                return X

        pipeline = Pipeline([("look", Inside()), ("model", lw.LogisticRegression())])
        search = lw.GridSearchCV(pipeline, {"model__C": [0.1, 1.0]}, cv=2).fit(X, Y)
        assert search.best_estimator_[0].seen_[1] != "TogetherBackend"
        SEEN.clear()
        lw.GridSearchCV(pipeline, {"model__C": [1.0]}, cv=2, scoring=lambda p, X, y: where(p[0], X, y)).fit(X, Y)
        assert {name for _, name in SEEN} <= {"LokyBackend", "SequentialBackend", "ThreadingBackend"}
        assert len(SEEN) == 2

    def test_ensembles_of_ours(self):
        bagging = BaggingClassifier(lw.LogisticRegression(), n_estimators=2, random_state=0)
        assert_twins("grid", bagging, {"estimator__C": [0.1, 1.0]}, X, Y, cv=2)

    def test_warm_starts_are_left_alone(self):
        assert_twins("grid", CLASSIFIER(warm_start=True), GRID, X, Y, cv=3)


class TestLines:
    @pytest.mark.parametrize("verbose", [1, 2, 3, 10])
    def test_every_fit_is_told_with_its_parameters(self, verbose):
        def of(search):
            return printed(lambda: fitted(search(CLASSIFIER(), GRID, cv=2, verbose=verbose, n_jobs=1), X, Y))

        ours, theirs = map(of, TWINS["grid"])
        assert ours[0] == theirs[0] == "Fitting 2 folds for each of 2 candidates, totalling 4 fits"
        ends = [line for line in ours if "END" in line]
        assert len(ends) == (4 if verbose > 1 else 0)
        assert all(sum(f"alpha={alpha}" in line for line in ends) == len(ends) / 2 for alpha in (0.0001, 1.0))

    def test_of_several_scores(self):
        lines = printed(
            lambda: fitted(
                lw.GridSearchCV(CLASSIFIER(), GRID, cv=2, verbose=3, scoring=["accuracy"], refit=False), X, Y
            )
        )
        assert sum("accuracy" in line for line in lines) == 4


def test_ctrl_c_ends_a_search_and_leaves_no_threads():
    class Interrupting:
        def on_epoch_end(self, state):
            if state.epoch == 3:
                os.kill(os.getpid(), signal.SIGINT)

    before = threading.active_count()
    net = CLASSIFIER(max_iter=10**9, tol=0, n_iter_no_change=10**9)
    search = lw.GridSearchCV(net, {"callbacks": [[Interrupting()], None], **GRID}, cv=2, n_jobs=1)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    assert threading.active_count() == before
    assert not hasattr(search, "cv_results_")
    assert type(get_active_backend()[0]).__name__ != "TogetherBackend"


@pytest.mark.parametrize("kind", TWINS)
class TestObjects:
    def test_have_the_parameters_of_scikit_learn_and_a_backend(self, kind):
        ours, theirs = (inspect.signature(search).parameters for search in TWINS[kind])
        assert set(ours) - set(theirs) == {"backend"}
        for name, parameter in theirs.items():
            assert (ours[name].default, ours[name].kind) == (parameter.default, parameter.kind), name

    def test_store_what_they_are_given(self, kind):
        search = TWINS[kind][0](CLASSIFIER(), GRID, cv=7, n_jobs=3, backend="local", scoring="f1", verbose=2)
        copied = clone(search)
        assert copied is not search
        for each in (search, copied):
            params = each.get_params(deep=False)
            assert (params["cv"], params["n_jobs"]) == (7, 3)
            assert (params["scoring"], params["backend"], params["verbose"]) == ("f1", "local", 2)
        assert search.set_params(cv=3, estimator__alpha=5).estimator.alpha == 5
        assert search.cv == 3

    def test_are_copied_fitted(self, kind):
        draws = {} if kind == "grid" else {"random_state": 0, **({"n_iter": 3} if kind == "random" else {})}
        search, _ = fitted(TWINS[kind][0](CLASSIFIER(), {"alpha": [1e-4, 1e-2, 1]}, cv=2, **draws), X, Y)
        for copied in (copy.deepcopy(search), pickle.loads(pickle.dumps(search))):
            np.testing.assert_array_equal(copied.predict_proba(X), search.predict_proba(X))
            assert copied.best_params_ == search.best_params_
            assert copied.n_epochs_ == search.n_epochs_ > 0
            fitted(copied, X, Y)
            np.testing.assert_array_equal(copied.predict_proba(X), search.predict_proba(X))


def test_estimators_and_tables_stay_as_they_were():
    net, table, y = CLASSIFIER(), X.copy(), Y.copy()
    before = net.get_params()
    fitted(lw.GridSearchCV(net, GRID, cv=3), table, y)
    assert net.get_params() == before
    assert not hasattr(net, "coefs_")
    np.testing.assert_array_equal(table, X)
    np.testing.assert_array_equal(y, Y)


def test_the_epochs_of_a_grid_are_counted():
    search, _ = fitted(lw.GridSearchCV(CLASSIFIER(tol=0, n_iter_no_change=99), GRID, cv=3), X, Y)
    assert search.n_epochs_ == 2 * 3 * 6
