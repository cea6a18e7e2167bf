"""Memory and speed of `layerwise predict` on tables of growing size, CSV and Parquet: does the memory stay?

The table is the census sample of the package, its rows repeated; the model is learnt from the sample. Each run is a
process of its own, which tells the peak of its resident memory. Linux only.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from benchmarks.environment import describe, limit_threads
from benchmarks.report import bar, write_json

ROOT = Path(__file__).parent.parent
COMMAND = (sys.executable, "-c", "from layerwise.cli import main; main()")
MEASURED = r"""
import pathlib, re
from layerwise.cli import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path("/proc/self/status").read_text())[1])
"""
"""The same, and the peak of its memory in KiB: Linux only, where rusage has that of the parent in it, too."""
TARGET = "income"
WANTED_PEAK = 1e9
"""Bytes of memory that the largest table may take."""
WANTED_GROWTH = 1.25
"""How many times the memory of the smallest table."""
HEADINGS = ("", "MB", "rows", "seconds", "rows/s", "peak MB")


@dataclass(frozen=True)
class Size:
    """A table to predict.

    Attributes
    ----------
    ending : str
        ".csv" or ".parquet": of the table and of the predictions.
    megabytes : float
        Of the CSV file; the Parquet file has the same rows.
    """

    ending: str
    megabytes: float


def generate(path: Path, size: Size) -> int:
    """Write the table; return how many rows it has."""
    header, *rows = sample().splitlines(keepends=True)
    block = b"".join(rows)
    times = max(1, round(size.megabytes * 1e6 / len(block)))
    csv = path.with_suffix(".csv")
    with csv.open("wb") as file:
        file.write(header)
        for _ in range(times):
            file.write(block)
    if size.ending == ".parquet":
        import polars as pl

        pl.scan_csv(csv).sink_parquet(path)
        csv.unlink()
    return times * len(rows)


def sample() -> bytes:
    return gzip.decompress((files("layerwise.cli") / "data" / "adult-sample.csv.gz").read_bytes())


def peak_of(program: str, *arguments: str) -> tuple[float, int]:
    """Run a program of Python that prints its peak in KiB; return its seconds and that peak in bytes."""
    start = time.perf_counter()
    done = subprocess.run((sys.executable, "-c", program, *arguments), stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own code
    return time.perf_counter() - start, int(done.stdout) * 1024


def learnt(folder: Path) -> Path:
    """Write a model of the sample with the default networks, and few epochs: they cost a prediction nothing."""
    table, model = folder / "sample.csv", folder / "m.safetensors"
    table.write_bytes(sample())
    options = ("--target", TARGET, "--epochs", "3", "--quiet", "--output", str(model))
    subprocess.run((*COMMAND, "train", str(table), *options), check=True)  # noqa: S603 - this package's own command
    return model


def measure(model: Path, size: Size, folder: Path) -> dict[str, Any]:
    """Predict one table; return what it took as plain JSON values."""
    table = folder / f"big{size.ending}"
    rows = generate(table, size)
    output = folder / f"p{size.ending}"
    seconds, peak = peak_of(MEASURED, "predict", str(model), str(table), "--output", str(output))
    found = {
        "ending": size.ending,
        "bytes": table.stat().st_size,
        "rows": rows,
        "seconds": seconds,
        "rows_per_second": rows / seconds,
        "peak_bytes": peak,
    }
    table.unlink()
    return found


def judged(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is wanted of each kind of file: the peak of the largest table, and its growth from the smallest."""
    bars = []
    for ending in dict.fromkeys(entry["ending"] for entry in entries):
        peaks = [entry["peak_bytes"] for entry in sorted(entries, key=lambda e: e["rows"]) if entry["ending"] == ending]
        bars.append(bar(ending, "peak_bytes", peaks[-1], most=WANTED_PEAK))
        bars.append(bar(ending, "growth", peaks[-1] / peaks[0], most=WANTED_GROWTH))
    return bars


def line(entry: dict[str, Any]) -> str:
    """Return one run as aligned text."""
    return aligned(
        entry["ending"],
        f"{entry['bytes'] / 1e6:,.0f}",
        f"{entry['rows']:,}",
        f"{entry['seconds']:,.1f}",
        f"{entry['rows_per_second']:,.0f}",
        f"{entry['peak_bytes'] / 1e6:,.0f}",
    )


def aligned(first: str, *cells: str) -> str:
    return f"{first:<10}" + "".join(f"{cell:>14}" for cell in cells)


def run(sizes: Sequence[Size], threads: int, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure all tables; each line is printed as soon as it is known."""
    about = describe(threads, ("layerwise", "numpy", "polars"))
    say(f"{about['processor']}, {threads} threads at most\n{aligned(*HEADINGS)}")
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        model = learnt(Path(folder))
        for size in sizes:
            entries.append(measure(model, size, Path(folder)))
            say(line(entries[-1]))
    bars = judged(entries)
    for wanted in bars:
        verdict = "met" if wanted["met"] else "falls short"
        say(f"{wanted['peer']}, {wanted['what']}: {wanted['value']:.3g}, at most {wanted['most']:.3g}: {verdict}")
    return {"about": about, "tables": entries, "bars": bars}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add(
        "--megabytes", type=float, default=1000, help="of the largest CSV file; the smallest has a tenth (default 1000)"
    )
    add("--threads", type=int, default=2, help="processor cores (default 2)")
    add("--json", type=Path, default=ROOT / "benchmarks/results/streaming.json", help="where all figures go")
    chosen = parser.parse_args()
    limit_threads(chosen.threads)
    megabytes = (chosen.megabytes / 10, chosen.megabytes)
    sizes = [Size(ending, size) for ending in (".csv", ".parquet") for size in megabytes]
    write_json(chosen.json, run(sizes, chosen.threads))
    print(f"{chosen.json} has every figure")


if __name__ == "__main__":
    main()
