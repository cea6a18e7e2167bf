"""Training on a table in a file: what an epoch costs beside the same epoch in memory, and the memory of a whole fit.

    python -m benchmarks.larger_than_memory

The table is made: 20 numbers a row, and a class that follows from three of them. Every run is a process of its own;
the two kinds of epochs take turns, and the file is in the system's page cache. Linux only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.environment import describe, limit_threads
from benchmarks.report import bar, write_json

ROOT = Path(__file__).parent.parent
COLUMNS = 20
WANTED_TIMES = 1.3
"""How many times as long as in memory an epoch may take."""
NETWORKS = {"20-32-32-1": (32, 32), "20-128-128-128-1": (128, 128, 128)}
BLOCK, BUFFER = 8 << 20, 128 << 20
"""Bytes of X: those of the recipe for 2 GB."""

EPOCHS = r"""
import json, sys, time
import numpy as np
import layerwise as lw

folder, hidden, mapped = sys.argv[1], json.loads(sys.argv[3]), sys.argv[4] == "file"
rows, threads, block, buffer = (int(sys.argv[k]) for k in (2, 5, 6, 7))
X = np.memmap(folder + "/X", np.float32, "r", shape=(rows, 20))
Y = np.memmap(folder + "/Y", np.float32, "r", shape=(rows, 1))
if not mapped:
    X, Y = np.array(X), np.array(Y)
net = lw.Network((20, *hidden, 1), (*["relu"] * len(hidden), "sigmoid"))
seconds = []

class Clock:
    def on_epoch_end(self, state):
        seconds.append(time.perf_counter())

options = {"shuffle": lw.BlockShuffle(block // 80, buffer // 80) if mapped else True, "threads": threads}
result = lw.train(net, X.T, Y.T, batch_size=256, epochs=4, optimizer="adam", callbacks=[Clock()], **options)
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
found = {"seconds": np.diff(seconds).tolist(), "peak_bytes": int(peak) * 1024, "cost": result.history.cost[-1]}
print(json.dumps(found))
"""
FIT = r"""
import json, sys, time
from layerwise import TabularClassifier

start = time.perf_counter()
model = TabularClassifier("fast", hidden=(32, 32), epochs=2, batch_size=1024, memory=sys.argv[2]).fit(sys.argv[1], "y")
seconds = time.perf_counter() - start
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"seconds": seconds, "peak_bytes": int(peak) * 1024, "metrics": dict(model.metrics_)}))
"""


def run_program(program: str, *arguments: object) -> dict[str, Any]:
    """Return what a program of Python prints as JSON."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - this package's own code
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def made_rows(first: int, count: int) -> tuple[Any, Any]:
    """Return a part of the table: X (count, 20) and the classes 0 or 1."""
    import numpy as np

    rng = np.random.default_rng(first)
    X = rng.normal(size=(count, COLUMNS)).astype(np.float32)
    return X, X[:, 0] * X[:, 1] + X[:, 2] + 0.3 * rng.normal(size=count) > 0


def write_arrays(folder: Path, rows: int) -> None:
    import numpy as np

    with (folder / "X").open("wb") as X_file, (folder / "Y").open("wb") as Y_file:
        for first in range(0, rows, 1_000_000):
            X, y = made_rows(first, min(1_000_000, rows - first))
            X_file.write(X.tobytes())
            Y_file.write(y.astype(np.float32).tobytes())


def write_parquet(path: Path, rows: int) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([*((f"x{j}", pa.float32()) for j in range(COLUMNS)), ("y", pa.string())])
    with pq.ParquetWriter(path, schema, compression="none") as writer:
        for first in range(0, rows, 500_000):
            X, y = made_rows(first, min(500_000, rows - first))
            columns = [*X.T, np.where(y, "yes", "no")]
            writer.write_table(pa.table(columns, schema=schema), row_group_size=250_000)


def epochs_of(folder: Path, rows: int, hidden: tuple[int, ...], threads: int, repeats: int) -> dict[str, Any]:
    """Return the seconds of the steady epochs, in memory and from the file, and the peaks."""
    kinds: dict[str, list[dict[str, Any]]] = {"memory": [], "file": []}
    for _ in range(repeats):
        for kind, runs in kinds.items():
            runs.append(run_program(EPOCHS, folder, rows, json.dumps(hidden), kind, threads, BLOCK, BUFFER))
    medians = {kind: statistics.median(s for run in runs for s in run["seconds"]) for kind, runs in kinds.items()}
    return {
        "rows": rows,
        "hidden": hidden,
        "threads": threads,
        "runs": kinds,
        "seconds": medians,
        "times": medians["file"] / medians["memory"],
        "peak_bytes": {kind: max(run["peak_bytes"] for run in runs) for kind, runs in kinds.items()},
    }


def run(rows: int, parquet_rows: int, threads: int, repeats: int, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure; each line is printed as soon as it is known."""
    about = describe(threads, ("layerwise", "numpy", "polars", "pyarrow"))
    say(f"{about['processor']}, {threads} threads at most")
    entries, bars = {}, []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_arrays(folder, rows)
        for network, hidden in NETWORKS.items():
            found = entries[network] = epochs_of(folder, rows, hidden, threads, repeats)
            bars.append(bar(network, "times", found["times"], most=WANTED_TIMES))
            say(
                f"{network:<18} {rows:,} rows, an epoch: {found['seconds']['memory']:.2f} s in memory, "
                f"{found['seconds']['file']:.2f} s from the file, {found['times']:.2f} times; peak "
                f"{found['peak_bytes']['memory'] / 1e6:,.0f} and {found['peak_bytes']['file'] / 1e6:,.0f} MB"
            )
        table = folder / "table.parquet"
        write_parquet(table, parquet_rows)
        fit = run_program(FIT, table, "1GB")
        fit |= {"rows": parquet_rows, "bytes": table.stat().st_size}
        bars.append(bar("fit", "peak_bytes", fit["peak_bytes"], most=1e9))
        say(
            f"a fit of {fit['bytes'] / 1e9:.2f} GB of Parquet, {parquet_rows:,} rows, memory='1GB': peak "
            f"{fit['peak_bytes'] / 1e6:,.0f} MB, {fit['seconds']:,.0f} s, accuracy {fit['metrics']['accuracy']:.4f}"
        )
    for wanted in bars:
        verdict = "met" if wanted["met"] else "falls short"
        say(f"{wanted['peer']}, {wanted['what']}: {wanted['value']:.3g}, at most {wanted['most']:.3g}: {verdict}")
    return {"about": about, "epochs": entries, "fit": fit, "bars": bars}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--rows", type=int, default=5_000_000, help="of the table for the epochs, 80 bytes each (default 5,000,000)")
    add("--parquet-rows", type=int, default=25_000_000, help="of the table for the fit (default 25,000,000)")
    add("--threads", type=int, default=2, help="processor cores (default 2)")
    add("--repeats", type=int, default=3, help="runs of each kind (default 3)")
    add("--json", type=Path, default=ROOT / "benchmarks/results/larger-than-memory.json", help="where all figures go")
    chosen = parser.parse_args()
    limit_threads(chosen.threads)
    write_json(chosen.json, run(chosen.rows, chosen.parquet_rows, chosen.threads, chosen.repeats))
    print(f"{chosen.json} has every figure")


if __name__ == "__main__":
    main()
