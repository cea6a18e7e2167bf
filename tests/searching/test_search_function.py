"""`layerwise.search`: the same trials for any number of threads, kept through crashes, and bad input told before."""

import os
import signal
import time

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")
from scipy.stats import loguniform  # noqa: E402
from sklearn.datasets import load_breast_cancer, load_diabetes  # noqa: E402
from sklearn.model_selection import GroupKFold, ShuffleSplit  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler, scale  # noqa: E402
from small_searches import SAMPLERS, SPACE, X, found, net, trials, y  # noqa: E402

import layerwise as lw  # noqa: E402
from layerwise.errors import DataError, ParameterError  # noqa: E402
from layerwise.searching.budget import seconds_of  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_trials_are_the_same_for_any_number_of_threads(sampler):
    one, three = (found(sampler=sampler, threads=threads, n_trials=20) for threads in (1, 3))
    assert trials(one) == trials(three)
    assert "terminated" in {trial.state for trial in one.trials}
    assert one.sampler == sampler


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_more_trials_only_add(sampler):
    assert trials(found(sampler=sampler, n_trials=16))[:9] == trials(found(sampler=sampler, n_trials=9))


def test_the_first_trial_is_the_estimator_itself():
    first = found(n_trials=1).trials[0]
    assert first.params == {"hidden_layer_sizes": (8,), "alpha": 1e-4, "learning_rate_init": 1e-3}


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_of_a_small_space_every_combination_is_tried_once(sampler):
    space = {"alpha": [1e-4, 0.1, 0.1], "activation": np.array(["relu", "tanh"])}
    result = found(space=space, sampler=sampler, n_trials=50)
    assert result.stopped == "space"
    tried = {(trial.params["alpha"], trial.params["activation"]) for trial in result.trials}
    assert len(result.trials) == len(tried) == 4


def test_a_budget_ends_it():
    result = lw.search(net(), X, y, SPACE, budget=0.5, cv=2, sampler="random")
    assert result.stopped == "budget"
    assert trials(result)[0] == trials(found(n_trials=1))[0]
    assert result.best_estimator_.score(X, y) > 0.3
    with pytest.raises(ParameterError, match=r"no trial was over in the budget of 1e-05 seconds"):
        found(budget=1e-5)


def test_without_termination_every_trial_is_complete():
    assert {trial.state for trial in found(terminate=False, n_trials=20).trials} == {"complete"}


def test_the_best_is_fitted_to_all_rows():
    result = found(refit=True)
    again = net(**result.best_params_).fit(X, y)
    np.testing.assert_array_equal(result.best_estimator_.predict_proba(X), again.predict_proba(X))
    assert result.best_score_ == max(trial.score for trial in result.trials)


class TestFailures:
    def test_a_bad_value_is_a_failed_trial(self):
        result = found(space={"alpha": [1e-4, -1.0, 0.1]}, n_trials=9)
        assert [trial.state for trial in result.trials].count("failed") == 1
        (failed,) = [trial for trial in result.trials if trial.state == "failed"]
        assert failed.params == {"alpha": -1.0}
        assert "alpha" in failed.error
        assert failed.score is None

    def test_of_a_scorer(self):
        def raises(estimator, X, y):
            raise RuntimeError("no such thing")

        with pytest.raises(DataError, match=r"all 3 trials failed. The first, with .*: RuntimeError: no such thing"):
            found(scoring=raises, n_trials=3)

    @pytest.mark.parametrize("score", [float("nan"), float("inf"), "high", None])
    def test_scores_that_are_none(self, score):
        with pytest.raises(DataError, match="all 2 trials failed"):
            found(scoring=lambda *given: score, n_trials=2)

    def test_of_a_step_before(self):
        pipe = make_pipeline(StandardScaler(), net())
        space = {"standardscaler__with_mean": [True, "perhaps"]}
        result = found(estimator=pipe, space=space, n_trials=4)
        assert sorted(trial.state for trial in result.trials) == ["complete", "failed"]

    def test_where_the_first_ones_all_fail_it_ends(self):
        with pytest.raises(DataError, match=r"all \d\d trials failed"):
            found(scoring=lambda *given: None, n_trials=100_000, terminate=False)

    def test_errors_are_those_of_the_first_split(self):
        def of_the_rows(estimator, X, y):
            raise ValueError(f"{X[0].sum():.6f}")

        errors = set()
        for threads in (1, 3):
            with pytest.raises(DataError) as error:
                found(scoring=of_the_rows, n_trials=1, cv=4, threads=threads)
            errors.add(str(error.value))
        assert len(errors) == 1


