"""What a target column asks for: the task told from its values, and the targets nothing can learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from layerwise.errors import TableError, listed
from layerwise.tables._cells import number_text
from layerwise.tables.roles import is_near_unique

Task: TypeAlias = Literal["binary", "multiclass", "regression"]

FEW = 10
"""Whole numbers with at most so many distinct values are classes."""

MAX_CLASSES = 1000
"""More classes than this are taken for a mistake."""


def task_of(counts: Mapping[Any, int]) -> Task:
    """Tell the task from the values of a column without missing cells, and how often each is there."""
    if len(counts) == 2:
        return "binary"
    if any(isinstance(value, str) for value in counts):
        return "multiclass"
    few = len(counts) <= FEW and 2 * len(counts) <= sum(counts.values())
    return "multiclass" if few and all(value == round(value) for value in counts) else "regression"


def check_classes(name: str, counts: Mapping[str | float, int], task: Task, *, told: bool) -> None:
    """Refuse one class, more than two for the binary task, and too many; `told` if the task was not given."""
    n, n_rows = len(counts), sum(counts.values())
    names = [label if isinstance(label, str) else number_text(label) for label in counts]
    if n == 1:
        raise TableError(
            f"The target column {name!r} has one class only, {names[0]!r} in each of {n_rows} rows. "
            "To tell classes apart, it needs rows of at least two."
        )
    if task == "binary" and n != 2:
        raise TableError(
            f"The target column {name!r} must have two classes for the task 'binary'. "
            f"Got {n}: {listed(sorted(names), at_most=5)}. Use the task 'multiclass'."
        )
    if n > MAX_CLASSES or (told and is_near_unique(counts, n_rows)):
        raise TableError(
            f"The target column {name!r} has {n} classes in {n_rows} rows, too many to learn: there may be "
            f"{MAX_CLASSES}, with two rows each on average. Choose another target column, or, for numbers, "
            "the task 'regression'."
        )
