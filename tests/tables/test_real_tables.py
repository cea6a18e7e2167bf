"""The real tables beside the repository, from file to matrix and back."""

import time
from pathlib import Path

import numpy as np
import pytest

from layerwise.tables import TableEncoder, TargetEncoder, labelled, read_table

pytest.importorskip("polars")

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real tables (../shared/data) are not here")

TABLES = [
    # name, target, task, rows, places, dropped
    ("adult", "income", "binary", 48_842, 107, ()),
    ("california-housing", "median_house_value", "regression", 20_640, 14, ()),
    ("titanic", "Survived", "binary", 891, 11, ("PassengerId", "Name", "Ticket", "Cabin")),
    ("wine-quality-white", "quality", "multiclass", 4_898, 11, ()),
    ("abalone", "rings", "regression", 4_177, 10, ()),
    ("german-credit", "risk", "binary", 1_000, 59, ()),
]


@pytest.mark.parametrize(("name", "target_name", "task", "rows", "places", "dropped"), TABLES)
def test_from_file_to_matrix_and_back(name, target_name, task, rows, places, dropped):
    path = DATA / f"{name}.csv"
    table, without_target = labelled(read_table(path), target_name)
    encoder = TableEncoder.fit(table, target_name, embed=False)
    target = TargetEncoder.fit(table, target_name)
    assert (table.n_rows, without_target, target.task) == (rows, 0, task)
    assert tuple(info.column for info in encoder.schema if info.role == "dropped") == dropped
    assert len(encoder.notices) == len(dropped)
    X, Y = encoder.transform(table), target.encode(table)
    assert X.shape == (rows, places)
    assert np.isfinite(X).all()
    decoded = target.decode(Y)
    if task == "regression":
        np.testing.assert_allclose(decoded, table[target_name])
    else:
        assert (decoded == table[target_name]).all()
    again = read_table(path, types={**encoder.types, **target.types}, missing=encoder.missing)
    np.testing.assert_array_equal(TableEncoder.from_config(encoder.to_config()).transform(again), X)
    assert encoder.differences(again, target=target_name) == ()


def test_adult_is_transformed_in_well_under_a_second():
    table = read_table(DATA / "adult.csv")
    encoder = TableEncoder.fit(table, "income")
    start = time.perf_counter()
    encoder.transform(table)
    assert time.perf_counter() - start < 1.0


def test_missing_cells_of_adult_and_titanic_have_places():
    adult = TableEncoder.fit(read_table(DATA / "adult.csv"), "income", embed=False)
    assert "workclass=<missing>" in adult.feature_names
    titanic = TableEncoder.fit(read_table(DATA / "titanic.csv"), "Survived")
    assert "Age=<missing>" in titanic.feature_names


@pytest.mark.parametrize(("name", "target_name"), [entry[:2] for entry in TABLES])
def test_positions_are_within_their_embeddings(name, target_name):
    table, _ = labelled(read_table(DATA / f"{name}.csv"), target_name)
    encoder = TableEncoder.fit(table, target_name)
    X = encoder.transform(table)
    for place, column in zip(encoder.places, X.T, strict=True):
        assert np.isfinite(column).all()
        if place.positions:
            assert column.min() >= 0
            assert column.max() == place.positions - 1
            assert place.ordered or (column == column.round()).all()
        else:
            assert np.abs(column).max() <= 3
