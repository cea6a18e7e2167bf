"""Every search gives what scikit-learn's own gives around the same estimator: all results, and the winner's bits."""

from functools import partial

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")
pytest.importorskip("pandas")
pytest.importorskip("polars")

import pandas as pd
import polars as pl
from scipy import sparse, stats
from sklearn import linear_model
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GroupKFold, KFold, LeaveOneOut, ShuffleSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

import layerwise as lw
from searching.twins import assert_twins

RNG = np.random.default_rng(4)
N = 48
X = RNG.normal(size=(N, 4)) * [1, 2, 3, 0.5] + 1
CLASSES = np.argmax(X[:, :3] + RNG.normal(size=(N, 3)), axis=1)
BINARY = (X[:, 0] > X[:, 1]).astype(int)
TARGETS = X @ [1, 0.5, -0.2, 2] + RNG.normal(size=N)
WEIGHTS = RNG.uniform(0.2, 3, N) * (RNG.random(N) < 0.9)
GROUPS = np.arange(N) % 6

SMALL = {"hidden_layer_sizes": (4,), "max_iter": 6, "random_state": 0, "learning_rate_init": 0.02, "batch_size": 16}
CLASSIFIER, REGRESSOR = partial(lw.MLPClassifier, **SMALL), partial(lw.MLPRegressor, **SMALL)
LOGISTIC = lw.LogisticRegression
NETS = {"alpha": [1e-4, 1.0], "hidden_layer_sizes": [(4,), (3, 3)]}
CASES = {
    "classifier": (CLASSIFIER(), NETS, CLASSES),
    "two classes": (CLASSIFIER(), NETS, BINARY),
    "lbfgs": (CLASSIFIER(solver="lbfgs"), NETS, CLASSES),
    "early stopping": (CLASSIFIER(early_stopping=True, n_iter_no_change=1, max_iter=20), NETS, CLASSES),
    "rates": (
        CLASSIFIER(solver="sgd", tol=1, n_iter_no_change=1, max_iter=30),
        {"learning_rate": ["constant", "adaptive", "invscaling"], "alpha": [0.0, 1.0]},
        CLASSES,
    ),
    "class weights": (CLASSIFIER(class_weight="balanced"), {"dropout": [0.0, 0.5], "alpha": [0.0, 1.0]}, CLASSES),
    "regressor": (REGRESSOR(), NETS, TARGETS),
    "many targets": (REGRESSOR(), NETS, np.column_stack([TARGETS, -TARGETS])),
    "a column": (REGRESSOR(), NETS, TARGETS.astype(np.float32)),
    "logistic": (LOGISTIC(), {"C": [0.01, 1.0, 100.0], "max_iter": [2, 100]}, CLASSES),
    "logistic, other solvers": (LOGISTIC(), {"solver": ["newton", "gradient_descent"], "C": [0.1, 1]}, BINARY),
    "a pipeline of one": (Pipeline([("net", CLASSIFIER())]), {"net__alpha": [1e-4, 1.0]}, CLASSES),
    "a pipeline": (
        make_pipeline(StandardScaler(), CLASSIFIER()),
        {"standardscaler__with_mean": [True, False], "mlpclassifier__alpha": [1e-4, 1.0]},
        CLASSES,
    ),
    "a longer pipeline": (
        make_pipeline(MinMaxScaler(), SelectKBest(k=3), LOGISTIC()),
        {"selectkbest__k": [1, 3], "minmaxscaler": [MinMaxScaler(), StandardScaler(), "passthrough"]},
        BINARY,
    ),
    "columns": (
        make_pipeline(ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", MinMaxScaler(), [2, 3])]), REGRESSOR()),
        {"columntransformer__a__with_std": [True, False], "mlpregressor__alpha": [1e-4, 1.0]},
        TARGETS,
    ),
    "a function in a pipeline": (
        make_pipeline(FunctionTransformer(lambda X: X**2), CLASSIFIER()),
        {"mlpclassifier__alpha": [1e-4, 1.0]},
        CLASSES,
    ),
    "pipelines in pipelines": (
        make_pipeline(StandardScaler(), make_pipeline(PCA(2), LOGISTIC())),
        {"pipeline__logisticregression__C": [0.1, 1], "pipeline__pca__n_components": [1, 2]},
        BINARY,
    ),
    "a list of grids": (CLASSIFIER(), [{"alpha": [1e-4, 1.0]}, {"dropout": [0.5], "solver": ["sgd", "adam"]}], CLASSES),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_grid(name):
    estimator, grid, y = CASES[name]
    assert_twins("grid", estimator, grid, X, y, cv=3)


@pytest.mark.parametrize("name", ["classifier", "regressor", "logistic", "a pipeline", "a list of grids"])
def test_random(name):
    estimator, space, y = CASES[name]
    assert_twins("random", estimator, space, X, y, n_iter=3, random_state=1, cv=3)


def test_draws_from_distributions():
    space = {"alpha": stats.loguniform(1e-5, 1), "learning_rate_init": stats.uniform(1e-3, 0.1)}
    ours = assert_twins("random", CLASSIFIER(), space, X, CLASSES, n_iter=4, random_state=3, cv=3)
    assert len(set(ours.cv_results_["param_alpha"])) == 4


@pytest.mark.parametrize("name", ["classifier", "regressor", "logistic", "a pipeline", "early stopping"])
def test_halving_grid(name):
    estimator, grid, y = CASES[name]
    assert_twins("halving grid", estimator, grid, X, y, cv=3, factor=2, random_state=0)


@pytest.mark.parametrize("name", ["classifier", "logistic", "a pipeline"])
def test_halving_random(name):
    estimator, space, y = CASES[name]
    assert_twins("halving random", estimator, space, X, y, cv=2, factor=2, random_state=0, n_candidates=4)


@pytest.mark.parametrize("n_jobs", [1, 2, 5, -1, None])
def test_any_number_of_threads(n_jobs):
    assert_twins("grid", CLASSIFIER(), NETS, X, CLASSES, cv=3, n_jobs=n_jobs)


SCORES = {"ours": "accuracy", "loss": "neg_log_loss"}


@pytest.mark.parametrize(
    "options",
    [
        {"scoring": "neg_log_loss"},
        {"scoring": make_scorer(accuracy_score)},
        {"scoring": lambda model, X, y: float(model.predict(X)[0] == y[0])},
        {"scoring": SCORES, "refit": "loss"},
        {"scoring": SCORES, "refit": False},
        {"scoring": ["accuracy", "f1_macro"], "refit": lambda results: int(np.argmin(results["mean_test_accuracy"]))},
        {"scoring": lambda model, X, y: {"a": model.score(X, y), "b": 1.0}, "refit": "a"},
        {"refit": False},
        {"return_train_score": True},
        {"return_train_score": True, "scoring": SCORES, "refit": "ours"},
        {"cv": KFold(4, shuffle=True, random_state=3)},
        {"cv": ShuffleSplit(3, test_size=0.3, random_state=2)},
        {"cv": [(np.arange(30), np.arange(30, N)), (np.arange(10, N), np.arange(10))]},
        {"cv": [(np.arange(N) % 2 == 0, np.arange(N) % 2 == 1)]},
        {"verbose": 0, "pre_dispatch": 1},
    ],
)
@pytest.mark.parametrize("name", ["classifier", "a pipeline"])
def test_options(name, options):
    estimator, grid, y = CASES[name]
    assert_twins("grid", estimator, grid, X, y, **{"cv": 3, **options})


def test_one_row_left_out():
    assert_twins("grid", LOGISTIC(), {"C": [0.1, 1.0]}, X[:14], BINARY[:14], cv=LeaveOneOut())


def test_groups():
    ours = assert_twins("grid", CLASSIFIER(), NETS, X, CLASSES, {"groups": GROUPS}, cv=GroupKFold(3))
    assert ours.n_splits_ == 3


@pytest.mark.parametrize("kind", ["array", "list", "series"])
@pytest.mark.parametrize("name", ["classifier", "regressor", "logistic", "lbfgs", "early stopping"])
def test_sample_weight(name, kind):
    estimator, grid, y = CASES[name]
    w = {"array": WEIGHTS, "list": WEIGHTS.tolist(), "series": pd.Series(WEIGHTS, index=np.arange(N)[::-1])}[kind]
    weighted = assert_twins("grid", estimator, grid, X, y, {"sample_weight": w}, cv=3)
    assert weighted.cv_results_["mean_test_score"].tolist() != (
        assert_twins("grid", estimator, grid, X, y, cv=3).cv_results_["mean_test_score"].tolist()
    )


def test_sample_weight_of_a_step():
    estimator, grid, y = CASES["a pipeline"]
    for names in (["mlpclassifier"], ["standardscaler"], ["mlpclassifier", "standardscaler"]):
        params = {f"{name}__sample_weight": WEIGHTS + 0.1 for name in names}
        assert_twins("grid", estimator, grid, X, y, params, cv=3)


LABELS = np.array(["no", "yes", "perhaps"])
TABLES = {
    "pandas": (pd.DataFrame(X, columns=list("abcd"), index=np.arange(N)[::-1]), pd.Series(LABELS[CLASSES])),
    "polars": (pl.DataFrame(X, schema=list("abcd")), pl.Series(LABELS[CLASSES])),
    "lists": (X.tolist(), CLASSES.tolist()),
    "sparse": (sparse.csr_matrix(np.where(X > 1, X, 0)), CLASSES),
    "sparse array": (sparse.csc_array(np.where(X > 1, X, 0)), CLASSES),
    "single precision": (X.astype(np.float32), CLASSES),
    "integers": (X.astype(int), CLASSES),
    "by columns": (np.asfortranarray(X), CLASSES),
    "strings": (X, LABELS[CLASSES]),
    "objects": (X, LABELS[CLASSES].astype(object)),
    "booleans": (X, BINARY.astype(bool)),
    "many labels": (X, np.column_stack([BINARY, CLASSES == 1, X[:, 3] > 1]).astype(int)),
    "a column": (X, CLASSES.reshape(-1, 1)),
    "a class that a fold lacks": (X, np.where(np.arange(N) < 5, 9, BINARY)),
}


@pytest.mark.parametrize("estimator", [CLASSIFIER(), LOGISTIC()], ids=["classifier", "logistic"])
@pytest.mark.parametrize("name", TABLES)
def test_tables(name, estimator):
    if name == "many labels" and isinstance(estimator, LOGISTIC):
        pytest.skip("a logistic regression has no labels but one")
    table, y = TABLES[name]
    grid = {"alpha": [1e-4, 1.0]} if isinstance(estimator, lw.MLPClassifier) else {"C": [0.1, 1.0]}
    ours = assert_twins("grid", estimator, grid, table, y, cv=KFold(3))
    if name in ("pandas", "polars"):
        assert ours.best_estimator_.feature_names_in_.tolist() == list("abcd")
        assert_twins("grid", make_pipeline(StandardScaler(), estimator), {}, table, y, cv=KFold(3))


def test_frames_between_the_steps():
    pipeline = make_pipeline(StandardScaler(), CLASSIFIER()).set_output(transform="pandas")
    ours = assert_twins("grid", pipeline, {"mlpclassifier__alpha": [1e-4, 1]}, TABLES["pandas"][0], CLASSES, cv=3)
    assert ours.best_estimator_[-1].feature_names_in_.tolist() == list("abcd")


class TestStepsThatAreSearched:
    """Grids that put other estimators in the place of a step."""

    MODELS = (LOGISTIC(), CLASSIFIER(), linear_model.LogisticRegression(), CLASSIFIER(solver="lbfgs"))

    @pytest.mark.parametrize("begins", [LOGISTIC(), linear_model.LogisticRegression()], ids=["ours", "theirs"])
    @pytest.mark.parametrize("n_jobs", [1, None])
    def test_ours_and_theirs(self, begins, n_jobs):
        pipeline = Pipeline([("scale", StandardScaler()), ("model", begins)])
        grid = {"model": list(self.MODELS), "scale": [StandardScaler(), "passthrough"]}
        assert_twins("grid", pipeline, grid, X, CLASSES, cv=3, n_jobs=n_jobs)

    def test_ours_with_parameters_of_their_own(self):
        pipeline = Pipeline([("scale", StandardScaler()), ("model", LOGISTIC())])
        grid = [
            {"model": [LOGISTIC()], "model__C": [0.1, 1.0]},
            {"model": [CLASSIFIER()], "model__alpha": [0.1, 1.0]},
            {"model": [linear_model.RidgeClassifier()], "model__alpha": [0.1, 1.0]},
        ]
        assert_twins("grid", pipeline, grid, X, CLASSES, cv=3)
