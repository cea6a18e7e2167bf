import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.equations.metrics import accuracy
from layerwise.errors import ParameterError, ShapeError, TableError
from layerwise.tables import Table, TargetEncoder, labelled


def fitted(values, **options):
    return TargetEncoder.fit(Table({"y": values}), "y", **options)


@pytest.mark.parametrize(
    ("values", "task", "names"),
    [
        (["b", "a", "b"], "binary", ("a", "b")),
        ([True, False], "binary", ("false", "true")),
        (["c", "a", "b"], "multiclass", ("a", "b", "c")),
        ([1, 0, 1], "binary", ("0", "1")),
        ([0.5, -1.5], "binary", ("-1.5", "0.5")),
        ([10, 9, 2] * 2, "multiclass", ("2", "9", "10")),
        (list(range(10)) * 2, "multiclass", tuple("0123456789")),
        (list(range(11)) * 2, "regression", ()),
        ([1, 2, 3, 4], "regression", ()),
        ([1.5, 2.5, 3.5] * 9, "regression", ()),
    ],
)
def test_the_task_is_told_from_the_target(values, task, names):
    target = fitted(values)
    assert (target.task, target.class_names) == (task, names)


@pytest.mark.parametrize(
    ("values", "task", "n_y"),
    [([0, 1, 1], "regression", 1), ([0, 1, 1], "multiclass", 2), (list(range(11)), "multiclass", 11)],
)
def test_the_task_can_be_said(values, task, n_y):
    target = fitted(values, task=task)
    assert (target.task, target.n_y) == (task, n_y)


def test_binary_is_one_column():
    target = fitted(["no", "yes", "no"])
    np.testing.assert_array_equal(target.encode(Table({"y": ["yes", "no"]})), [[1.0], [0.0]])
    np.testing.assert_allclose(target.probabilities([[0.2], [0.9]]), [[0.8, 0.2], [0.1, 0.9]])
    assert target.decode([[0.2], [0.9], [0.5]]).tolist() == ["no", "yes", "yes"]
    assert target.counts == (2, 1)


def test_labels_and_accuracy_agree_on_ties():
    target, table = fitted(["no", "yes"]), Table({"y": ["no", "yes", "yes", "no"]})
    Y_hat = np.array([[0.5], [0.5], [0.4999999], [0.5000001]])
    right = np.mean(target.decode(Y_hat) == table["y"])
    assert accuracy(Y_hat.T, target.encode(table).T) == right


def test_probabilities_sum_to_1_in_float64():
    target = fitted(["a", "b", "c"])
    Z = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    outputs = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    assert outputs.dtype == np.float32
    P = target.probabilities(outputs)
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=0, atol=4e-16)
    np.testing.assert_allclose(P, outputs, rtol=1e-6)


def test_multiclass_is_one_hot():
    target = fitted([3, 1, 2, 3, 1, 2])
    np.testing.assert_array_equal(target.encode(Table({"y": [2, 3]})), [[0, 1, 0], [0, 0, 1]])
    labels = target.decode([[0.1, 0.2, 0.7], [0.4, 0.4, 0.2]])
    assert labels.tolist() == [3, 1]
    assert labels.dtype == np.int64


def test_regression_is_standardised_and_decoded_into_units():
    values = np.array([1.0, 2.0, 6.5, 3.0])
    target = fitted(values)
    Y = target.encode(Table({"y": values}))
    np.testing.assert_allclose(Y[:, 0], (values - values.mean()) / values.std())
    np.testing.assert_allclose(target.decode(Y), values)


def test_kinds_for_the_reader():
    assert fitted(["a", "b"]).types == {"y": "text"}
    assert fitted([0, 1]).types == fitted([1.5, 2.5, 4.5]).types == {"y": "numeric"}


def test_fractional_classes_stay_fractions():
    assert fitted([0.5, 1]).labels.tolist() == [0.5, 1.0]


def test_text_classes_that_the_reader_guessed_as_numbers():
    target = fitted(["1", "2", "x"])
    np.testing.assert_array_equal(target.encode(Table({"y": [1, 2]})), [[1, 0, 0], [0, 1, 0]])


