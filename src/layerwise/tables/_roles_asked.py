"""The roles that a user asks for, by `roles`, `drop` and `categorical`: checked, and joined to one mapping."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast, get_args

import numpy as np

from layerwise.checks import known_name
from layerwise.errors import ParameterError, TableError
from layerwise.tables.roles import Role
from layerwise.tables.table import Table


def roles_asked(
    table: Table,
    target: str | None,
    roles: Mapping[str, Role | Sequence[Any]],
    drop: Collection[str],
    categorical: Collection[str],
) -> dict[str, Role | Sequence[Any]]:
    """Return the role that is asked for each column, if one is.

    Raises
    ------
    TableError
        If a name is no column of the table, the target has a role, or a column has two.
    ParameterError
        If a role is none of the known ones, nor a sequence of levels.
    """
    for name in (*roles, *drop, *categorical, *(() if target is None else (target,))):
        table.column(name)
    for names, parameter, rest in ((drop, "drop", "cannot be dropped"), (roles, "roles", "is no feature")):
        if target is not None and target in names:
            raise TableError(f"Column {target!r} is the target, which {rest}. Leave it out of {parameter!r}.")
    asked: dict[str, Role | Sequence[Any]] = {name: _checked(name, role) for name, role in roles.items()}
    for names, role in ((drop, "drop"), (categorical, "category")):
        for name in names:
            if asked.setdefault(name, cast("Role", role)) != role:
                raise TableError(f"Column {name!r} has two roles: {asked[name]!r} and {role!r}. Give it one.")
    return asked


def _checked(name: str, role: object) -> Role | Sequence[Any]:
    if isinstance(role, str):
        return cast("Role", known_name("role", role, get_args(Role)))
    if isinstance(role, np.ndarray):
        role = role.tolist()
    if isinstance(role, list | tuple):
        return role
    raise ParameterError(
        f"The role of column {name!r} must be one of {', '.join(get_args(Role))}, or a list of levels, the lowest "
        f"first. Got {role!r}."
    )
