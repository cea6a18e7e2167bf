"""The journal of a search: a line of JSON for every trial that is over, on the disk before the next one is counted."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, TextIO

from layerwise.errors import ModelFileError, ParameterError
from layerwise.searching.trials import Trial

__all__ = ["Journal"]

FORMAT = "layerwise search 1"


class Journal:
    """A file of trials.

    Parameters
    ----------
    path : Path
        Made if it is not there. Another search's is refused.
    described : dict
        What the trials depend on, as JSON values: two searches with the same go on from each other.

    Raises
    ------
    ParameterError
        If the file is of another search.
    ModelFileError
        If it is no journal, or cannot be written.

    Attributes
    ----------
    trials : list of Trial
        What it held already. A line that was cut off by a crash is dropped: that trial was not finished.
    """

    def __init__(self, path: Path, described: dict[str, Any]) -> None:
        self.path = path
        self.trials: list[Trial] = []
        try:
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            whole = text[: text.rfind("\n") + 1]
            header = {"format": FORMAT, **described}
            if not whole and not json.dumps(header).startswith(text):
                raise _is_none(path)
            if whole:
                self._read(whole.splitlines(), described)
            self.file: TextIO = path.open("r+" if path.exists() else "w", encoding="utf-8")
            self.file.seek(len(whole.encode()))
            self.file.truncate()
            if not whole:
                self._write(header)
        except (OSError, UnicodeDecodeError) as error:
            raise ModelFileError(f"{path}: cannot be used as a journal: {error}. Give another file.") from None

    def _read(self, lines: list[str], described: dict[str, Any]) -> None:
        try:
            first, *rest = [json.loads(line) for line in lines]
            if first.pop("format") != FORMAT:
                raise ValueError
            trials = [Trial.from_line(line) for line in rest]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _is_none(self.path) from None
        if first != json.loads(json.dumps(described)):
            differs = sorted(name for name in {*first, *described} if first.get(name) != described.get(name))
            raise ParameterError(
                f"{self.path}: is the journal of another search: its {', '.join(differs)} differ. "
                "Remove it, or give another file."
            )
        self.trials = trials

    def add(self, trial: Trial) -> None:
        """Append a trial; it is on the disk when this returns."""
        self._write(trial.to_line())

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())


def _is_none(path: Path) -> ModelFileError:
    return ModelFileError(f"{path}: is no journal of a search, or is damaged. Give another file.")