BAD = {
    "no end": ({"n_trials": None}, "search needs an end"),
    "empty space": ({"space": {}}, "the space is empty"),
    "no value": ({"space": {"alpha": []}}, "'alpha' has no value to try"),
    "unknown parameter": ({"space": {"alhpa": [1]}}, "no parameter 'alhpa'. Did you mean 'alpha'"),
    "a text for a list": ({"space": {"activation": "relu"}}, "'activation' needs a list of values"),
    "a dict for a list": ({"space": {"alpha": {"low": 1}}}, "'alpha' needs a list of values"),
    "unknown scorer": ({"scoring": "acuracy"}, "Did you mean 'accuracy'"),
    "scoring": ({"scoring": 3}, "'scoring' parameter of search must be the name"),
    "sampler": ({"sampler": "optun"}, "Did you mean 'optuna'"),
    "too many folds": ({"cv": 400}, "'cv' parameter of search must be an int in the range"),
    "groups": ({"groups": np.arange(150)}, "groups need a cv that heeds them"),
    "callback": ({"callbacks": [print]}, "callbacks need a method on_trial_end"),
    "budget": ({"budget": "soon"}, "must be a time above 0, such as 60"),
    "splitter": ({"cv": ShuffleSplit(2, test_size=1000)}, "search: cv: test_size=1000"),
    "lengths": ({"of": (X, y[:-1])}, "inconsistent numbers of samples"),
    "target": ({"of": (X, "y")}, "y must be the targets, or the name of a column"),
}


