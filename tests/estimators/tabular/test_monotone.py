"""With a constraint, no row's prediction ever falls (or rises) in a column, whatever the data say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import layerwise as lw
from layerwise.errors import ParameterError, TableError
from layerwise.tables import Table

m = 300
rng = np.random.default_rng(0)
A, Z, NOISE = rng.normal(size=(3, m))
SIZES = ["S", "M", "L", "XL"]
SIZE = rng.integers(4, size=m)
FLAG = rng.random(m) < 0.5
X = {
    "a": np.where(rng.random(m) < 0.15, np.nan, A),
    "flag": FLAG,
    "size": [SIZES[k] for k in SIZE],
    "z": Z,
    "town": rng.choice(["Lima", "Oslo", "Rome"], m),
}
NUMBERS = 2 * A + FLAG + SIZE + Z**2 + 0.1 * NOISE
UNIT = NUMBERS.std()
LABELS = np.where(NUMBERS + NOISE > np.median(NUMBERS), "yes", "no")
COUNTS = np.random.default_rng(1).poisson(np.exp(1 + 0.5 * A)).astype(float)
QUICK = {
    "epochs": 10,
    "averaging": 0.9,
    "dropout": 0.0,
    "n_estimators": 2,
    "hidden": (12, 12),
    "learning_rate": 0.02,
    "n_jobs": 1,
}
QUICK |= {"roles": {"size": SIZES}}
GRIDS = {
    "a": [-1e300, -50.0, *np.linspace(-4, 4, 61).tolist(), 50.0, 1e300],
    "flag": [False, True],
    "size": SIZES,
}
ROUNDING = 1e-6  # of one prediction in single precision, in units of the target's deviation

LEARNT = {
    "numbers": (lw.TabularRegressor, NUMBERS, {}),
    "medians": (lw.TabularRegressor, NUMBERS, {"loss": "absolute_error"}),
    "counts": (lw.TabularRegressor, COUNTS, {"loss": "poisson"}),
    "classes": (lw.TabularClassifier, LABELS, {}),
    "classes, not calibrated": (lw.TabularClassifier, LABELS, {"calibrate": False}),
    "in three layers": (lw.TabularClassifier, LABELS, {"hidden": (12, 8, 16)}),
    "in one layer": (lw.TabularRegressor, NUMBERS, {"hidden": ()}),
}


def fitted(name, table=X, **options):
    estimator, y, own = LEARNT[name]
    return estimator(**{**QUICK, **own, **options}).fit(table, y)


def predicted(model, table):
    """Return what is constrained: the probability of the second class, or the number in deviations."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(table)[:, 1]
    return model.predict(table) / model.model_.target.std


def steps(model, column, rows=slice(0, 60), table=X):
    """Return by how much the predictions of rows change from each value of a column to the next."""
    part = Table(table).take(rows)
    cells = [{**part, column: np.full(part.n_rows, value, dtype=object).tolist()} for value in GRIDS[column]]
    return np.diff([predicted(model, given) for given in cells], axis=0)


@pytest.mark.parametrize("sign", [1, -1], ids=["rising", "falling"])
@pytest.mark.parametrize("column", GRIDS)
@pytest.mark.parametrize("name", LEARNT)
def test_no_prediction_goes_the_other_way(name, column, sign):
    changes = sign * steps(fitted(name, monotone={column: sign}), column)
    assert changes.min() >= -ROUNDING


@pytest.mark.parametrize("seed", range(4))
def test_nor_with_other_seeds_and_several_columns(seed):
    signs = {"a": 1, "flag": -1, "size": 1}
    model = fitted("classes", monotone=signs, random_state=seed, n_estimators=3, quality="best")
    for column, sign in signs.items():
        assert (sign * steps(model, column)).min() >= -ROUNDING


@pytest.mark.parametrize("name", ["numbers", "classes"])
def test_without_the_constraint_it_does(name):
    # the data fall: a free network follows them, and one that may not fall stays where it is
    fallen = {**X, "a": -np.asarray(X["a"])}
    free = steps(fitted(name, fallen), "a", table=fallen)
    bound = steps(fitted(name, fallen, monotone={"a": 1}), "a", table=fallen)
    assert free.min() < -0.01
    assert free.sum(axis=0).mean() < -0.3
    assert bound.min() >= -ROUNDING
    assert bound.sum(axis=0).mean() < 0.5


@pytest.mark.parametrize("name", ["numbers", "classes"])
def test_a_constraint_that_is_true_costs_little(name):
    free, bound = (fitted(name, monotone=signs, epochs=30) for signs in (None, {"a": 1, "flag": 1, "size": 1}))
    y = LEARNT[name][1]
    assert bound.score(X, y) > free.score(X, y) - 0.1
    assert bound.score(X, y) > 0.7


