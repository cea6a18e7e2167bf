import numpy as np
import pytest

from layerwise.tables import ColumnInfo, Schema, Table, TableEncoder

ROWS = (
    ColumnInfo("age", "numeric", "numeric", 3, 12, "median 30, scale 10, 32 knots"),
    ColumnInfo("<b>&", "text", "category", 10, 0, "levels"),
)


def test_it_is_shown_as_an_aligned_table():
    assert repr(Schema(ROWS)) == str(Schema(ROWS)) == "\n".join([
        "column  type     role      places  missing  detail",
        "age     numeric  numeric        3       12  median 30, scale 10, 32 knots",
        "<b>&    text     category      10        0  levels",
    ])  # fmt: skip


def test_html_is_escaped():
    html = Schema(ROWS)._repr_html_()
    assert html.startswith("<table>")
    assert html.count("<tr>") == 3
    assert "&lt;b&gt;&amp;" in html
    assert "<b>" not in html


def test_it_is_a_sequence():
    schema = Schema(ROWS)
    assert (len(schema), schema[1], list(schema), schema.rows) == (2, ROWS[1], list(ROWS), ROWS)
    assert schema[1:] == Schema(ROWS[1:])
    assert schema[1:] != schema


def test_to_dict_makes_a_frame():
    columns = Schema(ROWS).to_dict()
    assert columns["column"] == ["age", "<b>&"]
    assert columns["places"] == [3, 10]
    pl = pytest.importorskip("polars")
    assert pl.DataFrame(columns).shape == (2, 6)


def test_names_of_two_lines_and_long_details_stay_on_one_line():
    schema = Schema((ColumnInfo("a\nb", "text", "dropped", 0, 0, "x" * 99),))
    assert repr(schema).splitlines()[1].split() == ["'a\\nb'", "text", "dropped", "0", "0", "x" * 57 + "..."]


def test_of_many_columns_the_first_are_shown():
    lines = repr(Schema(ROWS * 200)).splitlines()
    assert len(lines) == 102
    assert lines[-1] == "... and 300 more columns"
    assert "<p>... and 300 more columns</p>" in Schema(ROWS * 200)._repr_html_()


def test_an_empty_schema_has_its_headings():
    assert repr(Schema(())) == "column  type  role  places  missing  detail"


def test_the_schema_of_every_role():
    rng = np.random.default_rng(0)
    m = 60
    table = Table(
        {
            "n": rng.normal(size=m),
            "b": rng.choice(["f", "m"], m),
            "c": rng.choice(list("pqr"), m),
            "o": rng.choice(["S", "L"], m),
            "d": np.datetime64("2020-01-01") + rng.integers(0, 900, m).astype("m8[D]"),
            "k": [7] * m,
        },
        levels={"o": ["S", "L"]},
    )
    schema = TableEncoder.fit(table).schema
    assert [(info.column, info.type, info.role) for info in schema] == [
        ("n", "numeric", "numeric"),
        ("b", "text", "boolean"),
        ("c", "text", "category"),
        ("o", "text", "ordinal"),
        ("d", "datetime", "datetime"),
        ("k", "numeric", "dropped"),
    ]
    assert sum(info.places for info in schema) == TableEncoder.fit(table).n_features
