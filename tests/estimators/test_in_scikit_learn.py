"""The estimators inside scikit-learn's tools: pipelines, searches, ensembles, copies."""

import pickle
from functools import partial

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")
pytest.importorskip("joblib")
pytest.importorskip("pandas")

import joblib
import sklearn
from numpy.testing import assert_array_equal
from sklearn import linear_model, neural_network
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, StackingClassifier
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import layerwise as lw

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SMALL = {"hidden_layer_sizes": (8,), "max_iter": 30, "random_state": 0}
CLASSIFIER = partial(lw.MLPClassifier, **SMALL, learning_rate_init=0.02)
REGRESSOR = partial(lw.MLPRegressor, **SMALL, learning_rate_init=0.02)
LBFGS = partial(lw.MLPClassifier, **SMALL, solver="lbfgs", alpha=0.01)
TWINS = [
    pytest.param(lw.LogisticRegression(), linear_model.LogisticRegression(), id="logistic"),
    pytest.param(LBFGS(), neural_network.MLPClassifier(**SMALL, solver="lbfgs", alpha=0.01), id="perceptron"),
]
ESTIMATORS = [
    pytest.param(CLASSIFIER(), id="adam"),
    pytest.param(CLASSIFIER(solver="sgd", learning_rate="adaptive"), id="sgd"),
    pytest.param(CLASSIFIER(early_stopping=True), id="early-stopping"),
    pytest.param(LBFGS(), id="lbfgs"),
    pytest.param(REGRESSOR(), id="regressor"),
    pytest.param(REGRESSOR(loss="huber(delta=2)", dropout=0.1), id="huber"),
    pytest.param(lw.LogisticRegression(), id="logistic"),
]


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True, as_frame=True)
    return (X - X.mean()) / X.std(), y


@pytest.fixture(scope="module")
def folds():
    return StratifiedKFold(3, shuffle=True, random_state=0)


def outputs(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


def steady(model):
    """The same model, without a stop that depends on the rows that are held out."""
    return model if "early_stopping" not in model.get_params() else clone(model).set_params(early_stopping=False)


@pytest.mark.parametrize(("ours", "theirs"), TWINS)
def test_cross_val_score(iris, folds, ours, theirs):
    scores = [cross_val_score(make_pipeline(StandardScaler(), model), *iris, cv=folds) for model in (ours, theirs)]
    assert scores[0].shape == (3,)
    assert np.abs(scores[0] - scores[1]).max() <= 0.06  # three of the 50 rows of a fold


@pytest.mark.parametrize("model", ESTIMATORS)
def test_pipeline_is_the_same_as_its_steps(iris, model):
    X, y = iris
    piped = make_pipeline(StandardScaler(), model).fit(X, y)
    scaled = StandardScaler().fit_transform(X)
    assert_array_equal(outputs(piped, X), outputs(clone(model).fit(scaled, y), scaled))
    assert piped[-1].n_features_in_ == 4


def test_pipeline_passes_sample_weight_and_validation_rows_to_a_step(iris):
    X, y = iris
    w, scaled = np.arange(150) % 3.0, StandardScaler().fit_transform(X)
    pipe = make_pipeline(StandardScaler(), CLASSIFIER(early_stopping=True))
    pipe.fit(X, y, mlpclassifier__sample_weight=w, mlpclassifier__X_val=scaled, mlpclassifier__y_val=y)
    direct = CLASSIFIER(early_stopping=True).fit(scaled, y, w, X_val=scaled, y_val=y)
    assert_array_equal(pipe[-1].coefs_[0], direct.coefs_[0])
    assert pipe[-1].validation_scores_ == direct.validation_scores_


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(("ours", "theirs"), TWINS)
def test_column_transformer(iris, ours, theirs, sparse):
    X, y = iris
    table = X.assign(size=np.where(X.iloc[:, 2] > 0, "large", "small"))
    columns = ColumnTransformer(
        [("number", StandardScaler(), X.columns[:2]), ("name", OneHotEncoder(sparse_output=sparse), ["size"])],
        sparse_threshold=float(sparse),
    )
    scores = [make_pipeline(columns, model).fit(table, y).score(table, y) for model in (ours, theirs)]
    assert scores[0] == pytest.approx(scores[1], abs=0.03)
    assert scores[0] > 0.75


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search(iris, folds, n_jobs):
    X, y = iris
    grid = {"hidden_layer_sizes": [(2,), (8,)], "dropout": [0.0, 0.5]}
    search = GridSearchCV(CLASSIFIER(), grid, cv=folds, n_jobs=n_jobs).fit(X, y)
    by_hand = [
        np.mean([
            CLASSIFIER(**choice).fit(X.iloc[train], y[train]).score(X.iloc[test], y[test])
            for train, test in folds.split(X, y)
        ])
        for choice in search.cv_results_["params"]
    ]  # fmt: skip
    assert_array_equal(search.cv_results_["mean_test_score"], by_hand)
    assert search.best_index_ == int(np.argmax(by_hand))
    best = CLASSIFIER(**search.best_params_).fit(X, y)
    assert_array_equal(search.predict_proba(X), best.predict_proba(X))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search_of_logistic_regression(iris, folds, n_jobs):
    grid = {"C": [1e-3, 1.0]}
    ours, theirs = (
        GridSearchCV(model, grid, cv=folds, n_jobs=n_jobs, scoring="neg_log_loss").fit(*iris)
        for model in (lw.LogisticRegression(tol=1e-7), linear_model.LogisticRegression(tol=1e-7, max_iter=1000))
    )
    assert ours.best_params_ == theirs.best_params_
    np.testing.assert_allclose(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], atol=1e-4)


