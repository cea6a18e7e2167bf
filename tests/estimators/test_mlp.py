"""What the perceptrons do beyond scikit-learn's."""

import contextlib
import copy
import logging
import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_iris, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, roc_auc_score

import layerwise as lw
from layerwise.equations.regularizers import dropout_masks
from layerwise.errors import DivergenceWarning

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
BINARY = (Y == 1).astype(int)
NUMBERS = X @ [1.0, -2.0, 0.5, 0.3] + np.sin(3 * X[:, 0])
STOCHASTIC = ["adam", "sgd", "gradient_descent", "rmsprop", "adamw"]


def classifier(**options):
    return lw.MLPClassifier(**{"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0, **options})


def regressor(**options):
    return lw.MLPRegressor(**{"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0, **options})


def weights(model):
    return np.concatenate([array.reshape(-1) for array in (*model.coefs_, *model.intercepts_)])


CHANGES = {
    "hidden_layer_sizes": {"hidden_layer_sizes": (4, 3)},
    "activation": {"activation": "gelu"},
    "solver": {"solver": "rmsprop"},
    "alpha": {"alpha": 1.0},
    "batch_size": {"batch_size": 7},
    "learning_rate": ({"solver": "sgd"}, {"solver": "sgd", "learning_rate": "invscaling"}),
    "learning_rate_init": {"learning_rate_init": 0.1},
    "power_t": ({"solver": "sgd", "learning_rate": "invscaling"}, {"power_t": 0.1}),
    "max_iter": {"max_iter": 3},
    "shuffle": ({"batch_size": 20}, {"shuffle": False}),
    "random_state": {"random_state": 1},
    "tol": {"tol": 1.0, "n_iter_no_change": 1},
    "momentum": ({"solver": "sgd"}, {"momentum": 0.5}),
    "nesterovs_momentum": ({"solver": "sgd"}, {"nesterovs_momentum": False}),
    "early_stopping": {"early_stopping": True},
    "validation_fraction": ({"early_stopping": True}, {"validation_fraction": 0.3}),
    "beta_1": {"beta_1": 0.5},
    "beta_2": {"beta_2": 0.5},
    "epsilon": {"epsilon": 0.1},
    "n_iter_no_change": ({"tol": 1.0}, {"n_iter_no_change": 1}),
    "max_fun": ({"solver": "lbfgs"}, {"max_fun": 3}),
    "l2": {"alpha": 0.0, "l2": 5.0},
    "weight_decay": ({"solver": "adamw"}, {"weight_decay": 1.0}),
    "dropout": {"dropout": 0.5},
    "initializer": {"initializer": "he"},
    "schedule": {"schedule": "cosine"},
    "clip_norm": {"clip_norm": 0.01},
    "scoring": ({"early_stopping": True, "learning_rate_init": 0.1, "n_iter_no_change": 2}, {"scoring": "loss"}),
    "class_weight": {"class_weight": {0: 5.0, 1: 1.0, 2: 1.0}},
    "dtype": {"dtype": "float32"},
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_parameter_changes_the_weights(name):
    change = CHANGES[name]
    before, after = change if isinstance(change, tuple) else ({}, change)
    one, other = classifier(**before).fit(X, Y), classifier(**{**before, **after}).fit(X, Y)
    assert weights(one).tobytes() != weights(other).tobytes()


def test_no_parameter_is_left_out():
    elsewhere = {"verbose", "warm_start", "callbacks", "n_threads", "on_divergence"}  # below
    assert set(CHANGES) | elsewhere == set(lw.MLPClassifier().get_params())
    assert set(CHANGES) - {"class_weight"} | elsewhere | {"loss"} == set(lw.MLPRegressor().get_params())


class TestSameBits:
    @pytest.mark.parametrize("threads", [1, 2, 3])
    def test_for_any_number_of_threads(self, threads):
        many = np.tile(X, (20, 1))
        one, other = (classifier(n_threads=t, max_iter=2).fit(many, np.tile(Y, 20)) for t in (None, threads))
        assert weights(one).tobytes() == weights(other).tobytes()

    @pytest.mark.parametrize("solver", [*STOCHASTIC, "lbfgs"])
    @pytest.mark.parametrize("extra", [{}, {"early_stopping": True}, {"batch_size": 32, "dropout": 0.3}], ids=str)
    def test_half_and_half_is_a_whole_fit(self, solver, extra):
        if solver == "lbfgs" and extra:
            return
        options = {"solver": solver, "tol": 0.0, "n_iter_no_change": np.inf, **extra}
        whole = classifier(max_iter=20, **options).fit(X, Y)
        half = classifier(max_iter=10, warm_start=True, **options).fit(X, Y)
        assert half.n_iter_ == 10
        half.fit(X, Y)
        assert weights(half).tobytes() == weights(whole).tobytes()
        assert half.loss_curve_ == whole.loss_curve_
        assert half.validation_scores_ == whole.validation_scores_

    @pytest.mark.parametrize("rate", ["adaptive", "invscaling"])
    def test_rates_go_on_too(self, rate):
        patience = 1 if rate == "adaptive" else np.inf
        options = {"solver": "sgd", "learning_rate": rate, "tol": 0.05, "n_iter_no_change": patience, "power_t": 0.2}
        whole = classifier(max_iter=20, **options).fit(X, Y)
        half = classifier(max_iter=10, warm_start=True, **options).fit(X, Y).fit(X, Y)
        assert weights(half).tobytes() == weights(whole).tobytes()

    @pytest.mark.parametrize("solver", STOCHASTIC)
    def test_partial_fits_are_epochs(self, solver):
        whole = classifier(solver=solver, max_iter=7, batch_size=40).fit(X, Y)
        parts = classifier(solver=solver, batch_size=40)
        for _ in range(3):
            parts.partial_fit(X, Y, classes=[0, 1, 2])
        parts = pickle.loads(pickle.dumps(copy.deepcopy(parts)))
        for _ in range(4):
            parts.partial_fit(X, Y)
        assert weights(parts).tobytes() == weights(whole).tobytes()

    @pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix])
    @pytest.mark.parametrize("early", [False, True])
    def test_sparse_and_dense(self, kind, early):
        zeros = np.where(np.abs(X) < 0.5, 0, X)
        options = {"early_stopping": early, "batch_size": 31}
        dense, other = classifier(**options).fit(zeros, Y), classifier(**options).fit(kind(zeros), Y)
        assert weights(dense).tobytes() == weights(other).tobytes()
        np.testing.assert_array_equal(dense.predict_proba(zeros), other.predict_proba(kind(zeros)))


class TestWeights:
    @pytest.mark.parametrize("solver", [*STOCHASTIC, "lbfgs"])
    @pytest.mark.parametrize("make", [classifier, regressor])
    def test_a_weight_of_2_is_the_row_twice(self, solver, make):
        y = Y if make is classifier else NUMBERS
        w = np.random.default_rng(0).integers(0, 3, 150)
        options = {"solver": solver, "batch_size": 1000, "max_iter": 10, "tol": 0.0}
        with pytest.warns(UserWarning, match="clipped") if solver != "lbfgs" else contextlib.nullcontext():
            weighted = make(**options).fit(X, y, w)
            twice = make(**options).fit(np.repeat(X, w, axis=0), np.repeat(y, w))
        np.testing.assert_allclose(weights(weighted), weights(twice), rtol=1e-6, atol=1e-9)

    def test_class_weights_are_weights_of_rows(self):
        by_class = classifier(class_weight={0: 3.0, 1: 1.0, 2: 0.5}).fit(X, Y)
        by_row = classifier().fit(X, Y, np.array([3.0, 1.0, 0.5])[Y])
        assert weights(by_class).tobytes() == weights(by_row).tobytes()

    def test_balanced_classes_find_the_rare_one(self):
        rare = np.concatenate([np.flatnonzero(Y == 1)[:4], np.flatnonzero(Y == 2)])
        plain, balanced = (
            classifier(class_weight=choice, max_iter=60).fit(X[rare], Y[rare]) for choice in (None, "balanced")
        )
        assert (balanced.predict(X[Y == 1]) == 1).mean() > (plain.predict(X[Y == 1]) == 1).mean()


class TestValidation:
    def test_the_best_weights_are_given_back(self):
        model = classifier(early_stopping=True, learning_rate_init=0.3, max_iter=60).fit(
            X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2]
        )
        assert model.score(X[1::2], Y[1::2]) == model.best_validation_score_ == max(model.validation_scores_)
        assert len(model.validation_scores_) == len(model.validation_loss_curve_) == model.n_iter_

    @pytest.mark.parametrize(
        "scoring",
        ["neg_log_loss", "roc_auc", "loss", None, lambda m, X, y: m.score(X, y)],
        ids=["neg_log_loss", "roc_auc", "loss", "accuracy", "function"],
    )
    def test_any_score_can_stop_it(self, scoring):
        given = {"X_val": X[1::2], "y_val": BINARY[1::2]}
        model = classifier(early_stopping=True, scoring=scoring, learning_rate_init=0.05).fit(
            X[::2], BINARY[::2], **given
        )
        p = model.predict_proba(X[1::2])[:, 1]
        found = {
            "neg_log_loss": np.mean(np.log(np.where(BINARY[1::2] == 1, p, 1 - p))),
            "roc_auc": roc_auc_score(BINARY[1::2], p),
            "loss": np.mean(np.log(np.where(BINARY[1::2] == 1, p, 1 - p))),
        }.get(scoring, accuracy_score(BINARY[1::2], p > 0.5))
        assert model.best_validation_score_ == pytest.approx(found, rel=1e-9)

    def test_rows_can_be_looked_at_without_stopping(self):
        plain = classifier().fit(X[::2], Y[::2])
        watched = classifier().fit(X[::2], Y[::2], eval_set=[(X[1::2], Y[1::2])])
        assert weights(plain).tobytes() == weights(watched).tobytes()
        assert len(watched.validation_loss_curve_) == 20
        assert watched.best_validation_score_ is None

    def test_partial_fit_keeps_the_best_weights_of_given_rows(self):
        model = classifier(early_stopping=True, learning_rate_init=0.2)
        for _ in range(10):
            model.partial_fit(X[::2], Y[::2], classes=[0, 1, 2], X_val=X[1::2], y_val=Y[1::2])
        assert len(model.validation_scores_) == 10
        assert model.score(X[1::2], Y[1::2]) == max(model.validation_scores_)
        with pytest.raises(
            ValueError, match="partial_fit does not support early_stopping=True without X_val and y_val"
        ):
            model.partial_fit(X, Y)

    def test_the_held_out_part_keeps_the_shares_of_the_classes(self):
        rows = np.r_[0:50, 50:60, 100:130]
        seen = []
        classifier(early_stopping=True, validation_fraction=0.2, scoring=lambda m, X, y: seen.append(y) or 0.0).fit(
            X[rows], Y[rows]
        )
        assert np.bincount(seen[0]).tolist() == [10, 2, 6]

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"X_val": X}, "X_val and y_val go together. Got X_val alone"),
            ({"eval_set": (X, Y)}, "eval_set must be a list with one pair"),
            ({"X_val": X[:, :2], "y_val": Y}, "X has 2 features, but MLPClassifier is expecting 4"),
            ({"X_val": X, "y_val": Y + 1}, "`y` has classes not in `self.classes_`"),
        ],
    )
    def test_wrong_rows_are_refused(self, given, message):
        with pytest.raises(ValueError, match=message):
            classifier().fit(X, Y, **given)