def test_rows_without_a_target_are_counted_and_left_out():
    table, dropped = labelled(Table({"a": [1, 2, 3], "y": ["p", None, "q"]}), "y")
    assert (table.n_rows, dropped, table.row_numbers.tolist()) == (2, 1, [1, 3])
    complete = Table({"y": [1, 2]})
    assert labelled(complete, "y") == (complete, 0)


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (["a", "a"], {}, r"'y' has one class only, 'a' in each of 2 rows"),
        ([1, 1], {"task": "binary"}, r"'y' has one class only, '1'"),
        ([1, 1], {}, r"'y' has one class only, '1' in each of 2 rows"),
        ([2.5, 2.5], {"task": "regression"}, r"'y' has one value only, 2\.5"),
        ([None, None], {}, r"'y' is empty: all of its 2 cells are missing"),
        (["a", None], {}, r"'y', row 2: the cell is missing\. Drop such rows"),
        (["a", "b"], {"task": "regression"}, r"Column 'y', row 1: 'a' is not a number, and regression learns"),
        ([1, 2, 3], {"task": "binary"}, r"two classes for the task 'binary'\. Got 3: 1, 2, 3\. Use the task"),
        ([f"n{i}" for i in range(30)], {}, r"'y' has 30 classes in 30 rows, too many to learn"),
        (np.arange(2002) // 2, {"task": "multiclass"}, r"1001 classes in 2002 rows, too many.* 'regression'"),
    ],
)
def test_what_cannot_be_learnt(values, options, message):
    with pytest.raises(TableError, match=message):
        fitted(values, **options)


def test_an_unknown_task_suggests_the_nearest():
    with pytest.raises(ParameterError, match=r"Unknown task 'regresion'\. Did you mean 'regression'\?"):
        fitted([1, 2], task="regresion")


@pytest.mark.parametrize("use", [TargetEncoder.fit, labelled])
def test_no_such_target(use):
    with pytest.raises(TableError, match=r"The table has no target column 'incme'\. Did you mean 'income'\?"):
        use(Table({"income": ["a"], "age": [1]}), "incme")


@pytest.mark.parametrize(
    ("trained", "given_", "message"),
    [
        (["a", "b"], ["a", "c"], r"Column 'y', row 2: 'c' is not one of the 2 classes .* learnt: a, b\."),
        ([0, 1], [0, 1, 2], r"Column 'y', row 3: 2 is not one of the 2 classes .* learnt: 0, 1\."),
        ([0, 1], ["0", "x"], r"Column 'y', row 1: '0' is not one of the 2 classes"),
        ([1.5, 2.5, 4], ["a"], r"Column 'y', row 1: 'a' is text, but the model learnt this target as numbers"),
        ([0, 1], [1, None], r"'y', row 2: the cell is missing"),
        ([0, 1], [None], r"'y' is empty"),
    ],
)
def test_what_encode_refuses(trained, given_, message):
    target = fitted(trained)
    with pytest.raises(TableError, match=message):
        target.encode(Table({"y": given_}))


def test_encode_needs_the_column():
    with pytest.raises(TableError, match=r"no target column 'y'\. Did you mean 'Y'\?"):
        fitted([0, 1]).encode(Table({"Y": [0]}))


@pytest.mark.parametrize("outputs", [[0.1, 0.2], [[0.1, 0.2]], 0.5])
def test_outputs_of_another_shape_are_refused(outputs):
    with pytest.raises(ShapeError, match=r"Y_hat must have shape \(m, n_y\) with n_y = 1\. Got"):
        fitted([0, 1]).decode(outputs)


@pytest.mark.parametrize("config", [{}, {"task": "magic"}, {"task": "binary", "classes": ["a"], "counts": []}])
def test_a_foreign_configuration_is_refused(config):
    with pytest.raises(TableError, match="This is not the configuration of a target encoder"):
        TargetEncoder.from_config(config)


columns = st.one_of(
    st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=12),
    st.lists(st.integers(0, 5), min_size=3, max_size=12),
    st.lists(st.sampled_from(["a", "b", "c", "ü"]), min_size=3, max_size=12),
).filter(lambda values: len(set(values)) > 1 and (isinstance(values[0], str) or np.std(values) > 1e-3))


@given(columns)
def test_labels_and_units_come_back_and_configurations_survive_json(values):
    table = Table({"y": values})
    target = TargetEncoder.fit(table, "y")
    again = TargetEncoder.from_config(json.loads(json.dumps(target.to_config())))
    assert again == target
    decoded = again.decode(target.encode(table))
    if target.task == "regression":
        np.testing.assert_allclose(decoded, values, rtol=1e-12, atol=1e-5)
    else:
        assert decoded.tolist() == values
