import datetime as dt
import json
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.errors import ParameterError, TableError, TableNotice
from layerwise.tables import Place, Table, TableEncoder

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
    names = ("age", "age=<missing>", "age[position]", "sex", "sex=<missing>", "code=7", "code=9", "code=11")
    assert encoder.feature_names == tuple(place.name for place in encoder.places) == names
    assert encoder.n_features == 8
    X = encoder.transform(Table(MIXED))
    assert X.dtype == np.float64
    assert X.flags.c_contiguous
    z = (np.array([20, 40, 31, 31]) - 31) / (35.5 - 25.5)
    np.testing.assert_allclose(X[:, 0], z / np.sqrt(1 + (z / 3) ** 2))
    np.testing.assert_array_equal(X[:, 1], [0, 0, 1, 0])
    np.testing.assert_array_equal(X[:, 2], [0, 2, 1, 1])
    np.testing.assert_array_equal(X[:, 3:5], [[-1, 0], [1, 0], [-1, 0], [0, 1]])
    np.testing.assert_array_equal(X[:, 5:], np.eye(3)[[0, 1, 0, 2]])


def test_places_say_their_column_and_their_positions(encoder):
    assert encoder.places[2] == Place("age[position]", "age", positions=3, ordered=True)
    assert [place.column for place in encoder.places] == ["age"] * 3 + ["sex"] * 2 + ["code"] * 3
    assert sum(place.positions > 0 for place in encoder.places) == 1


def test_without_embeddings_all_places_are_numbers():
    columns = {"n": range(40), "c": [f"level {i % 20}" for i in range(40)], "o": [1, 2, 3, 4] * 10}
    table = Table({**columns, "d": np.datetime64("2020-01-01") + np.arange(40)}).take(np.arange(40)[::-1])
    roles = {"n": "numeric", "o": "ordinal"}
    embedded, plain = (TableEncoder.fit(table, roles=roles, embed=embed) for embed in (True, False))
    assert {place.column for place in embedded.places if place.positions} == {"n", "c", "o", "d"}
    assert not any(place.positions or place.ordered for place in plain.places)
    assert sum(place.column == "c" for place in plain.places) == 20


@pytest.mark.parametrize(("knots", "positions"), [(32, 32), (8, 8), (2, None), (0, None)])
def test_knots_are_the_rows_of_the_embedding(knots, positions):
    encoder = TableEncoder.fit(Table({"n": np.random.default_rng(0).normal(size=99)}), knots=knots)
    found = {place.name: place.positions for place in encoder.places}
    assert found.get("n[position]") == positions


def test_knots_are_checked():
    with pytest.raises(ParameterError, match=r"'knots' parameter of TableEncoder\.fit must be an int in the range \[0"):
        TableEncoder.fit(Table({"n": [1, 2, 4]}), knots=-1)


def test_types_are_those_of_the_columns_that_are_needed(encoder):
    assert encoder.types == {"age": "numeric", "sex": "text", "code": "numeric"}


def test_the_schema_and_the_notices_tell_what_became_of_each_column(encoder):
    assert [(info.column, info.role, info.places, info.missing) for info in encoder.schema] == [
        ("age", "numeric", 3, 1),
        ("sex", "boolean", 2, 1),
        ("code", "category", 3, 0),
        ("same", "dropped", 0, 0),
    ]
    (notice,) = encoder.notices
    assert notice == (
        "Column 'same' is dropped: constant (one value in every row). "
        "To keep it: roles={'same': 'category'} (--categorical same)."
    )


def test_notices_say_how_to_keep_text_and_nothing_of_what_was_asked():
    table = Table({"full name": [f"n{i}" for i in range(30)], "a": [1, 2] * 15, "b": [1, 2] * 15, "c": [1, 2] * 15})
    encoder = TableEncoder.fit(table, drop=("a",), roles={"c": "drop"})
    (notice,) = encoder.notices
    assert notice == (
        "Column 'full name' is dropped: near-unique text (30 of its 30 values are distinct). "
        "To keep it: roles={'full name': 'category'} (--categorical 'full name')."
    )
    assert encoder.feature_names == ("b",)
    assert [encoder.schema[i].detail for i in (1, 3)] == ["left out as asked"] * 2


def test_columns_in_another_order_and_more_of_them_give_the_same_matrix(encoder):
    shuffled = {name: MIXED[name] for name in ("y", "sex", "code", "age")} | {"more": [1, 2, 3, 4]}
    with pytest.warns(TableNotice, match=r"^Ignored, as the model does not know them: 'more'\.$"):
        X = encoder.transform(Table(shuffled))
    np.testing.assert_array_equal(X, encoder.transform(Table(MIXED)))


def test_one_notice_names_all_columns_that_the_model_does_not_know(encoder):
    extra = {f"extra {i}": [1, 2, 3, 4] for i in range(12)}
    with pytest.warns(TableNotice) as caught:
        encoder.transform(Table({**MIXED, **extra}))
    (notice,) = caught
    assert "'extra 0', 'extra 1'" in str(notice.message)
    assert "'extra 11'" in str(notice.message)
    assert notice.filename == __file__