class TestLosses:
    @pytest.mark.parametrize(
        ("name", "of"),
        [
            ("squared_error", lambda y, p: (0.5 * (p - y) ** 2, p - y)),
            ("absolute_error", lambda y, p: (np.abs(p - y), np.sign(p - y))),
            ("quantile(q=0.9)", lambda y, p: (np.maximum(0.9 * (y - p), -0.1 * (y - p)), np.where(y > p, -0.9, 0.1))),
        ],
    )
    def test_a_loss_of_ones_own_is_the_one_of_that_name(self, name, of):
        named, own = (regressor(loss=loss, learning_rate_init=0.01).fit(X, NUMBERS) for loss in (name, of))
        np.testing.assert_allclose(weights(named), weights(own), rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(named.loss_curve_, own.loss_curve_, rtol=1e-9)

    def test_a_quantile_has_its_share_above(self):
        options = {"max_iter": 3000, "learning_rate_init": 0.01, "tol": 0.0, "schedule": "cosine"}
        model = regressor(loss="quantile(q=0.9)", **options).fit(X, NUMBERS)
        assert (model.predict(X) >= NUMBERS).mean() == pytest.approx(0.9, abs=0.05)

    def test_several_targets(self):
        two = np.column_stack([NUMBERS, -NUMBERS])
        model = regressor(loss="huber(delta=0.5)", solver="lbfgs", max_iter=300).fit(X, two)
        assert model.score(X, two) > 0.8

    @pytest.mark.parametrize(
        ("loss", "message"),
        [
            (lambda y, p: (0.5 * (p - y) ** 2, y - p), "must return the derivative of the loss by y_pred. In row"),
            (lambda y, p: (np.zeros(3), p - y), r"must return the loss of every row, \(50,\) or \(50, 1\)"),
            (lambda y, p: p - y, "must be a function of"),
            ("huber(delta=-1)", "delta"),
            ("squared_eror", "Did you mean 'squared_error'"),
        ],
    )
    def test_a_wrong_one_is_refused_before_training(self, loss, message):
        with pytest.raises(ValueError, match=message):
            regressor(loss=loss).fit(X, NUMBERS)


class TestRegularization:
    @pytest.mark.parametrize("batch_size", [10, 50])
    def test_l2_does_not_move_with_the_batch_and_alpha_does(self, batch_size):
        # λ/2m with m = 150 is alpha/2b with alpha = λ b / m
        by_l2 = classifier(alpha=0.0, l2=3.0, batch_size=batch_size).fit(X, Y)
        by_alpha = classifier(alpha=3.0 * batch_size / 150, batch_size=batch_size).fit(X, Y)
        np.testing.assert_allclose(weights(by_l2), weights(by_alpha), rtol=1e-9, atol=1e-12)

    def test_dropout_has_a_rate_for_each_layer(self):
        model = classifier(hidden_layer_sizes=(6, 5), dropout=(0.0, 0.5), activation=["tanh", "relu"], max_iter=1)
        assert dropout_masks(model.fit(X, Y)._network, (0.0, 0.5), 4, 0, 0, np.float64).keys() == {2}
        assert model._network.activations == ("tanh", "relu", "softmax")


class TestDivergence:
    def test_it_is_raised_with_its_place(self):
        with pytest.raises(ValueError, match=r"Solver produced non-finite .* is not finite in step \d+ of epoch"):
            regressor(solver="sgd", activation="identity", learning_rate_init=10.0).fit(X * 100, NUMBERS)

    def test_it_recovers_with_a_smaller_rate(self):
        options = {"solver": "sgd", "activation": "identity", "learning_rate_init": 0.01, "on_divergence": "recover"}
        with pytest.warns(DivergenceWarning, match="goes on from its best epoch with the learning rate"):
            model = regressor(**options, max_iter=100).fit(X * 20, NUMBERS)
        assert np.isfinite(weights(model)).all()
        assert model.score(X * 20, NUMBERS) > 0.3

    def test_with_early_stopping_the_best_weights_stay(self):
        with pytest.warns(DivergenceWarning, match="The weights are those of the best epoch"):
            model = regressor(solver="sgd", activation="identity", learning_rate_init=10.0, early_stopping=True).fit(
                X, NUMBERS
            )
        assert np.isfinite(weights(model)).all()
        assert np.isnan(model.validation_scores_[-1])


class TestInsight:
    def test_hidden_activations(self):
        model = classifier(hidden_layer_sizes=(6, 5), activation="tanh").fit(X, Y)
        first = np.tanh(X @ model.coefs_[0] + model.intercepts_[0])
        np.testing.assert_allclose(model.transform(X, layer=0), first, rtol=1e-12)
        second = np.tanh(first @ model.coefs_[1] + model.intercepts_[1])
        np.testing.assert_allclose(model.transform(X), second, rtol=1e-12)
        with pytest.raises(ValueError, match="must name one of the 2 hidden layers"):
            model.transform(X, layer=2)

    @pytest.mark.parametrize("make", [classifier, regressor])
    def test_derivatives_by_the_inputs_are_finite_differences(self, make):
        model = make(activation="tanh", max_iter=50).fit(X, Y if make is classifier else NUMBERS)
        outputs = model.predict_proba if make is classifier else model.predict
        found = model.input_gradient(X[:5])
        for j in range(4):
            step = 1e-6 * np.eye(4)[j]
            numeric = (outputs(X[:5] + step) - outputs(X[:5] - step)) / 2e-6
            np.testing.assert_allclose(found[..., j], numeric, atol=1e-8)


class TestWatching:
    def test_callbacks_see_and_stop_it(self):
        class Stopper:
            epochs = 0

            def on_epoch_end(self, state):
                self.epochs += 1
                state.learning_rate = 0.5
                if state.epoch == 4:
                    state.stop()

            def on_train_end(self, result):
                self.result = result

        stopper = Stopper()
        assert classifier(callbacks=[stopper]).fit(X, Y).n_iter_ == stopper.epochs == 5
        assert (stopper.result.stopped, len(stopper.result.history)) == ("callback", 5)

    def test_verbose_prints_lines_where_there_is_no_terminal(self, capsys):
        classifier(verbose=True, max_iter=3).fit(X, Y)
        assert [line[:13] for line in capsys.readouterr().out.splitlines()] == [f"Iteration {k}, " for k in (1, 2, 3)]

    def test_silent_but_for_the_log(self, capsys, caplog):
        with caplog.at_level(logging.DEBUG, "layerwise"):
            model = classifier(max_iter=3).fit(X, Y)
        assert [record.message for record in caplog.records] == [
            f"epoch {k + 1}: cost {cost:.8f}" for k, cost in enumerate(model.loss_curve_)
        ]
        assert capsys.readouterr() == ("", "")

    def test_too_few_epochs_are_said(self):
        with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(3\) reached"):
            classifier(max_iter=3).fit(X, Y)


class TestWeightsOfOnesOwn:
    def test_put_in_place_they_are_used(self):
        model = classifier().fit(X, Y)
        other = classifier(random_state=5).fit(X, Y)
        model.coefs_, model.intercepts_ = other.coefs_, other.intercepts_
        np.testing.assert_array_equal(model.predict_proba(X), other.predict_proba(X))
        again = pickle.loads(pickle.dumps(model))
        again.coefs_[0][...] = 0
        again.coefs_[1][...] = 0
        assert np.ptp(again.predict_proba(X), axis=0).max() == 0

    def test_fewer_layers_cannot_go_on(self):
        model = classifier(warm_start=True).fit(X, Y).set_params(hidden_layer_sizes=(3, 3))
        with pytest.raises(ValueError, match="the layers must stay"):
            model.fit(X, Y)


def test_a_small_set_is_for_lbfgs_and_a_large_one_for_adamw():
    Xs, ys = make_regression(101, 4, random_state=0)
    small, large = (lw.MLPRegressor(solver="auto", max_iter=5).fit(Xs[:m], ys[:m] / 100) for m in (100, 101))
    kinds = [type(model._standing.progress.optimizer).__name__ for model in (small, large)]
    assert kinds == ["LBFGS", "AdamW"]
