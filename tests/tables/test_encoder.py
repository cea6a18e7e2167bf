import json
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.errors import TableError
from layerwise.tables import Table, TableEncoder

MIXED = {
    "age": [20, 40, None, 31],
    "sex": ["f", "m", "f", None],
    "code": [7, 9, 7, 11],
    "same": [1, 1, 1, 1],
    "y": ["p", "q", "p", "q"],
}


@pytest.fixture
def encoder():
    return TableEncoder.fit(Table(MIXED), "y", categorical=("code",))


def test_the_matrix_of_a_mixed_table(encoder):
    names = ("age", "age=<missing>", "sex=f", "sex=m", "sex=<missing>", "code=7", "code=9", "code=11")
    assert encoder.feature_names == names
    assert encoder.n_features == 8
    X = encoder.transform(Table(MIXED))
    assert X.dtype == np.float64
    assert X.flags.c_contiguous
    np.testing.assert_allclose(X[:, 0].mean(), 0, atol=1e-15)
    np.testing.assert_allclose(X[:, 0].std(), 1)
    np.testing.assert_array_equal(X[:, 1], [0, 0, 1, 0])
    np.testing.assert_array_equal(X[:, 2:5], np.eye(3)[[0, 1, 0, 2]])
    np.testing.assert_array_equal(X[:, 5:], np.eye(3)[[0, 1, 0, 2]])


def test_types_are_those_of_the_columns_that_are_needed(encoder):
    assert encoder.types == {"age": "numeric", "sex": "text", "code": "numeric"}


def test_the_schema_and_the_notices_tell_what_became_of_each_column(encoder):
    assert [(info.column, info.role, info.places, info.missing) for info in encoder.schema] == [
        ("age", "numeric", 2, 1),
        ("sex", "levels", 3, 1),
        ("code", "levels", 3, 0),
        ("same", "dropped", 0, 0),
    ]
    assert encoder.notices == ("Column 'same' is dropped: constant (one value in every row).",)


def test_notices_say_how_to_keep_text_and_nothing_of_what_was_asked():
    table = Table({"full name": [f"n{i}" for i in range(30)], "a": [1, 2] * 15, "b": [1, 2] * 15})
    encoder = TableEncoder.fit(table, drop=("a",))
    (notice,) = encoder.notices
    assert notice == (
        "Column 'full name' is dropped: near-unique text (30 of its 30 values are distinct). "
        "To keep it: categorical=['full name'] (--categorical 'full name')."
    )
    assert encoder.feature_names == ("b",)
    assert [info.detail for info in encoder.schema][1] == "left out as asked"


def test_columns_in_another_order_and_more_of_them_give_the_same_matrix(encoder):
    shuffled = {name: MIXED[name] for name in ("y", "sex", "code", "age")} | {"more": [1, 2, 3, 4]}
    np.testing.assert_array_equal(encoder.transform(Table(shuffled)), encoder.transform(Table(MIXED)))


def test_differences_name_extra_columns_and_unseen_levels(encoder):
    table = Table({**MIXED, "more": [1, 2, 3, 4], "sex": ["f", "x", "z", "m"]}, unread=("rest",))
    assert encoder.differences(table, target="y") == (
        "Ignored, as the model does not know them: more, rest.",
        "Column 'sex': 2 of 4 cells hold a level without a place of its own.",
    )
    assert encoder.differences(Table(MIXED), target="y") == ()


def test_what_the_reader_guessed_otherwise_is_turned_back():
    encoder = TableEncoder.fit(Table({"n": [1, 2, 4], "t": ["1", "2", "x"]}))
    guessed = Table({"n": ["1", None, " 4 "], "t": [1, 2, 1]})
    meant = Table({"n": [1, None, 4], "t": ["1", "2", "1"]})
    np.testing.assert_array_equal(encoder.transform(guessed), encoder.transform(meant))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"age": None}, r"needs column 'age', which the table does not have\. Known: y, more\."),
        ({"age": None, "Age": [1, 2, 3, 4]}, r"'age', which the table does not have\. Did you mean 'Age'\?"),
        ({"age": None, "sex": None}, r"needs the columns 'age', 'sex', which the table does not have"),
        ({"age": ["1", "2", "n/a", "4"]}, r"Column 'age', row 3: 'n/a' is not a number, but the model learnt"),
        ({"age": ["1", "2", "inf", "4"]}, r"Column 'age', row 3: 'inf' is not a number"),
        ({"age": [1, 2, 3, 1e300]}, r"Column 'age', row 4: 1e\+300 is more than 1e\+09 standard deviations"),
    ],
)
def test_what_transform_refuses(encoder, change, message):
    columns = {**MIXED, "more": [1, 2, 3, 4], **change}
    del columns["same"]
    with pytest.raises(TableError, match=message):
        encoder.transform(Table({name: cells for name, cells in columns.items() if cells is not None}))


