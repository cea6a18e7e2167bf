import inspect

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations.losses import loss
from layerwise.equations.optimizers import LBFGS, OPTIMIZERS, Adam, GradientDescent
from layerwise.equations.schedules import Cosine, WarmUp
from layerwise.errors import DataError, ParameterError, ShapeError
from layerwise.vocabulary import ACTIVATIONS, LOSSES, OUTPUT_OF_LOSS
from oracles import labels_for

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 24))
Y = (X[:1] > X[1:]).astype(int)
NET = lw.Network((2, 4, 1), ("tanh", "sigmoid"))


def signs(value):
    """As many of that number as the network has parameters."""
    return lw.Parameters.from_vector(NET.sizes, np.full(NET.n_parameters, float(value)))


class Counting:
    def __init__(self):
        self.epochs = 0

    def on_epoch_end(self, state):
        self.epochs += 1
        state.learning_rate = 0.5


def fingerprint(**options):
    result = lw.train(NET, X, Y, **{"epochs": 6, "seed": 1, **options})
    history = repr(result.history), repr(result.history.metrics)
    return result.parameters.dtype, result.parameters.vector.tobytes(), history, result.stopped


CHANGES = {
    "learning_rate": ({}, {"learning_rate": 0.3}),
    "epochs": ({}, {"epochs": 7}),
    "batch_size": ({}, {"batch_size": 5}),
    "shuffle": ({"batch_size": 5}, {"batch_size": 5, "shuffle": False}),
    "subset": ({}, {"subset": np.arange(20)}),
    "optimizer": ({}, {"optimizer": "adam"}),
    "seed": ({}, {"seed": 2}),
    "initial": ({}, {"initial": lw.initialize(NET, seed=1, method="glorot")}),
    "l2": ({}, {"l2": 0.1}),
    "dropout": ({}, {"dropout": 0.5}),
    "dropout_schedule": ({"dropout": 0.5}, {"dropout": 0.5, "dropout_schedule": "linear"}),
    "clip_norm": ({}, {"clip_norm": 1e-3}),
    "sample_weight": ({}, {"sample_weight": np.arange(24)}),
    "label_smoothing": ({}, {"label_smoothing": 0.1}),
    "signs": ({}, {"signs": signs(1)}),
    "averaging": ({}, {"averaging": 0.5}),
    "validation": ({}, {"validation": (X, Y)}),
    "metrics": ({"validation": (X, Y)}, {"validation": (X, Y), "metrics": ("auc",)}),
    "early_stopping": ({"validation": (X, 1 - Y)}, {"validation": (X, 1 - Y), "early_stopping": 1}),
    "schedule": ({}, {"schedule": "exponential"}),
    "decay_schedule": ({"optimizer": "adamw"}, {"optimizer": "adamw", "decay_schedule": "linear"}),
    "callbacks": ({}, {"callbacks": [Counting()]}),
    "dtype": ({}, {"dtype": "float64"}),
    "resume": ({}, {"resume": lw.train(NET, X, Y, epochs=5, seed=2)}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_accepted_changes_the_result(name):
    one, other = CHANGES[name]
    assert fingerprint(**one) != fingerprint(**other)


def test_every_parameter_is_shown_to_change_something():
    elsewhere = {"engine", "threads"}  # tests/contract, tests/engines/test_blas_threads.py
    assert set(CHANGES) == set(inspect.signature(lw.train).parameters) - {"net", "X", "Y"} - elsewhere


class TestDefaults:
    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_a_name_is_an_instance_with_its_own_rate(self, name):
        assert fingerprint(optimizer=name) == fingerprint(optimizer=OPTIMIZERS[name]())

    def test_a_rate_replaces_that_of_an_instance(self):
        assert fingerprint(optimizer=Adam(0.5, beta1=0.5), learning_rate=0.01) == fingerprint(optimizer=Adam(0.01, 0.5))

    def test_nothing_starts_from_he_with_the_seed(self):
        assert fingerprint(seed=4) == fingerprint(seed=4, initial=lw.initialize(NET, seed=4, method="he"))

    def test_no_schedule_is_a_constant_rate(self):
        assert fingerprint() == fingerprint(schedule="constant")

    def test_one_rate_of_dropout_is_that_of_all_hidden_layers(self):
        assert fingerprint(dropout=0.4) == fingerprint(dropout=(0.4,)) == fingerprint(dropout=np.array([0.4]))

    def test_a_number_of_epochs_is_early_stopping_with_that_patience(self):
        validation = (X, 1 - Y)
        one, other = (fingerprint(validation=validation, early_stopping=rule) for rule in (2, lw.EarlyStopping(2)))
        assert one == other

    def test_single_precision_is_the_default(self):
        assert lw.train(NET, X, Y, epochs=1).parameters.dtype == np.float32
        given = lw.initialize(NET).astype("float64")
        assert lw.train(NET, X, Y, epochs=1, initial=given).parameters.dtype == np.float32


@pytest.mark.parametrize("kind", ["int64", "uint8", "bool", "float16", "float32", "float64", list])
def test_any_real_numbers_are_taken(kind):
    X, Y = np.array([[0, 1, 1, 0], [1, 0, 1, 0]]), np.array([[1, 1, 0, 0]])
    given = (X.tolist(), Y.tolist()) if kind is list else (X.astype(kind), Y.astype(kind))
    np.testing.assert_array_equal(
        lw.train(NET, *given, epochs=3).parameters.vector, lw.train(NET, X, Y, epochs=3).parameters.vector
    )


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_learnt(name):
    net = lw.Network((2, 6, 2), ("tanh", OUTPUT_OF_LOSS.get(name, "identity")), name)
    Y = labels_for(loss(net.loss_choice).labels, (2, 24), np.random.default_rng(1))
    history = lw.train(net, X, Y, epochs=150, optimizer="adam", learning_rate=0.02).history
    assert history.cost[-1] < history.cost[0]
    assert history.cost[-1] == min(history.cost) or name in ("absolute_error", "quantile")


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in ("softmax", "exp", "identity")])
def test_every_hidden_activation_learns_xor(name):
    net = lw.Network((2, 8, 1), (name, "sigmoid"))
    X = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
    result = lw.train(net, X, [[0, 1, 1, 0]], epochs=1000, optimizer="adam", learning_rate=0.05, seed=3)
    np.testing.assert_array_equal(result.predict(X).round(), [[0, 1, 1, 0]])


