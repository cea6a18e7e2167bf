"""The command line: ``layerwise train | predict | evaluate | inspect | demo``."""

from __future__ import annotations

import sys
import warnings
from typing import TextIO

from layerwise.errors import LayerwiseError, LayerwiseWarning, require

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments name.

    Bad input ends with one line on standard error and exit code 2, never with a traceback.
    """
    warnings.showwarning = _show_warning
    warnings.simplefilter("always", LayerwiseWarning)
    try:
        for library in ("typer", "rich"):
            require(library, extra="tables", purpose="The command line")
        from layerwise.cli.app import app

        app()
    except LayerwiseError as error:
        _say("error", error)
        sys.exit(2)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    _say("note" if issubclass(category, LayerwiseWarning) else category.__name__, message)


def _say(kind: str, message: object) -> None:
    print(f"layerwise: {kind}: {' '.join(str(message).split())}", file=sys.stderr)