@pytest.mark.parametrize(("ours", "theirs"), TWINS)
@pytest.mark.parametrize(
    "ensemble",
    [
        partial(BaggingClassifier, n_estimators=4, max_samples=0.8, random_state=0),
        partial(AdaBoostClassifier, n_estimators=3, random_state=0),
        partial(CalibratedClassifierCV, cv=3),
    ],
    ids=["bagging", "adaboost", "calibrated"],
)
def test_ensembles(iris, ensemble, ours, theirs):
    X, y = iris
    scores = [ensemble(model).fit(X, y).score(X, y) for model in (ours, theirs)]
    assert scores[0] == pytest.approx(scores[1], abs=0.04)
    assert scores[0] > 0.85


def test_stacking(iris, folds):
    X, y = iris
    ours, theirs = (
        StackingClassifier([("mlp", mlp), ("tail", tail)], final_estimator=clone(tail), cv=folds).fit(X, y)
        for mlp, tail in (
            (LBFGS(), lw.LogisticRegression()),
            (neural_network.MLPClassifier(**SMALL, solver="lbfgs", alpha=0.01), linear_model.LogisticRegression()),
        )
    )
    assert ours.transform(X).shape == (150, 6)
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), abs=0.03)
    assert ours.score(X, y) > 0.9


def test_target_transformer_gives_and_takes_back_the_units():
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    plain = lw.MLPRegressor(hidden_layer_sizes=(), alpha=0, solver="lbfgs", random_state=0)
    scaled = TransformedTargetRegressor(plain, transformer=StandardScaler()).fit(X, y)
    linear = linear_model.LinearRegression().fit(X, y)
    assert scaled.score(X, y) == pytest.approx(linear.score(X, y), abs=1e-3)


def test_permutation_importance_finds_the_column_that_matters():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = (X[:, 1] > 0).astype(int)
    for model in (CLASSIFIER(), lw.LogisticRegression()):
        importance = permutation_importance(model.fit(X, y), X, y, n_repeats=3, random_state=0).importances_mean
        assert importance[1] > 0.3
        assert np.abs(importance[[0, 2]]).max() < 0.1


@pytest.mark.parametrize("model", ESTIMATORS)
def test_clone_is_unfitted_and_fits_to_the_same_bits(iris, model):
    fitted = clone(model).fit(*iris)
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not [name for name in vars(copy) if name.endswith("_")]
    assert_array_equal(outputs(copy.fit(*iris), iris[0]), outputs(fitted, iris[0]))


@pytest.mark.parametrize("model", [CLASSIFIER(), REGRESSOR()], ids=["classifier", "regressor"])
def test_set_output(iris, model):
    X, y = iris
    model = clone(model).fit(X, y)
    hidden = model.transform(X)
    assert hidden.shape == (150, 8)
    table = model.set_output(transform="pandas").transform(X)
    name = type(model).__name__.lower()
    assert list(table.columns) == [f"{name}{unit}" for unit in range(8)] == list(model.get_feature_names_out())
    assert list(table.index) == list(X.index)
    assert_array_equal(table.to_numpy(), hidden)