def test_predict_is_the_output_for_new_examples():
    result = lw.train(NET, X, Y, epochs=3)
    np.testing.assert_array_equal(result.predict(X), lw.predict(NET, result.parameters, X))
    assert result.predict(X[:, :1]).shape == (1, 1)


REFUSED = [
    (
        {"learning_rate": 0},
        r"'learning_rate' parameter of train must be a float in the range \(0, inf\)\. Got 0 instead",
    ),
    ({"learning_rate": -0.1}, r"'learning_rate' .* Got -0\.1 instead\.$"),
    ({"learning_rate": np.nan}, r"'learning_rate' .* Got nan"),
    ({"learning_rate": "fast"}, r"'learning_rate' .* Got 'fast'"),
    ({"epochs": 0}, r"'epochs' parameter of train must be an int in the range \[1, inf\)\. Got 0"),
    ({"epochs": 1e3}, r"'epochs' .* Got 1000\.0"),
    ({"epochs": True}, r"'epochs' .* Got True"),
    ({"shuffle": 1}, r"'shuffle' parameter of train must be True or False\. Got 1 instead"),
    ({"batch_size": 0}, r"'batch_size' parameter of train must be an int in the range \[1, inf\)"),
    ({"batch_size": 32.0}, r"'batch_size' .* Got 32\.0"),
    ({"optimizer": "adm"}, r"^Unknown optimizer 'adm'\. Did you mean 'adam'\?$"),
    ({"optimizer": "sgd"}, r"^Unknown optimizer 'sgd'\."),
    (
        {"optimizer": Adam},
        r"^The 'optimizer' parameter of train must be a name or an instance\. Got the class Adam: write Adam\(\)",
    ),
    ({"seed": -1}, r"'seed' parameter of train must be an int in the range \[0, 18446744073709551615\]"),
    ({"seed": None}, r"'seed' .* Got None"),
    ({"l2": -1}, r"'l2' parameter of train must be a float in the range \[0, inf\)"),
    ({"dropout": 1.1}, r"'dropout' parameter of train must be a float in the range \[0, 1\]\. Got 1\.1"),
    (
        {"dropout": (0.1, 0.2)},
        r"'dropout' parameter of train must be one rate, or one for each of the 1 hidden layers\. Got 2",
    ),
    ({"dropout": (-0.1,)}, r"'dropout\[0\]' parameter of train .* Got -0\.1"),
    ({"dropout": "half"}, r"'dropout' parameter of train must be one rate"),
    ({"clip_norm": 0}, r"'clip_norm' parameter of train must be a float in the range \(0, inf\)"),
    ({"early_stopping": 3}, r"'early_stopping' parameter of train must be None without validation examples"),
    ({"early_stopping": 0, "validation": (X, Y)}, r"'early_stopping' parameter of train must be an int .*\[1, inf\)"),
    ({"early_stopping": True, "validation": (X, Y)}, r"'early_stopping' .* Got True"),
    ({"schedule": "cosin"}, r"^Unknown schedule 'cosin'\. Did you mean 'cosine'\?"),
    ({"schedule": Cosine}, r"^Unknown schedule <class"),
    ({"schedule": 3}, r"^Unknown schedule 3\. Known: constant, cosine"),
    (
        {"callbacks": [print]},
        r"'callbacks' parameter of train must list objects with a method on_epoch_end\(state\)\. Got <b",
    ),
    ({"callbacks": 3}, r"'callbacks' parameter of train must list objects .* Got 3\."),
    ({"engine": "numpi"}, r"^Unknown engine 'numpi'\. Did you mean 'numpy'\?"),
    ({"dtype": "float16"}, r"^The 'dtype' parameter of train must be 'float32' or 'float64'\. Got 'float16'"),
    ({"dtype": "real"}, r"^The 'dtype' parameter of train must be 'float32' or 'float64'\. Got 'real'"),
    ({"initial": [1, 2]}, r"'initial' parameter of train must be Parameters, such as .* Got list instead"),
    (
        {"optimizer": "lbfgs", "learning_rate": 0.1},
        r"'learning_rate' parameter of train must be None with lbfgs.*Got 0\.1",
    ),
    ({"optimizer": LBFGS(), "batch_size": 4}, r"'batch_size' parameter of train does not go with lbfgs.*use 'adam'"),
    ({"optimizer": "lbfgs", "dropout": 0.5}, r"'dropout' parameter of train does not go with lbfgs"),
    ({"optimizer": "lbfgs", "clip_norm": 1}, r"'clip_norm' parameter of train does not go with lbfgs"),
    ({"optimizer": "lbfgs", "schedule": WarmUp(2)}, r"'schedule' parameter of train does not go with lbfgs"),
]


