"""`layerwise export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from layerwise.checks import known_name
from layerwise.cli.display import notes
from layerwise.cli.files import check_apart, check_writable, ends_as_table
from layerwise.cli.streams import printable
from layerwise.errors import ModelFileError, ParameterError
from layerwise.export import FORMATS
from layerwise.storage import built_from, read_model_file

__all__ = ["run"]


def run(model_path: Path, to: str, output: Path | None, name: str | None) -> None:
    """Write a model in another format."""
    known_name("format of --to", to, FORMATS)
    if name is not None and to != "c":
        raise ParameterError(f"--name is for --to c, whose names begin with it. Got --to {to}: leave it out.")
    if ends_as_table(model_path):
        raise ModelFileError(f"{model_path}: is a table. Give a model, as 'layerwise train' writes it.")
    ending, write = FORMATS[to]
    path = output or Path(f"{model_path.stem}{ending}")
    check_apart({"--output": path, "the model": model_path})
    if path.suffix.lower() != ending:
        raise ParameterError(f"--output of --to {to} must end in {ending}. Got {str(path)!r}.")
    check_writable(path)
    named: dict[str, Any] = {} if name is None else {"name": name}
    file = read_model_file(model_path)
    if "checkpoint" in file.kind:
        raise ModelFileError(
            f"{model_path}: holds a {file.kind}, from which a training goes on. End it, and export the "
            "model that it gives."
        )
    write(built_from(file, model_path), path, digest=file.digest, **named)
    notes.print(printable(f"{path.stat().st_size:,} bytes written to {path}"))
