"""What is refused is refused in words, and a fit that fails leaves the estimator as it was."""

import dataclasses
import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.exceptions import NotFittedError

import layerwise as lw
from layerwise.errors import DataError, ParameterError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
NUMBERS = X @ [1.0, -2.0, 0.5, 0.3]
BINARY = (Y == 1).astype(int)


class Raises:
    def on_epoch_end(self, state):
        raise RuntimeError("from a callback")


def classifier(**options):
    return lw.MLPClassifier(**{"hidden_layer_sizes": (5,), "max_iter": 5, "random_state": 0, **options})


@dataclasses.dataclass(eq=True)
class HalfSquares:  # not hashable
    factor: float = 0.5

    def __call__(self, y, p):
        return self.factor * (p - y) ** 2, 2 * self.factor * (p - y)


class TestAFitThatFails:
    @pytest.mark.parametrize("warm", [False, True])
    def test_leaves_a_fitted_one_as_it_was(self, warm):
        model = classifier(warm_start=warm).fit(X, Y)
        before, curve = model.predict_proba(X), list(model.loss_curve_)
        state = {name: value for name, value in model.__dict__.items() if name.endswith("_")}
        model.set_params(callbacks=[Raises()], early_stopping=True, hidden_layer_sizes=(5,) if warm else (7,))
        with pytest.raises(RuntimeError, match="from a callback"):
            model.fit(X, Y)
        assert {name: value for name, value in model.__dict__.items() if name.endswith("_")} == state
        np.testing.assert_array_equal(model.predict_proba(X), before)
        assert model.loss_curve_ == curve

    @pytest.mark.parametrize(
        "make", [classifier, lambda: lw.LogisticRegression(solver="newton")], ids=["mlp", "logistic"]
    )
    def test_keeps_its_classes_and_columns(self, make):
        model = make().fit(X, Y)
        before = model.predict_proba(X)
        with pytest.raises(ValueError, match="NaN"):
            model.fit(np.full((150, 2), np.nan), Y)
        with pytest.raises(ValueError, match="at least 0"):
            model.fit(X[:, :2], np.where(Y == 1, "a", "b"), -np.ones(150))
        assert (model.classes_.tolist(), model.n_features_in_) == ([0, 1, 2], 4)
        np.testing.assert_array_equal(model.predict_proba(X), before)

    @pytest.mark.parametrize("make", [classifier, lw.LogisticRegression], ids=["mlp", "logistic"])
    def test_leaves_an_unfitted_one_unfitted(self, make):
        model = make()
        with pytest.raises(ValueError, match="at least 0"):
            model.fit(X, Y, -np.ones(150))
        with pytest.raises(NotFittedError):
            model.predict(X)


class TestWeights:
    @pytest.mark.parametrize("solver", ["lbfgs", "adam"])
    def test_balanced_classes_count_the_weights_of_rows(self, solver):
        w = np.random.default_rng(0).integers(0, 4, 150)
        options = {"solver": solver, "class_weight": "balanced", "batch_size": 150 if solver == "lbfgs" else "auto"}
        rows = np.flatnonzero(w)[:60]
        weighted = classifier(**options).fit(X[rows], Y[rows], w[rows])
        twice = classifier(**options).fit(np.repeat(X[rows], w[rows], axis=0), np.repeat(Y[rows], w[rows]))
        np.testing.assert_allclose(weighted.coefs_[0], twice.coefs_[0], rtol=1e-6, atol=1e-9)

    @pytest.mark.parametrize(
        ("class_weight", "message"),
        [
            ({0: -1.0}, "class_weight must be finite and at least 0"),
            ({0: np.nan}, "class_weight must be finite and at least 0"),
            ({0: 0, 1: 0, 2: 0}, "class_weight must not be zero everywhere"),
            ({7: 1.0}, r"class_weight has classes that y has not: \[7\]. The classes are \[0, 1, 2\]"),
            ("balance", "must be 'balanced', a dict from classes to weights, or None"),
        ],
    )
    @pytest.mark.parametrize("make", [classifier, lw.LogisticRegression], ids=["mlp", "logistic"])
    def test_wrong_ones_are_refused(self, make, class_weight, message):
        with pytest.raises(ValueError, match=message):
            make(class_weight=class_weight).fit(X, Y)

    @pytest.mark.parametrize("w", [{0: 1}, "balanced", np.ones(3), np.ones((150, 2)), np.full(150, np.inf)], ids=repr)
    def test_and_those_of_rows(self, w):
        with pytest.raises(DataError, match=r"[Ss]ample.weight"):
            classifier().fit(X, Y, w)


