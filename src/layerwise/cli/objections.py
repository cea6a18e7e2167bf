"""What the options of a fit say that cannot be done, in the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layerwise.cli import spelling
from layerwise.cli.options import FitOptions
from layerwise.errors import ParameterError, TableError
from layerwise.estimators.tabular.settings import METRICS_OF_TASK
from layerwise.tables import Table

__all__ = ["check_columns", "check_options", "check_task"]


def check_options(options: FitOptions, roles: Mapping[str, Any]) -> None:
    """Refuse what needs no table to be seen as wrong."""
    target = options.target
    if target in (options.drop or ()):
        raise TableError(f"--drop {target!r} is the target, which cannot be dropped. Leave it out, or change --target.")
    if target in roles:
        raise TableError(f"--role {target!r} is the target. Say what it is with --task, or with --categorical.")
    if target in spelling.directions(options.monotone or ()):
        raise TableError(f"--monotone {target!r} is the target. Name a column that it is predicted from.")
    if options.weight == target:
        raise TableError(f"--weight {target!r} is the target. Name another column.")
    if options.weight is not None and options.weight in (*roles, *(options.drop or ()), *(options.categorical or ())):
        raise TableError(f"--weight {options.weight!r} is no feature, and takes no role. Leave one of them out.")
    for name in options.categorical or ():
        if roles.get(name, "category") != "category":
            raise TableError(f"Column {name!r} has two roles, by --categorical and by --role. Give it one.")
    if options.dropout and options.hidden is not None and not spelling.units(options.hidden):
        raise ParameterError("--dropout acts on hidden layers, and --hidden none has none. Leave one of them out.")


def check_columns(table: Table, options: FitOptions, roles: Mapping[str, Any]) -> None:
    """Refuse roles and directions of columns that are not there, or that cannot have them."""
    for name, role in roles.items():
        if role != "drop":
            table.column(name)
        if role == "ordinal" and name not in table.levels and table.kind(name) == "text":
            levels = sorted({str(cell) for cell in table[name] if cell is not None})
            shown = ",".join(levels[:5]) + (",..." if len(levels) > 5 else "")
            raise TableError(
                f"--role {name}=ordinal: the column holds text, whose order is not known. Give its levels, the lowest "
                f"first, as in --role '{name}=ordinal:{shown}'."
            )
    for name in spelling.directions(options.monotone or ()):
        table.column(name)


def check_task(options: FitOptions, task: str) -> None:
    """Refuse what does not go with classes, or with numbers."""
    what = "numbers" if task == "regression" else f"{'two' if task == 'binary' else 'more than two'} classes"
    if options.loss is not None and task != "regression":
        raise ParameterError(f"--loss is for numbers, and the target {options.target!r} holds {what}. Leave it out.")
    metrics = ("cost", *METRICS_OF_TASK[task])
    known = {name for names in METRICS_OF_TASK.values() for name in names}
    if options.metric in known.difference(metrics):
        raise ParameterError(f"--metric {options.metric} is not for {what}. Use {', '.join(metrics)}.")
    if options.monotone and task == "multiclass":
        raise ParameterError(f"--monotone needs two classes or numbers. The target {options.target!r} holds {what}.")