def test_columns_that_a_reader_left_unread_and_dropped_ones_give_no_notice(encoder):
    encoder.transform(Table(MIXED, unread=("rest",)))


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
        (
            {"age": None, "sex": None},
            r"needs the columns 'age', 'sex', which the table does not have\. Known: y, more\.",
        ),
        (
            {"age": None, "sex": None, "Age": [1, 2, 3, 4], "sexx": ["f"] * 4},
            r"needs the columns 'age', 'sex', which .* Did you mean 'Age' for 'age', 'sexx' for 'sex'\?",
        ),
        ({"age": ["1", "2", "n/a", "4"]}, r"Column 'age', row 3: 'n/a' is not a number, but the model learnt"),
        ({"age": ["1", "2", "inf", "4"]}, r"Column 'age', row 3: 'inf' is not a number"),
        ({"age": np.array(["2020-01-01"] * 4, dtype="M8[D]")}, r"Column 'age', row 1: 2020-01-01 is not a number"),
    ],
)
def test_what_transform_refuses(encoder, change, message):
    columns = {**MIXED, "more": [1, 2, 3, 4], **change}
    del columns["same"]
    table = Table({name: cells for name, cells in columns.items() if cells is not None}).without("more", "sexx")
    with pytest.raises(TableError, match=message):
        encoder.transform(Table(table, unread=("more", "sexx") if "sexx" in columns else ("more",)))


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
        ({"roles": {"agee": "numeric"}}, r"no column 'agee'\. Did you mean 'age'\?"),
        (
            {"target": "y", "roles": {"y": "category"}},
            r"'y' is the target, which is no feature\. Leave it out of 'roles'",
        ),
        ({"drop": ["age"], "roles": {"age": "numeric"}}, r"'age' has two roles: 'numeric' and 'drop'\. Give it one\."),
        ({"categorical": ["sex"], "drop": ["sex"]}, r"'sex' has two roles: 'drop' and 'category'"),
        ({"drop": ["age", "sex", "code", "y"]}, r"No column is left.* 'age' \(left out as asked\).*'same' \(constant"),
    ],
)
def test_what_fit_refuses(options, message):
    with pytest.raises(TableError, match=message):
        TableEncoder.fit(Table(MIXED), **options)


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("numbers", r"Unknown role 'numbers'\. Did you mean 'numeric'\?"),
        (
            3,
            r"The role of column 'age' must be one of numeric, .*, or a list of levels, the lowest first\. Got 3",
        ),
    ],
)
def test_unknown_roles_are_refused(role, message):
    with pytest.raises(ParameterError, match=message):
        TableEncoder.fit(Table(MIXED), roles={"age": role})


def test_levels_of_a_role_may_be_an_array():
    encoder = TableEncoder.fit(Table(MIXED), roles={"sex": np.array(["m", "f"])})
    assert encoder.columns[1].levels == ("m", "f")


def test_a_role_that_is_asked_twice_alike_is_one():
    one = TableEncoder.fit(Table(MIXED), roles={"code": "category", "age": "drop"})
    assert one == TableEncoder.fit(Table(MIXED), categorical=["code"], drop=["age"], roles={"code": "category"})


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
        {"columns": [], "missing": []},
        {"columns": [{"role": "numeric", "name": "x", "median": "a"}], "missing": [], "target": None},
        {"columns": [{"role": "category", "name": "x", "levels": ["a"], "counts": []}], "missing": [], "target": None},
        {"columns": [{"role": "datetime", "name": "x", "parts": [{"part": "q"}]}], "missing": [], "target": None},
        {"columns": 3, "missing": []},
    ],
)
def test_a_foreign_configuration_is_refused(config):
    with pytest.raises(TableError, match="This is not the configuration of a table encoder"):
        TableEncoder.from_config(config)


numbers = st.none() | st.floats(-1e307, 1e307)
texts = st.none() | st.sampled_from("abcdefghijk")
dates = st.none() | st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1))
sizes = st.none() | st.sampled_from(["S", "M", "L"])
rows = st.lists(st.tuples(numbers, texts, numbers, dates, sizes), min_size=1, max_size=16)
NAMES = ("n", "t", "c", "d", "s")


def table_of(cells, names=NAMES):
    columns = {name: [row[NAMES.index(name)] for row in cells] for name in names}
    return Table(columns, levels={"s": ["S", "M", "L"]})


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
        assert np.isfinite(X).all()
        for i in range(table.n_rows):
            np.testing.assert_array_equal(encoder.transform(table.take([i])), X[[i]])


@given(rows, st.randoms())
def test_the_order_of_rows_does_not_matter(cells, random):
    shuffled = random.sample(cells, len(cells))
    assert fit_or_none(table_of(cells)) == fit_or_none(table_of(shuffled))


@given(rows, st.permutations(NAMES))
def test_the_order_of_columns_does_not_matter(cells, names):
    if encoder := fit_or_none(table_of(cells)):
        other = fit_or_none(table_of(cells, names))
        table = table_of(cells)
        X, X_other = encoder.transform(table), other.transform(table)
        for place, column in zip(encoder.places, X.T, strict=True):
            np.testing.assert_array_equal(X_other[:, other.places.index(place)], column)
        np.testing.assert_array_equal(encoder.transform(table_of(cells, names)), X)


def test_fifty_thousand_rows_take_less_than_a_second():
    rng = np.random.default_rng(0)
    m = 50_000
    columns = {f"n{i}": rng.normal(size=m) for i in range(6)}
    columns |= {f"t{i}": rng.choice([f"level {k}" for k in range(12)], m) for i in range(8)}
    table = Table(columns)
    start = time.perf_counter()
    X = TableEncoder.fit(table, embed=False).transform(table)
    assert X.shape == (m, 6 + 8 * 12)
    assert time.perf_counter() - start < 1.0


def test_a_categorical_target_is_for_its_own_encoder():
    table = Table({"a": [1.0, 2.0, 4.0], "y": [1, 2, 3]})
    assert TableEncoder.fit(table, "y", categorical=["y"]) == TableEncoder.fit(table, "y")