class TestTargets:
    def test_a_column_of_validation_labels_is_labels(self):
        given = {"early_stopping": True, "scoring": "loss"}
        with pytest.warns(UserWarning, match="A column-vector y was passed"):
            column = classifier(**given).fit(X, Y, X_val=X, y_val=Y[:, None])
        assert column.validation_scores_ == classifier(**given).fit(X, Y, X_val=X, y_val=Y).validation_scores_

    def test_sparse_indicators(self):
        rows, labels = make_multilabel_classification(60, random_state=0)
        dense, other = (classifier().fit(rows, y) for y in (labels, sparse.csr_matrix(labels)))
        np.testing.assert_array_equal(dense.predict_proba(rows), other.predict_proba(rows))

    @pytest.mark.parametrize(
        ("fit", "message"),
        [
            (lambda: classifier(warm_start=True).fit(X, Y).fit(X, np.eye(3, dtype=int)[Y]), "one label for each row"),
            (lambda: classifier().partial_fit(X, Y, classes=[]), "at least one class"),
            (lambda: classifier().fit(X[:2], np.array(["a", 1], dtype=object)), "all numbers or all strings|mix"),
            (lambda: lw.MLPRegressor().fit(X[:2], [1.0, None]), "row 1|NaN"),
            (lambda: lw.MLPRegressor().fit(X[:3], [1.0, np.inf, 2.0]), "Input y contains infinity[\\s\\S]*in row 1"),
            (lambda: classifier(dtype="float32").fit(X * 1e300, Y), "in row 0, column 0"),
            (
                lambda: classifier().fit(sparse.csr_matrix(np.where(X > 2, np.inf, X)), Y),
                f"The first is in row {np.argwhere(X > 2)[0][0]}, column {np.argwhere(X > 2)[0][1]}",
            ),
        ],
        ids=range(7),
    )
    def test_wrong_ones_are_refused(self, fit, message):
        with pytest.raises(ValueError, match=message):
            fit()


class TestEarlyStopping:
    def test_without_a_number_to_go_by(self):
        with pytest.raises(DataError, match="The validation score was NaN in every epoch"), np.errstate(all="ignore"):
            lw.MLPRegressor(early_stopping=True, max_iter=3, scoring=lambda m, X, y: np.nan).fit(X, NUMBERS)

    def test_without_rows_left(self):
        with pytest.raises(DataError, match="the resulting train set will be empty"):
            lw.MLPRegressor(early_stopping=True, validation_fraction=0.999).fit(X, NUMBERS)

    def test_rare_classes_are_learnt_from(self):
        y = np.arange(150) % 40
        y[0] = 99
        seen = []
        model = classifier(early_stopping=True, scoring=lambda m, X, y: seen.append(y) or 0.0).fit(X, y)
        assert (99 in model.classes_, 99 in seen[0], len(seen[0])) == (True, False, 15)

    def test_lbfgs_holds_nothing_out(self):
        model = classifier(solver="lbfgs", early_stopping=True).fit(X, Y)
        np.testing.assert_array_equal(model.coefs_[0], classifier(solver="lbfgs").fit(X, Y).coefs_[0])

    def test_a_function_need_not_take_weights(self):
        model = classifier(early_stopping=True, scoring=lambda m, X, y: m.score(X, y))
        assert len(model.fit(X, Y, np.ones(150)).validation_scores_) == 5

    def test_weights_changed_in_place_are_gone_on_from(self):
        model = classifier(early_stopping=True)
        for _ in range(3):
            model.partial_fit(X, Y, classes=[0, 1, 2], X_val=X, y_val=Y)
        model.coefs_[0][...] = 7.0
        model.partial_fit(X, Y, X_val=X, y_val=Y)
        assert model.score(X, Y) == model.best_validation_score_
        assert abs(model.coefs_[0] - 7).max() < 0.1

    def test_another_type_takes_the_best_weights_along(self):
        model = classifier(early_stopping=True, warm_start=True).fit(X, Y).set_params(dtype="float32").fit(X, Y)
        assert model.coefs_[0].dtype == np.float32


class TestParameters:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"activation": None}, "'activation' parameter of MLPClassifier must be a name"),
            ({"activation": np.tanh}, "'activation' parameter of MLPClassifier must be a name"),
            ({"activation": [["tanh"]]}, "'activation' parameter of MLPClassifier must be a name"),
            ({"callbacks": Raises()}, "'callbacks' parameter of MLPClassifier must list objects"),
            ({"callbacks": [Raises]}, "'callbacks' parameter of MLPClassifier must list objects"),
            ({"n_iter_no_change": np.array([1, 2])}, "'n_iter_no_change' parameter of MLPClassifier"),
            ({"hidden_layer_sizes": 5.0}, "'hidden_layer_sizes' parameter of MLPClassifier must be an int"),
            ({"hidden_layer_sizes": "5"}, "'hidden_layer_sizes' parameter of MLPClassifier must be an int"),
            ({"hidden_layer_sizes": True}, "'hidden_layer_sizes' parameter of MLPClassifier must be an int"),
            ({"early_stopping": True, "scoring": "acuracy"}, "Did you mean 'accuracy'"),
            ({"early_stopping": True, "scoring": lambda m, X, y: "high"}, "must give a number. Got 'high'"),
            ({"schedule": "cosin"}, "Unknown schedule of MLPClassifier 'cosin'. Did you mean 'cosine'"),
        ],
        ids=range(12),
    )
    def test_wrong_ones_say_what_is_right(self, options, message):
        with pytest.raises(ValueError, match=message):
            classifier(**options).fit(X, Y)

    @pytest.mark.parametrize("eval_set", [[5], [None], (X, Y), [(X, Y), (X, Y)], []], ids=range(5))
    def test_an_eval_set_is_one_pair_in_a_list(self, eval_set):
        with pytest.raises(ParameterError, match=r"eval_set must be a list with one pair, \[\(X, y\)\]"):
            classifier().fit(X, Y, eval_set=eval_set)

    @pytest.mark.parametrize("dropout", [0.5, np.float64(0.5), np.array(0.5), [0.5], np.array([0.5])], ids=range(5))
    def test_a_rate_of_dropout_is_a_number_or_a_list(self, dropout):
        assert classifier(dropout=dropout).fit(X, Y).loss_ == classifier(dropout=0.5).fit(X, Y).loss_

    def test_a_loss_of_ones_own_is_kept_in_a_pickle(self):
        model = lw.MLPRegressor(loss=HalfSquares(), max_iter=5, random_state=0).fit(X, NUMBERS)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
        np.testing.assert_array_equal(again.partial_fit(X, NUMBERS).coefs_[0], model.partial_fit(X, NUMBERS).coefs_[0])