def test_hidden_layer_as_a_step_of_a_pipeline(iris):
    X, y = iris
    pipe = make_pipeline(CLASSIFIER(), lw.LogisticRegression()).set_output(transform="pandas").fit(X, y)
    assert list(pipe[-1].feature_names_in_) == [f"mlpclassifier{unit}" for unit in range(8)]
    assert pipe.score(X, y) > 0.9


def pickled(model, path):
    return pickle.loads(pickle.dumps(model))


def dumped(model, path):
    joblib.dump(model, path / "model.joblib")
    return joblib.load(path / "model.joblib")


def mapped(model, path):
    joblib.dump(model, path / "model.joblib")
    return joblib.load(path / "model.joblib", mmap_mode="r")


@pytest.mark.parametrize("kept", [pickled, dumped, mapped])
@pytest.mark.parametrize("model", ESTIMATORS)
def test_copies_on_disk_predict_the_same_bits(iris, tmp_path, model, kept):
    X, y = iris
    model = clone(model).fit(X, y)
    copy = kept(model, tmp_path)
    assert_array_equal(outputs(copy, X), outputs(model, X))
    assert_array_equal(outputs(copy, X.iloc[:1]), outputs(model, X.iloc[:1]))


@pytest.mark.parametrize("kept", [pickled, dumped])
@pytest.mark.parametrize("solver", ["adam", "sgd", "rmsprop", "adamw", "gradient_descent"])
def test_partial_fit_goes_on_after_the_copy(iris, tmp_path, solver, kept):
    X, y = iris
    model = CLASSIFIER(solver=solver, batch_size=32, dropout=0.2)
    for _ in range(3):
        model.partial_fit(X, y, classes=[0, 1, 2])
    copy = kept(model, tmp_path)
    for _ in range(3):
        before = model.coefs_[0].copy()
        model.partial_fit(X, y)
        copy.partial_fit(X, y)
        assert np.abs(model.coefs_[0] - before).max() > 0
        assert_array_equal(copy.coefs_[0], model.coefs_[0])
    assert_array_equal(outputs(copy, X), outputs(model, X))
    assert copy.loss_curve_ == model.loss_curve_


@pytest.mark.parametrize("model", ESTIMATORS)
def test_warm_start_goes_on_after_the_copy(iris, tmp_path, model):
    X, y = iris
    model = steady(model).set_params(warm_start=True, max_iter=5).fit(X, y)
    copy = pickled(model, tmp_path)
    assert_array_equal(outputs(copy.fit(X, y), X), outputs(model.fit(X, y), X))


@pytest.mark.parametrize("model", [CLASSIFIER(), LBFGS(), lw.LogisticRegression()], ids=["adam", "lbfgs", "logistic"])
def test_metadata_routing_of_sample_weight(iris, folds, model):
    X, y = iris
    w = np.where(np.arange(150) % 5, 1.0, 0.0)
    scores = {}
    with sklearn.config_context(enable_metadata_routing=True):
        for fit, score in ((True, True), (True, False), (False, True)):
            asked = clone(model).set_fit_request(sample_weight=fit).set_score_request(sample_weight=score)
            scores[fit, score] = cross_val_score(asked, X, y, cv=folds, params={"sample_weight": w})
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError):
            cross_val_score(clone(model), X, y, cv=folds, params={"sample_weight": w}, error_score="raise")
    for (fit, score), found in scores.items():
        w_fit, w_score = w if fit else np.ones(150), w if score else np.ones(150)
        by_hand = [
            clone(model).fit(X.iloc[train], y[train], w_fit[train]).score(X.iloc[test], y[test], w_score[test])
            for train, test in folds.split(X, y)
        ]
        assert_array_equal(found, by_hand)


def test_routed_weights_change_the_fit(iris):
    X, y = iris
    w = np.where(y == 2, 0.01, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipe = make_pipeline(scaler, CLASSIFIER().set_fit_request(sample_weight=True))
        weighted = pipe.fit(X, y, sample_weight=w).predict(X)
        plain = clone(pipe).fit(X, y).predict(X)
    assert (weighted == 2).sum() < (plain == 2).sum() - 10
