"""`layerwise demo`: the main job on a real table that comes with the package."""

from __future__ import annotations

from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path

from layerwise.cli import training
from layerwise.cli.display import out
from layerwise.cli.fitting import Memory
from layerwise.cli.options import FitOptions
from layerwise.errors import TableError

__all__ = ["run"]


def run(folder: Path) -> int:
    """Train on the sample, as ``layerwise train`` would; return the exit code."""
    if not folder.is_dir():
        raise TableError(f"--folder must be a folder. There is none of the name {str(folder)!r}.")
    out.print("Who earns over 50,000 dollars a year? 6,000 people of the United States census of 1994.\n")
    picture = folder / "layerwise-demo.png" if find_spec("matplotlib") else None
    with as_file(files("layerwise.cli") / "data" / "adult-sample.csv.gz") as table:
        files_written = training.Files(folder / "layerwise-demo.safetensors", plot=picture)
        code = training.run(table, FitOptions("income"), files_written, Memory())
    if picture is None:
        out.print("(for the learning curve as a picture: pip install 'layerwise[plot]')")
    out.print(f"\nnext: layerwise inspect {folder / 'layerwise-demo.safetensors'}")
    return code