def test_an_error_names_the_row_of_the_whole_table(encoder):
    part = Table({**MIXED, "age": ["1", "2", "3", "x"]}).take(slice(2, None))
    with pytest.raises(TableError, match=r"Column 'age', row 4: 'x'"):
        encoder.transform(part)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "Y"}, r"no column 'Y'\. Did you mean 'y'\?"),
        ({"drop": ["agee"]}, r"no column 'agee'\. Did you mean 'age'\?"),
        ({"categorical": ["sexx"]}, r"no column 'sexx'\. Did you mean 'sex'\?"),
        ({"target": "y", "drop": ["y"]}, r"Column 'y' is the target, which cannot be dropped\. Leave it out"),
        ({"drop": ["age", "sex", "code", "y"]}, r"No column is left.* 'age' \(left out as asked\).*'same' \(constant"),
    ],
)
def test_what_fit_refuses(options, message):
    with pytest.raises(TableError, match=message):
        TableEncoder.fit(Table(MIXED), **options)


def test_fit_refuses_a_table_without_rows():
    with pytest.raises(TableError, match="The table has no rows to learn from"):
        TableEncoder.fit(Table({"a": []}))


def test_the_markers_of_the_training_table_are_kept():
    assert TableEncoder.fit(Table({"a": [1, 2]}, missing=("?",))).missing == ("?",)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"columns": [{"role": "magic"}], "missing": []},
        {"columns": [{"role": "numeric", "name": "x", "mean": "a"}], "missing": []},
        {"columns": [{"role": "levels", "name": "x", "levels": ["a"], "counts": []}], "missing": []},
        {"columns": 3, "missing": []},
    ],
)
def test_a_foreign_configuration_is_refused(config):
    with pytest.raises(TableError, match="This is not the configuration of a table encoder"):
        TableEncoder.from_config(config)


numbers = st.none() | st.floats(-1e307, 1e307)
texts = st.none() | st.sampled_from(["a", "b", "c", "d"])
rows = st.lists(st.tuples(numbers, texts, numbers), min_size=1, max_size=12)


def table_of(cells):
    names = ("n", "t", "c")
    return Table({name: [row[i] for row in cells] for i, name in enumerate(names)})


def fit_or_none(table):
    try:
        return TableEncoder.fit(table, categorical=("c",))
    except TableError as error:
        assert "No column is left" in str(error)  # noqa: PT017 - the only error that random cells may give
        return None


@given(rows)
def test_a_configuration_survives_json_bit_by_bit(cells):
    table = table_of(cells)
    if encoder := fit_or_none(table):
        config = json.loads(json.dumps(encoder.to_config()))
        again = TableEncoder.from_config(config)
        assert config == encoder.to_config()
        assert again == encoder
        assert again.transform(table).tobytes() == encoder.transform(table).tobytes()


@given(rows)
def test_a_batch_is_its_rows_one_by_one(cells):
    table = table_of(cells)
    if encoder := fit_or_none(table):
        X = encoder.transform(table)
        for i in range(table.n_rows):
            np.testing.assert_array_equal(encoder.transform(table.take([i])), X[[i]])


@given(rows, st.randoms())
def test_roles_and_levels_do_not_depend_on_the_order_of_rows(cells, random):
    shuffled = random.sample(cells, len(cells))
    one, other = fit_or_none(table_of(cells)), fit_or_none(table_of(shuffled))
    assert (one and one.feature_names) == (other and other.feature_names)


def test_fifty_thousand_rows_take_less_than_a_second():
    rng = np.random.default_rng(0)
    m = 50_000
    columns = {f"n{i}": rng.normal(size=m) for i in range(6)}
    columns |= {f"t{i}": rng.choice([f"level {k}" for k in range(12)], m) for i in range(8)}
    table = Table(columns)
    start = time.perf_counter()
    X = TableEncoder.fit(table).transform(table)
    assert X.shape == (m, 6 + 8 * 12)
    assert time.perf_counter() - start < 1.0


def test_a_categorical_target_is_for_its_own_encoder():
    table = Table({"a": [1.0, 2.0, 4.0], "y": [1, 2, 3]})
    assert TableEncoder.fit(table, "y", categorical=["y"]) == TableEncoder.fit(table, "y")


def test_far_rows_are_those_that_transform_refuses():
    encoder = TableEncoder.fit(Table({"a": [1.0, 2.0, None], "b": [1.0, 2.0, 4.0], "c": ["x", "y", "x"]}))
    rows = Table({"c": ["x", "q", "x", "y"], "a": [1.5, None, 1e12, 1.0], "b": [1.0, 2.0, 3.0, -1e11]})
    assert encoder.far(rows).tolist() == [False, False, True, True]
    assert np.isfinite(encoder.transform(rows.take([0, 1]))).all()
    for row in (2, 3):
        with pytest.raises(TableError, match="standard deviations away"):
            encoder.transform(rows.take([row]))
