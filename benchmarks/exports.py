"""One row through an exported model: in the library, in onnxruntime, in C, in NumPy; and how far they are apart.

    python -m benchmarks.exports [--repeats 7]

The model is what `layerwise demo` trains, with its defaults. Each time is the best of the repeats, on one thread. Needs
onnxruntime and cc.
"""

from __future__ import annotations

import argparse
import ctypes
import runpy
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from benchmarks.environment import processor
from layerwise import TabularClassifier, export
from layerwise.export.c_text import identifiers
from layerwise.tables import Table, read_table

CALLS = 200


def model_and_rows() -> tuple[TabularClassifier, Table]:
    """Return the fitted model and its table."""
    with resources.as_file(resources.files("layerwise.cli") / "data" / "adult-sample.csv.gz") as path:
        table = read_table(path)
    rows = table.without("income")
    return TabularClassifier().fit(rows, table["income"]), rows


def one_row(table: Table, i: int) -> dict[str, Any]:
    """Return a row as a program has it: a mapping of columns of one cell."""
    return {name: column[i : i + 1] for name, column in table.items()}


def in_onnxruntime(estimator: Any, folder: Path) -> Callable[[Table], Any]:
    """Return a function that predicts a table in onnxruntime, on one thread."""
    export.to_onnx(estimator, folder / "model.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    return lambda cells: session.run(["probabilities"], {name: cells[name] for name in names})[0]


def as_onnx_has_it(table: Any) -> dict[str, Any]:
    """Return columns with "" for missing texts."""
    return {
        name: np.array(["" if cell is None else cell for cell in column], object) if column.dtype == object else column
        for name, column in table.items()
    }


def texts_of(cells: Any) -> Any:
    """Return texts as C has them, NULL for a missing one."""
    return (ctypes.c_char_p * len(cells))(*(None if cell is None else cell.encode() for cell in cells))


def in_c(estimator: Any, table: Table, folder: Path) -> Callable[[], Any]:
    """Return a function that predicts all rows of a table in C; the cells are in the program already."""
    export.to_c(estimator, folder / "model.h")
    fields, columns = [], []
    used = estimator.model_.encoder.used
    for member, column in zip(identifiers(column.name for column in used), used, strict=True):
        cells = table[column.name]
        kind = "const char *const *" if cells.dtype == object else "const double *"
        fields.append(f"        row.{member} = (({kind})columns[{len(columns)}])[i];\n")
        columns.append(texts_of(cells) if cells.dtype == object else np.ascontiguousarray(cells))
    source = f"""#include "model.h"
void run(const void *const *columns, int m, double *out)
{{
    int i;
    for (i = 0; i < m; ++i) {{
        model_row row;
{"".join(fields)}        model_predict(&row, out + i * model_CLASSES);
    }}
}}
"""
    (folder / "run.c").write_text(source)
    command = ["cc", "-O3", "-shared", "-fPIC", "-o", str(folder / "run.so"), str(folder / "run.c"), "-lm"]
    subprocess.run(command, check=True)  # noqa: S603 - our own words
    run, out = ctypes.CDLL(str(folder / "run.so")).run, np.empty((table.n_rows, len(estimator.classes_)))

    def predict() -> Any:
        addresses = (ctypes.c_void_p * len(columns))(
            *(c.ctypes.data if isinstance(c, np.ndarray) else ctypes.addressof(c) for c in columns)
        )
        run(addresses, ctypes.c_int(table.n_rows), ctypes.c_void_p(out.ctypes.data))
        return out

    return predict


def microseconds(call: Callable[[], Any], repeats: int, calls: int) -> float:
    """Return the microseconds of one call, the best of the repeats."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        best = min(best, (time.perf_counter() - start) / calls)
    return best * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    estimator, table = model_and_rows()
    model, truth, row = estimator.model_, estimator.predict_proba(table), one_row(table, 0)
    print(f"{processor()}; {len(model.members)} networks {model.members[0].network.sizes}, {table.n_rows} rows\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        by_onnx, by_c = in_onnxruntime(estimator, folder), in_c(estimator, table, folder)
        export.to_numpy(estimator, folder / "exported.py")
        by_numpy = runpy.run_path(str(folder / "exported.py"))["predict"]
        all_cells, cells = as_onnx_has_it(table), as_onnx_has_it(row)
        found = {
            "the library": (truth, microseconds(lambda: estimator.predict_proba(row), repeats, CALLS)),
            "onnxruntime": (by_onnx(all_cells), microseconds(lambda: by_onnx(cells), repeats, CALLS)),
            "C": (by_c(), microseconds(by_c, repeats, 1) / table.n_rows),
            "NumPy": (by_numpy(table), microseconds(lambda: by_numpy(row), repeats, CALLS)),
        }
        sizes = {path.name: path.stat().st_size for path in sorted(folder.glob("[em]*.*")) if path.suffix != ".so"}
    print(f"{'':12}{'µs a row':>10}{'furthest from the library':>28}")
    for where, (probabilities, taken) in found.items():
        print(f"{where:12}{taken:10.0f}{np.abs(probabilities - truth).max():28.1e}")
    print(f"\nbytes: {sizes}")


if __name__ == "__main__":
    main()
