"""From the settings of the group "data" to a `Dataset`: the examples of a preset, of drawn points or of a table."""

from __future__ import annotations

import warnings

import numpy as np

from layerwise.equations.labels import one_hot
from layerwise.equations.streams import Purpose, permutation
from layerwise.errors import TableError, TableNotice
from layerwise.estimators.splitting import shares
from layerwise.lab.moment import Dataset
from layerwise.lab.objections import SettingError
from layerwise.lab.presets import PRESETS, Raw
from layerwise.lab.settings import Settings
from layerwise.network import Array
from layerwise.tables import DroppedColumn, Table, TableEncoder, TargetEncoder, labelled

__all__ = ["dataset_of"]

NUMBERS = 20_000_000
"""What X of a table may hold, rows times inputs: 160 MB while it is made."""

TASKS = {"binary": "binary", "multiclass": "classes", "regression": "regression"}


def dataset_of(settings: Settings, table: Table | None = None) -> Dataset:
    """Return the examples that the settings ask for.

    Raises
    ------
    SettingError
        If they cannot be learnt from: too few points, no such column, one class only.
    """
    preset = PRESETS[settings.preset]
    if preset.make is not None:
        return _ready(settings, preset.make(**{name: getattr(settings, name) for name in preset.uses}))
    if table is None:
        raise SettingError("table", "The preset 'table' needs a table. Give a CSV file.")
    return _of_table(settings, table)


def _ready(settings: Settings, raw: Raw) -> Dataset:
    groups = np.zeros(len(raw.label)) if raw.classes is None else raw.label
    if raw.classes is not None and len(raw.classes) < 2:
        raise SettingError(
            "points", f"Draw points of at least two classes. Got {len(raw.label)} points of {len(raw.classes)}."
        )
    learnt, held = split(groups, settings.validation, settings.data_seed)
    X = _standardised(raw.X, learnt) if raw.standardise else raw.X
    if raw.classes is not None and len(raw.classes) > 2:
        outputs = raw.classes
        Y, task = one_hot(raw.label.astype(np.int64), len(raw.classes)), "classes"
    else:
        Y, task = raw.label.reshape(1, -1), "regression" if raw.classes is None else "binary"
        outputs = (raw.target,)
    return _dataset(settings, X, Y, learnt, held, task, raw.inputs, outputs, raw.target, classes=raw.classes)


def _of_table(settings: Settings, table: Table) -> Dataset:
    target = settings.target
    if target is None:
        raise SettingError("target", "Choose the target: the column that the network is to learn.")
    try:
        found, without = labelled(table, target)
        whole = TargetEncoder.fit(found, target)
    except TableError as error:
        raise SettingError("target", str(error)) from None
    groups = np.zeros(found.n_rows) if whole.task == "regression" else whole.places(whole.encode(found))
    learnt, held = split(groups, settings.validation, settings.data_seed)
    encoder, encoded, notices = _encoded(settings, found, target, learnt)
    if whole.task == "regression":
        try:
            whole = TargetEncoder.fit(found.take(learnt), target, task="regression")
        except TableError as error:
            raise SettingError("target", str(error)) from None
    if without:
        notices = (f"{without} of {table.n_rows} rows are left out: they have no {target!r}.", *notices)
    classes = whole.class_names or None
    return _dataset(
        settings,
        encoded.T,
        whole.encode(found).T,
        learnt,
        held,
        TASKS[whole.task],
        encoder.feature_names,
        classes if classes and len(classes) > 2 else (target,),
        target,
        classes=classes,
        notices=notices,
        encoder=encoder,
        target_encoder=whole,
        numbers=found.row_numbers - 1,
    )


def _encoded(
    settings: Settings, table: Table, target: str, learnt: Array
) -> tuple[TableEncoder, Array, tuple[str, ...]]:
    wanted = settings.columns
    try:
        if wanted is not None:
            for name in wanted:
                table.column(name)
            if target in wanted:
                raise TableError(f"The target {target!r} cannot be a column to learn from. Leave it out.")
        used = table if wanted is None else table.without(*(name for name in table if name not in (*wanted, target)))
        encoder = TableEncoder.fit(used.take(learnt), target, embed=False)
        _check_width(encoder, used.n_rows)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TableNotice)
            return encoder, encoder.transform(used), _dropped(encoder)
    except TableError as error:
        raise SettingError("columns", str(error)) from None


def _check_width(encoder: TableEncoder, rows: int) -> None:
    if rows * encoder.n_features > NUMBERS:
        widest = max(encoder.used, key=lambda column: len(column.places))
        raise TableError(
            f"The columns to learn from must become at most {NUMBERS} numbers, inputs times rows. Got "
            f"{encoder.n_features} inputs and {rows} rows: leave out {widest.name!r}, which has {len(widest.places)}."
        )


def _dropped(encoder: TableEncoder) -> tuple[str, ...]:
    dropped = [column for column in encoder.columns if isinstance(column, DroppedColumn)]
    return tuple(f"Column {column.name!r} is left out: {column.reason}." for column in dropped)


def split(groups: Array, part: float, seed: int) -> tuple[Array, Array]:
    """Return the examples to learn from and those to hold out, by their rising positions: of each group the same part.

    The part is that of all examples; at least one of each group is learnt from.
    """
    order = permutation(len(groups), seed, Purpose.SPLIT)
    values, sizes = np.unique(groups, return_counts=True)
    counts = shares(sizes.tolist(), part)
    held = [order[groups[order] == value][:count] for value, count in zip(values, counts, strict=True)]
    held_out = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(groups)), held_out), held_out


def _standardised(X: Array, learnt: Array) -> Array:
    mean, deviation = X[:, learnt].mean(axis=1, keepdims=True), X[:, learnt].std(axis=1, keepdims=True)
    return (X - mean) / np.where(deviation > 0, deviation, 1.0)


def _dataset(
    settings: Settings,
    X: Array,
    Y: Array,
    learnt: Array,
    held: Array,
    task: str,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    target: str,
    *,
    classes: tuple[str, ...] | None = None,
    notices: tuple[str, ...] = (),
    encoder: TableEncoder | None = None,
    target_encoder: TargetEncoder | None = None,
    numbers: Array | None = None,
) -> Dataset:
    dtype = np.dtype(settings.dtype)
    X, Y = X.astype(dtype), Y.astype(dtype)

    def examples(chosen: Array) -> tuple[Array, Array]:
        return X.T[chosen].T, Y.T[chosen].T

    return Dataset(
        *examples(learnt),
        validation=examples(held) if len(held) else None,
        task=task,
        inputs=inputs,
        outputs=outputs,
        target=target,
        classes=classes,
        notices=notices,
        encoder=encoder,
        target_encoder=target_encoder,
        rows=None if numbers is None else numbers[learnt],
        validation_rows=None if numbers is None else numbers[held],
    )