@pytest.mark.parametrize(("given", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_told_before_anything_is_fitted(given, message):
    with pytest.raises((ParameterError, DataError), match=message):
        found(**given)


def test_a_parameter_of_a_step_that_it_has_not():
    pipe = make_pipeline(StandardScaler(), net())
    with pytest.raises(ParameterError, match=r"MLPClassifier has no parameter 'alhpa', .*Did you mean 'alpha'"):
        found(estimator=pipe, space={"mlpclassifier__alhpa": [1.0]})


def test_other_estimators_are_refused():
    from sklearn.linear_model import Ridge

    with pytest.raises(ParameterError, match="must be one of this library"):
        found(estimator=Ridge())


def test_distributions_are_drawn_and_are_nothing_for_optuna():
    space = {"alpha": loguniform(1e-5, 1.0)}
    result = found(space=space)
    assert all(1e-5 <= trial.params["alpha"] <= 1 for trial in result.trials)
    assert len({trial.params["alpha"] for trial in result.trials}) == 12
    assert found(space=space, sampler="auto", n_trials=2).sampler == "random"
    pytest.importorskip("optuna")
    with pytest.raises(ParameterError, match="sampler 'optuna' takes lists"):
        found(space=space, sampler="optuna")


def test_pipelines_weights_and_groups():
    pipe = make_pipeline(StandardScaler(), net())
    space = {"mlpclassifier__alpha": [1e-4, 0.1], "standardscaler__with_std": [True, False]}
    w = np.where(y == 0, 5.0, 1.0)
    result = lw.search(pipe, X, y, space, n_trials=6, cv=GroupKFold(3), groups=np.arange(150) % 7, sample_weight=w)
    assert result.stopped == "space"
    assert all(len(trial.scores) == 3 for trial in result.trials)
    again = make_pipeline(StandardScaler(), net()).set_params(**result.best_params_)
    again.fit(X, y, mlpclassifier__sample_weight=w)
    np.testing.assert_array_equal(result.best_estimator_.predict_proba(X), again.predict_proba(X))


def test_a_pipeline_that_ends_in_a_tabular_estimator_tries_one_network():
    pipe = make_pipeline(StandardScaler(), lw.TabularClassifier(epochs=2))
    result = found(estimator=pipe, space={"tabularclassifier__learning_rate": [0.01]}, n_trials=2, refit=True)
    assert [trial.epochs for trial in result.trials] == [4, 4]
    assert len(result.best_estimator_[-1].model_.members) == 8


def test_the_only_row_of_a_class_is_learnt_from():
    labels = y.copy()
    labels[7] = 9
    result = found(of=(X, labels), n_trials=3, cv=5)
    assert {trial.state for trial in result.trials} == {"complete"}


class TestEnsemble:
    def test_of_classifiers(self):
        result = found(ensemble=5)
        assert sum(result.ensemble_weights_.values()) == pytest.approx(1)
        P = result.ensemble_.predict_proba(X)
        np.testing.assert_allclose(P.sum(axis=1), 1)
        assert (result.ensemble_.predict(X) == y).mean() > 0.6

    @pytest.mark.parametrize("columns", [1, 2])
    def test_of_regressors(self, columns):
        A, b = load_diabetes(return_X_y=True)
        b = scale(b) if columns == 1 else scale(np.stack([b, -b], axis=1))
        estimator = lw.MLPRegressor(hidden_layer_sizes=(8,), max_iter=10, random_state=0)
        result = found(estimator=estimator, of=(scale(A), b), ensemble=4, n_trials=6)
        assert result.ensemble_.predict(scale(A)).shape == b.shape
        with pytest.raises(ParameterError, match="needs an ensemble of classifiers"):
            result.ensemble_.predict_proba(A)

    def test_of_tabular_estimators_is_one_model_that_can_be_saved(self, tmp_path):
        A, b = load_breast_cancer(return_X_y=True)
        split = ShuffleSplit(1, test_size=0.3, random_state=0)
        space = {"learning_rate": lw.Between(1e-3, 1e-1, log=True), "hidden": [(8,), (16,)]}
        estimator = lw.TabularClassifier("fast", epochs=3)
        result = found(estimator=estimator, space=space, of=(A, b), ensemble=4, cv=split, n_trials=6)
        assert isinstance(result.ensemble_, lw.TabularClassifier)
        lw.save(result.ensemble_, tmp_path / "m")
        columns = {name: A[:, k] for k, name in enumerate(result.ensemble_.feature_names_in_)}
        np.testing.assert_array_equal(lw.load(tmp_path / "m").predict_proba(columns), result.ensemble_.predict_proba(A))

    def test_networks_behind_different_encoders_are_no_one_model(self):
        A, b = load_breast_cancer(return_X_y=True)
        table = {f"c{k}": A[:, k] for k in range(4)}
        frame = pytest.importorskip("pandas").DataFrame(table)
        space = {"drop": [("c0",), ("c1",), ()]}
        split = ShuffleSplit(1, test_size=0.3, random_state=0)
        result = found(
            estimator=lw.TabularClassifier("fast", epochs=2),
            space=space,
            of=(frame, b),
            ensemble=3,
            cv=split,
            n_trials=3,
        )
        assert not isinstance(result.ensemble_, lw.TabularClassifier)
        assert result.ensemble_.predict_proba(frame).shape == (len(b), 2)

    def test_of_several_labels_is_refused(self):
        with pytest.raises(ParameterError, match="an ensemble takes one target"):
            found(of=(X, np.stack([y == 0, y == 1], axis=1).astype(int)), ensemble=2)


class TestCtrlC:
    class After:
        def __init__(self, count):
            self.count = count

        def on_trial_end(self, trial, best):
            self.count -= 1
            if self.count == 0:
                os.kill(os.getpid(), signal.SIGINT)

    def test_it_gives_what_was_found(self):
        result = found(callbacks=[self.After(3)], n_trials=10_000, refit=True)
        assert result.stopped == "interrupted"
        assert 3 <= len(result.trials) < 10_000
        assert result.best_estimator_.predict(X).shape == (150,)

    def test_before_any_trial_it_is_one(self):
        def interrupted(estimator, X, y):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)

        with pytest.raises(KeyboardInterrupt):
            found(scoring=interrupted)


class TestBetween:
    @pytest.mark.parametrize(
        ("given", "message"),
        [((2, 1), "low must be below high"), ((0, 1, True), "low must be above 0"), (("a", 1), "'low' parameter")],
    )
    def test_errors(self, given, message):
        with pytest.raises(ParameterError, match=message):
            lw.Between(*given)

    def test_ends_are_kept_and_whole_numbers_are_whole(self):
        between = lw.Between(0.1234561, 0.1234564)
        assert {between.at(u) for u in (1e-9, 0.5, 1 - 1e-9)} <= {0.1234561, 0.1234564}
        assert {lw.Between(np.int64(1), np.int64(3), log=True).at(u) for u in np.linspace(0.01, 0.99, 50)} == {1, 2, 3}


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), (" 2 H", 7200), (1e-5, 1e-5), ("1.5min", 90), ("1e2s", 100)])
def test_seconds(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-3s", "0", "nan", "inf", "5 days", True, None, "1.2.3"])
def test_no_seconds(text):
    with pytest.raises(ParameterError, match="'budget' parameter of search must be a time"):
        seconds_of(text)


def test_default_spaces_can_be_searched():
    for estimator in (lw.LogisticRegression(), net(solver="lbfgs"), make_pipeline(StandardScaler(), net())):
        assert len(lw.search(estimator, X, y, n_trials=2, cv=2).trials) == 2
    monotone = lw.TabularClassifier("fast", epochs=2, monotone={"x0": 1})
    few = y < 2
    result = lw.search(monotone, X[few], y[few], n_trials=3, cv=2, refit=False)
    assert {trial.state for trial in result.trials} <= {"complete", "terminated"}