class TestLogisticRegression:
    def test_the_safe_rate_is_safe_where_columns_cancel(self):
        column = (X[:, :1] > 0) - 0.5
        with pytest.warns(UserWarning, match="failed to converge"):
            model = lw.LogisticRegression(solver="gradient_descent", max_iter=300, tol=0).fit(
                np.hstack([column, -column, 2 * column, -2 * column]), BINARY
            )
        assert (np.diff(model.loss_curve_) <= 1e-12).all()

    def test_newton_names_another_solver_for_wide_tables(self):
        wide = sparse.random(20, 20_000, density=0.001, random_state=0, format="csr")
        with pytest.raises(ParameterError, match=r"must be 'lbfgs' for 20,001 weights"):
            lw.LogisticRegression(solver="newton").fit(wide, np.arange(20) % 2)

    def test_other_classes_begin_anew(self):
        model = lw.LogisticRegression(warm_start=True, solver="newton").fit(X, BINARY)
        first = model.n_iter_[0]
        assert model.fit(X, np.where(BINARY, "a", "b")).n_iter_[0] == first

    @pytest.mark.parametrize(
        "options", [{"n_jobs": 0}, {"n_jobs": "x"}, {"n_jobs": 1.5}, {"penalty": np.ones(2)}], ids=str
    )
    def test_wrong_parameters_are_refused(self, options):
        with pytest.raises(ParameterError):
            lw.LogisticRegression(**options).fit(X, Y)


WRONG = [
    ({"solver": "adm"}, "Unknown solver of MLPClassifier 'adm'. Did you mean 'adam'?"),
    ({"activation": "rleu"}, "Unknown activation of MLPClassifier 'rleu'. Did you mean 'relu'?"),
    ({"learning_rate": "adaptiv"}, "Did you mean 'adaptive'?"),
    ({"schedule": "cosin"}, "Did you mean 'cosine'?"),
    ({"initializer": "glorot_unifrm"}, "Did you mean 'glorot_uniform'?"),
    ({"on_divergence": "rais"}, "Did you mean 'raise'?"),
    ({"alpha": -1}, "The 'alpha' parameter of MLPClassifier must be a float in the range [0, inf). Got -1 instead."),
    ({"max_iter": 0}, "The 'max_iter' parameter of MLPClassifier must be an int in the range [1, inf)"),
    ({"shuffle": "yes"}, "The 'shuffle' parameter of MLPClassifier must be a bool. Got 'yes' instead."),
    ({"hidden_layer_sizes": (3, 0)}, "hidden_layer_sizes must be > 0, got [3, 0]."),
    ({"batch_size": "all"}, "The 'batch_size' parameter of MLPClassifier must be"),
    ({"dropout": (0.1, 0.2)}, "must be one rate, or one for each of the 1 hidden layers. Got 2."),
    ({"activation": ["relu", "relu"]}, "must be one name, or one for each of the 1 hidden layers. Got 2"),
    ({"l2": 1.0}, "must be 0 unless alpha=0"),
    ({"solver": "lbfgs", "dropout": 0.5}, "does not go with solver='lbfgs'"),
    ({"dtype": "float16"}, "must be None, 'float32' or 'float64'"),
    ({"n_threads": 0}, "The 'n_threads' parameter of MLPClassifier must be an int in the range [1, 1024]"),
    ({"random_state": -1}, "random_state"),
    ({"callbacks": [print]}, "must list objects with a method on_epoch_end(state)"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=str)
def test_wrong_parameters_say_what_is_right(options, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is looked at below
        classifier(**options).fit(X, Y)
    assert message in str(error.value)


def test_a_number_that_is_not_finite_has_its_place():
    wrong = X.copy()
    wrong[7, 2] = np.nan
    with pytest.raises(ValueError, match=r"Input X contains NaN[\s\S]*The first is in row 7, column 2"):
        classifier().fit(wrong, Y)
    with pytest.raises(ValueError, match="The first is in row 7, column 2"):
        classifier().fit(X, Y).predict(wrong)
