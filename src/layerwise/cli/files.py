"""Where a command may write: never over what it reads, and known before hours of work."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

from layerwise.errors import ParameterError, TableError

__all__ = [
    "PICTURES",
    "check_apart",
    "check_model_name",
    "check_page_name",
    "check_predictions_name",
    "check_writable",
    "default_model",
    "ends_as_table",
]

PICTURES = (".png", ".svg", ".pdf")


def ends_as_table(path: Path) -> bool:
    """Return whether a name is one of a table."""
    from layerwise.tables.readers import ENDINGS  # late: NumPy comes with it

    return path.name.lower().endswith(ENDINGS)


def default_model(table: Path) -> Path:
    """Return the model's name for a table: sales.2023.csv.gz gives sales.2023.safetensors, here."""
    from layerwise.tables.readers import ENDINGS

    name = table.name
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    return Path(f"{name.lstrip('.') or 'model'}.safetensors")


def check_apart(files: Mapping[str, Path | None]) -> None:
    """Refuse two names of one file; each is given with what it is for: "--output", "the table"."""
    given = [(what, path) for what, path in files.items() if path is not None]
    for (what, path), (other, second) in combinations(given, 2):
        if path.resolve() == second.resolve() or (path.exists() and second.exists() and path.samefile(second)):
            raise ParameterError(f"{what} and {other} must be two files. Both are {str(path)!r}.")


def check_model_name(path: Path) -> None:
    """Refuse a name of a model that is one of a table."""
    if ends_as_table(path):
        raise ParameterError(
            f"--output is the model, and must not end as a table does. Got {str(path)!r}; "
            "by custom it ends in .safetensors."
        )


def check_page_name(path: Path) -> None:
    """Refuse a name of a report that is none of a page."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise ParameterError(f"--report must end in .html. Got {str(path)!r}.")


def check_predictions_name(path: Path) -> None:
    """Refuse a name by which predictions cannot be written."""
    if not path.name.lower().endswith((".csv", ".csv.gz", ".parquet")):
        raise TableError(f"--output {str(path)!r} must end in .csv, .csv.gz or .parquet.")


def check_writable(path: Path) -> None:
    """Refuse a file that cannot be written, by writing another beside it."""
    if path.is_dir():
        raise TableError(f"{str(path)!r} is a folder. Give the name of a file in it.")
    if path.exists() and not path.is_file():
        raise TableError(f"{str(path)!r} is a device or a pipe. Give the name of a file.")
    if not path.parent.is_dir():
        raise TableError(f"{str(path)!r} cannot be written: there is no folder {str(path.parent)!r}.")
    try:
        with tempfile.NamedTemporaryFile(prefix=".layerwise-", suffix=".tmp", dir=path.parent):
            pass
    except OSError as error:
        raise TableError(f"{str(path)!r} cannot be written: {error.strerror}.") from error
