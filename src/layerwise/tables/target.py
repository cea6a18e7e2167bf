"""`TargetEncoder`: the column to learn becomes the matrix Y, and predictions become labels or units again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, cast, get_args

import numpy as np

from layerwise import values as checked
from layerwise.checks import known_name
from layerwise.errors import ShapeError, TableError, listed
from layerwise.tables._cells import Array, cell_error, missing, number_text
from layerwise.tables._statistics import mean_and_std
from layerwise.tables._tasks import MAX_CLASSES, Task, check_classes, task_of
from layerwise.tables.encodings.category import levels_and_counts
from layerwise.tables.table import Kind, Table, level_texts

__all__ = ["MAX_CLASSES", "TargetEncoder", "Task", "labelled", "with_target"]


def labelled(table: Table, name: str) -> tuple[Table, int]:
    """Return the rows that have a target, and how many have none.

    Raises
    ------
    TableError
        If there is no such column, or no row has a target.
    """
    found, without = with_target(table, name)
    if not found.n_rows:
        raise TableError(f"The target column {name!r} is empty: all of its {table.n_rows} cells are missing.")
    return found, without


def with_target(table: Table, name: str) -> tuple[Table, int]:
    """Return the same of a part of a table, which may have none."""
    gaps = missing(table.column(name, "target column"))
    return (table.take(~gaps) if gaps.any() else table), int(gaps.sum())


@dataclass(frozen=True)
class TargetEncoder:
    """What is to be learnt, and how it is written in the output of a network; made by `fit` or `from_config`.

    Conventions
    -----------
    ==============  ===========  ================================================
    task            n_y          a row of Y
    ==============  ===========  ================================================
    ``binary``      1            0 for the first class, 1 for the second
    ``multiclass``  classes      1 in the place of the class, 0 elsewhere
    ``regression``  1            (y - μ) / σ, with `mean` μ and `std` σ
    ==============  ===========  ================================================

    Rows are examples; ``Y.T`` is the (n_y, m) of the equations. Classes are sorted, numbers by their value.

    Attributes
    ----------
    name : str
        The target column.
    task : {"binary", "multiclass", "regression"}
        The kind of problem.
    classes : tuple of str or of float
        The classes in the order of Y's places; empty for regression.
    counts : tuple of int
        The rows of each class in the training table.
    mean, std : float
        Of the target, for regression; else 0 and 1.
    boolean : bool
        Whether the classes "false" and "true" were booleans, and are decoded as such.

    Examples
    --------
    >>> table = Table({"income": ["<=50K", ">50K", "<=50K"]})
    >>> target = TargetEncoder.fit(table, "income")
    >>> target.task, target.class_names
    ('binary', ('<=50K', '>50K'))
    >>> target.encode(table)
    array([[0.],
           [1.],
           [0.]])
    >>> target.decode([[0.2], [0.7]])
    array(['<=50K', '>50K'], dtype=object)
    """

    name: str
    task: Task
    classes: tuple[str, ...] | tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    mean: float = 0.0
    std: float = 1.0
    boolean: bool = False

    @classmethod
    def fit(cls, table: Table, name: str, *, task: str | None = None) -> TargetEncoder:
        """Tell the task from the target column, and take its classes, or its mean and standard deviation.

        Parameters
        ----------
        table : Table
            Rows that have a target, see `labelled`.
        name : str
            The target column.
        task : {"binary", "multiclass", "regression"}, optional
            None tells it: text is classes; so are numbers with exactly two values, and whole numbers with at
            most ten values and two rows for each on average; other numbers are regression.

        Raises
        ------
        ParameterError
            If the task has another name.
        TableError
            If the column is not there, has a missing cell, does not fit the task, or holds only one value.
        """
        values = table.column(name, "target column")
        _refuse_missing(name, values, table.row_numbers)
        if values.dtype.kind == "M":
            raise TableError(
                f"The target column {name!r} holds dates, which cannot be learnt. Learn numbers instead, such as the "
                "days since one day, or texts."
            )
        found = cls.of_classes(name, Counter(values.tolist()), task)
        return cls._regression(name, values, table.row_numbers) if found is None else found

    @classmethod
    def of_classes(cls, name: str, counts: Mapping[Any, int], task: str | None = None) -> TargetEncoder | None:
        """Return the encoder of classes, all texts or all numbers, by the rows of each; None if it is regression.

        Raises
        ------
        ParameterError, TableError
            As `fit`.
        """
        chosen = task_of(counts) if task is None else cast("Task", known_name("task", task, get_args(Task)))
        if chosen == "regression":
            return None
        check_classes(name, counts, chosen, told=task is None)
        classes = tuple(sorted(counts))
        return cls(name, chosen, classes, tuple(counts[label] for label in classes))

    @classmethod
    def _regression(cls, name: str, values: Array, rows: Array) -> TargetEncoder:
        if values.dtype != np.float64:
            rest = "is not a number, and regression learns numbers. For classes there is TabularClassifier (--task)."
            raise cell_error(name, int(rows[0]), values[0], rest)
        mean, std = mean_and_std(values)
        if not std:
            raise TableError(f"The target column {name!r} has one value only, {number_text(values[0])}.")
        return cls(name, "regression", mean=mean, std=std)

    def unshifted(self) -> TargetEncoder:
        """Return the encoder of numbers that only divides, by their mean: they keep their sign, as exp z does."""
        return replace(self, mean=0.0, std=self.mean)

    @property
    def n_y(self) -> int:
        """How many outputs the network needs."""
        return len(self.classes) if self.task == "multiclass" else 1

    @property
    def kind(self) -> Kind:
        """How a reader must read the column."""
        return "text" if self.classes and isinstance(self.classes[0], str) else "numeric"

    @property
    def types(self) -> dict[str, Kind]:
        """The column's name and kind, to read it again: ``types=encoder.types | target.types``."""
        return {self.name: self.kind}

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes as text, numbers without a trailing '.0'."""
        return level_texts(self.classes)

    @cached_property
    def labels(self) -> Array:
        """The classes as an array: whole numbers int64, other numbers float64, texts object, booleans bool."""
        if self.boolean:
            return np.array([label == "true" for label in self.classes])
        if self.kind == "text":
            return np.array(self.classes, dtype=object)
        numbers = np.array(self.classes, dtype=np.float64)
        whole = np.array_equal(numbers, np.round(numbers)) and np.abs(numbers).max() < 2.0**53
        return numbers.astype(np.int64) if whole else numbers

    def encode(self, table: Table) -> Array:
        """Return Y, float64 of shape (m, n_y), for rows that all have a target.

        Raises
        ------
        TableError
            If the column is not there, a cell is missing, or its class was not in the training table.
        """
        values = table.column(self.name, "target column")
        _refuse_missing(self.name, values, table.row_numbers)
        if self.task == "regression":
            self._refuse_text(values, table.row_numbers)
            with np.errstate(over="ignore"):
                standardised: Array = ((values - self.mean) / self.std).reshape(-1, 1)
            return standardised
        places = self._places(values, table.row_numbers)
        if self.task == "binary":
            return places.astype(np.float64).reshape(-1, 1)
        return np.eye(self.n_y)[places]

    def probabilities(self, Y_hat: Any) -> Array:
        """Return the probability of each class, (m, number of classes), from outputs (m, n_y).

        They are float64 and sum to 1 in it, whatever the floating type of the outputs.
        """
        P = self._outputs(Y_hat)
        return np.hstack([1.0 - P, P]) if self.task == "binary" else P / P.sum(axis=1, keepdims=True)

    def decode(self, Y_hat: Any) -> Array:
        """Return a label, or for regression a number in the target's unit, for each row of outputs (m, n_y).

        The label is that of the greatest probability; the first class wins a tie, but of two classes the second,
        as ``accuracy`` has it: 1{ŷ ≥ ½}.
        """
        outputs = self._outputs(Y_hat)
        if self.task == "regression":
            with np.errstate(over="ignore"):
                units: Array = outputs[:, 0] * self.std + self.mean
            return units
        labels: Array = self.labels[self.places(outputs)]
        return labels

    def places(self, Y_hat: Any) -> Array:
        """Return the place of the label among the classes for each row of outputs (m, n_y), as `decode` takes it."""
        outputs = self._outputs(Y_hat)
        places = outputs[:, 0] >= 0.5 if self.task == "binary" else outputs.argmax(axis=1)
        return places.astype(np.int64)

    def _outputs(self, Y_hat: Any) -> Array:
        outputs = np.asarray(Y_hat, dtype=np.float64)
        if outputs.ndim != 2 or outputs.shape[1] != self.n_y:
            raise ShapeError(f"Y_hat must have shape (m, n_y) with n_y = {self.n_y}. Got {outputs.shape}.")
        return outputs

    def _places(self, values: Array, rows: Array) -> Array:
        place_of = {label: place for place, label in enumerate(self.classes)}
        if values.dtype == np.float64 and self.kind == "text":
            values = np.array([number_text(value) for value in values], dtype=object)
        places = np.fromiter((place_of.get(value, -1) for value in values.tolist()), np.int64, len(values))
        if (places < 0).any():
            i = int((places < 0).argmax())
            known = listed(self.class_names)
            rest = f"is not one of the {len(self.classes)} classes that the model learnt: {known}."
            raise cell_error(self.name, int(rows[i]), values[i], rest)
        return places

    def _refuse_text(self, values: Array, rows: Array) -> None:
        if values.dtype != np.float64:
            raise cell_error(
                self.name, int(rows[0]), values[0], "is text, but the model learnt this target as numbers."
            )

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values, from which `from_config` builds an equal encoder, every float exact."""
        config = {**asdict(self), "classes": list(self.classes), "counts": list(self.counts)}
        return config if self.boolean else {name: value for name, value in config.items() if name != "boolean"}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> TargetEncoder:
        """Build the encoder that `to_config` described.

        Raises
        ------
        TableError
            If the configuration is not one of a target encoder.
        """
        try:
            task = cast("Task", known_name("task", config["task"], get_args(Task)))
            classes, counts = levels_and_counts(config["classes"], config["counts"])
            if len(classes) not in {"regression": (0,), "binary": (2,)}.get(task, range(2, len(classes) + 1)):
                raise ValueError(f"{len(classes)} classes are not {task}")
            mean, std = (checked.number(config[key], finite=True) for key in ("mean", "std"))
            boolean = checked.boolean(config.get("boolean", False))  # which the first files did not say
            if boolean and not {"false", "true"}.issuperset(classes):
                raise ValueError(f"{', '.join(map(str, classes))} are not booleans")
            return cls(checked.text(config["name"]), task, classes, counts, mean, std, boolean)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise TableError(f"This is not the configuration of a target encoder: {error!r}.") from error


def _refuse_missing(name: str, values: Array, rows: Array) -> None:
    gaps = missing(values)
    if gaps.all():
        raise TableError(f"The target column {name!r} is empty: all of its {len(values)} cells are missing.")
    if gaps.any():
        row = int(rows[int(gaps.argmax())])
        raise TableError(f"The target column {name!r}, row {row}: the cell is missing. Drop such rows before.")
