"""Figures of an earlier run, where they can stand beside those of this one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SAME = ("processor", "instruction_set", "threads", "system", "python", "folds", "seeds")
"""What two runs must have in common; and the versions of all packages but layerwise."""


def read(path: Path) -> dict[str, Any] | None:
    """Return the results of an earlier run."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def differences(earlier: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return what is another in two runs' `about`."""
    found = [what for what in SAME if earlier.get(what) != now.get(what)]
    old, new = earlier.get("versions", {}), now["versions"]
    return found + [name for name in sorted({*old, *new} - {"layerwise"}) if old.get(name) != new.get(name)]


def usable(path: Path, about: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], str]:
    """Return the models' figures by table from a file of the same machine, and a line that says so or why not."""
    earlier = read(path)
    if earlier is None:
        return {}, f"Nothing stands beside these: there is no {path.name} to take the others from"
    if other := differences(earlier["about"], about):
        return {}, f"Nothing stands beside these: {path.name} is of another {', '.join(other)}"
    return {table["name"]: table["models"] for table in earlier["tables"]}, f"The others are taken from {path.name}"


def joined(measured: dict[str, Any], earlier: dict[str, dict[str, Any]], date: str) -> dict[str, Any]:
    """Return a table with the models measured now, dated, beside those of an earlier run."""
    now = {name: {"date": date, **found} for name, found in measured["models"].items()}
    return {**measured, "models": {**earlier.get(measured["name"], {}), **now}}