def test_what_is_not_constrained_is_learnt_as_it_is():
    model = fitted("numbers", monotone={"a": 1}, epochs=30)
    low, middle, high = (predicted(model, {**X, "z": np.full(m, z)}).mean() for z in (-2.0, 0.0, 2.0))
    assert min(low, high) > middle + 1 / UNIT  # 4 by the data
    assert model.score(X, NUMBERS) > 0.7


@pytest.mark.parametrize("hidden", [(128,), (128, 128, 128), (128, 16), (16, 128)])
def test_a_wide_network_starts_small(hidden):
    # positive weights add up: without care the first outputs are ten deviations away, and the fit never comes back
    model = fitted("numbers", monotone={"a": 1, "flag": 1, "size": -1}, hidden=hidden, epochs=1, learning_rate=1e-6)
    assert np.abs(predicted(model, X) - NUMBERS.mean() / UNIT).mean() < 4


def test_a_missing_cell_may_be_predicted_as_anything():
    absent = np.isnan(X["a"])
    y = np.where(absent, 10.0, np.nan_to_num(X["a"]))  # the highest is where the number is missing
    model = lw.TabularRegressor(**{**QUICK, "epochs": 40}, monotone={"a": 1}).fit(X, y)
    told = predicted(model, X) * y.std()
    assert told[absent].mean() > told[~absent].max()
    assert steps(model, "a").min() >= -ROUNDING


def test_a_constraint_of_zero_is_none():
    one, other = (fitted("numbers", monotone=signs) for signs in ({"a": 0}, None))
    np.testing.assert_array_equal(one.predict(X), other.predict(X))


def test_the_record_says_with_which_activation():
    assert fitted("numbers", monotone={"a": 1}).model_.settings["activation"] == "tanh"
    assert fitted("numbers").model_.settings["activation"] != "tanh"


def test_a_saved_model_keeps_it(tmp_path):
    model = fitted("classes", monotone={"a": -1})
    lw.save(model, tmp_path / "model")
    again = lw.load(tmp_path / "model")
    P = [again.predict_proba(Table({**X, "a": np.full(m, a)}))[:, 1] for a in (-3.0, -1.0, 0.0, 0.5, 3.0)]
    assert np.diff(P, axis=0).max() <= ROUNDING


RISING, FALLING = (fitted("classes", monotone={"a": sign}) for sign in (1, -1))
numbers = st.floats(allow_nan=False, allow_infinity=False)
rows = st.fixed_dictionaries(
    {
        "flag": st.none() | st.booleans(),
        "size": st.none() | st.sampled_from(SIZES),
        "z": st.none() | numbers,
        "town": st.none() | st.sampled_from(["Lima", "Oslo", "Rome", "Rio"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(rows, numbers, numbers)
def test_of_any_two_rows_that_differ_in_one_cell(row, a, b):
    low, high = sorted([a, b])
    table = {"a": [low, high], **{name: [cell, cell] for name, cell in row.items()}}
    for model, sign in ((RISING, 1), (FALLING, -1)):
        first, second = model.predict_proba(table)[:, 1]
        assert sign * (second - first) >= -ROUNDING


class TestRefusals:
    @pytest.mark.parametrize(
        ("column", "role"), [("town", "category"), ("day", "datetime"), ("k", "dropped"), ("left", "dropped")]
    )
    def test_columns_without_an_order(self, column, role):
        days = np.datetime64("2020-01-01") + np.arange(m)
        table = {**X, "day": days, "k": np.ones(m), "left": A}
        message = (
            "The 'monotone' parameter is for columns of numbers, booleans or ordered levels. "
            f"Column {column!r} is {role}."
        )
        with pytest.raises(TableError) as refusal:
            fitted("numbers", table, monotone={column: 1}, drop=["left"])
        assert str(refusal.value) == message

    def test_the_target(self):
        with pytest.raises(TableError, match="The 'monotone' parameter names 'y', which is no column of the table"):
            lw.TabularRegressor(**QUICK, monotone={"y": 1}).fit({**X, "y": NUMBERS}, "y")

    @pytest.mark.parametrize("activation", ["silu", "relu", "identity"])
    def test_other_activations(self, activation):
        message = f"The 'monotone' parameter needs the activation 'tanh'. Got {activation!r}: leave it out."
        with pytest.raises(ParameterError, match=f"^{message}$"):
            fitted("numbers", monotone={"a": 1}, activation=activation)
        fitted("numbers", monotone={"a": 0}, activation=activation, hidden=())