@pytest.mark.parametrize(
    ("options", "message"), REFUSED, ids=[f"{i} {next(iter(o))}" for i, (o, _) in enumerate(REFUSED)]
)
def test_arguments_outside_their_range(options, message):
    with pytest.raises(ParameterError, match=message):
        lw.train(NET, X, Y, **options)


def test_lbfgs_takes_what_is_the_same_as_nothing():
    assert fingerprint(optimizer="lbfgs") == fingerprint(
        optimizer="lbfgs", batch_size=24, dropout=0.0, schedule="constant", averaging=0, signs=signs(0)
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_initial_parameters_are_finite_and_fit(bad):
    initial = lw.initialize(NET)
    initial.W[2][0, 0] = bad
    with pytest.raises(
        ParameterError, match=r"'initial' parameter of train must be finite in float32\. Got NaN or infinity"
    ):
        lw.train(NET, X, Y, initial=initial)
    with pytest.raises(
        ShapeError, match=r"^train: the parameters must have the sizes of the network, \(2, 4, 1\)\. Got"
    ):
        lw.train(NET, X, Y, initial=lw.initialize(lw.Network((2, 3, 1), ("tanh", "sigmoid"))))


def test_initial_parameters_that_only_double_precision_holds():
    initial = lw.initialize(NET)
    initial.W[2][0, 0] = 1e200
    with pytest.raises(ParameterError, match=r"'initial' parameter of train must be finite"):
        lw.train(NET, X, Y, initial=initial, dtype="float32")


class TestData:
    @pytest.mark.parametrize(
        ("X", "Y", "message"),
        [
            (X.T, Y, r"^train: X must have shape \(n_x, m\) with n_x = 2; .* Got \(24, 2\)\. Use X\.T if its rows"),
            (X[0], Y, r"^train: X must have shape .* Got \(24,\)\.$"),
            (X[:, 0], Y, r"^train: X must have shape .* Got \(2,\)\. Use X\.reshape\(-1, 1\): a column, one example"),
            (
                X,
                Y[0],
                r"^train: Y must have shape \(n_y, m\) with n_y = 1; .* Got \(24,\)\. Use Y\.reshape\(1, -1\): a row",
            ),
            (X, Y.T, r"^train: Y must have shape .* Got \(24, 1\)\. Use Y\.T"),
            (X, Y[:, :5], r"^train: Y must have a column for each of the m = 24 columns of X\. Got \(1, 5\)"),
            (X[:, :0], Y[:, :0], r"^train: X must have at least one column"),
        ],
    )
    def test_shapes(self, X, Y, message):
        with pytest.raises(ShapeError, match=message):
            lw.train(NET, X, Y)

    @pytest.mark.parametrize(("bad", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
    def test_X_is_finite(self, bad, shown):
        broken = X.copy()
        broken[1, 7] = bad
        message = rf"^train: X must be finite\. Got {shown} in row 1, column 7 \(feature 1 of example 7\)\.$"
        with pytest.raises(DataError, match=message):
            lw.train(NET, broken, Y)

    def test_X_is_finite_in_the_type_of_the_run(self):
        broken = X.copy()
        broken[0, 3] = 1e39
        with pytest.raises(
            DataError, match=r"^train: X must hold numbers that float32 can\. Got 1e\+39\. Use dtype='float64'"
        ):
            lw.train(NET, broken, Y)
        with np.errstate(all="raise"), pytest.raises(DataError, match=r"^train: X must hold numbers"):
            lw.train(NET, broken, Y)
        lw.train(NET, broken, Y, dtype="float64", epochs=1)

    @pytest.mark.parametrize("bad", [np.full((2, 24), "a"), X.astype(object), X.astype(complex), [[1.0], [1.0, 2.0]]])
    def test_X_holds_numbers(self, bad):
        with pytest.raises(DataError, match=r"^train: X must be an array of numbers\. Got"):
            lw.train(NET, bad, Y)

    def test_Y_holds_what_the_loss_asks_for(self):
        with pytest.raises(
            DataError, match=r"^train: with the loss 'binary_cross_entropy' .* Got 2 in row 0, column 0"
        ):
            lw.train(NET, X, Y + 2)
        with pytest.raises(DataError, match=r"^train: Y must be an array of numbers\. Got an array of <U"):
            lw.train(NET, X, Y.astype(str))
        with pytest.raises(DataError, match=r"^train: Y must be finite\. Got nan in row 0, column 0\."):
            lw.train(NET, X, np.full((1, 24), np.nan))

    @pytest.mark.parametrize(
        ("weights", "error", "message"),
        [
            (
                np.ones(5),
                ShapeError,
                r"^train: sample_weight must have shape \(m,\) or \(1, m\) with m = 24\. Got \(5,\)",
            ),
            (np.ones((24, 1)), ShapeError, r"^train: sample_weight must have shape"),
            (np.zeros(24), DataError, r"^train: sample_weight must be at least 0 and not 0 everywhere\. Got 0\."),
            (-np.ones(24), DataError, r"^train: sample_weight must be at least 0 .* Got -1\."),
            (np.full(24, np.inf), DataError, r"^train: sample_weight must be finite"),
            (["heavy"] * 24, DataError, r"^train: sample_weight must be an array of numbers"),
        ],
    )
    def test_weights(self, weights, error, message):
        with pytest.raises(error, match=message):
            lw.train(NET, X, Y, sample_weight=weights)

    @pytest.mark.parametrize(
        ("validation", "error", "message"),
        [
            (
                X,
                ShapeError,
                r"^train: validation must be \(X, Y\) or \(X, Y, sample_weight\)\. Got ndarray of length 2",
            ),
            ((X,), ShapeError, r"^train: validation must be .* Got tuple of length 1"),
            (3, ShapeError, r"^train: validation must be .* Got int\."),
            ((X.T, Y), ShapeError, r"^train, validation: X must have shape .* Use X\.T"),
            ((X, Y[:, :3]), ShapeError, r"^train, validation: Y must have a column for each of the m = 24"),
            ((X, Y + 2), DataError, r"^train, validation: with the loss"),
            ((X * np.nan, Y), DataError, r"^train, validation: X must be finite"),
            ((X, Y, np.ones(3)), ShapeError, r"^train, validation: sample_weight must have shape"),
        ],
    )
    def test_validation(self, validation, error, message):
        with pytest.raises(error, match=message):
            lw.train(NET, X, Y, validation=validation)

    @pytest.mark.parametrize("validation", [(X, Y), [X, Y], (X, Y, None), (X, Y, np.ones(24))])
    def test_forms_of_validation(self, validation):
        assert len(lw.train(NET, X, Y, epochs=2, validation=validation).history.validation_cost) == 2


@pytest.mark.parametrize("setting", [{"patience": 0}, {"patience": 2.0}, {"min_improvement": -1}])
def test_early_stopping_outside_its_range(setting):
    with pytest.raises(ParameterError, match=rf"'{next(iter(setting))}' parameter of EarlyStopping must be"):
        lw.EarlyStopping(**setting)


def test_a_rule_is_not_changed_by_a_run():
    rule = GradientDescent(0.1)
    lw.train(NET, X, Y, optimizer=rule, learning_rate=0.9, schedule="cosine", epochs=2)
    assert rule == GradientDescent(0.1)
