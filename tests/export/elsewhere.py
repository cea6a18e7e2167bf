"""Exported models, run where they were exported to: in onnxruntime, as compiled C, as a Python file."""

import ctypes
import runpy
import shutil
import subprocess

import numpy as np
import pytest

from layerwise import export
from layerwise.export.c_text import identifiers
from layerwise.export.models import program_of

WARNINGS = ("-Wall", "-Wextra", "-Werror", "-pedantic")

needs_compiler = pytest.mark.skipif(not (shutil.which("cc") and shutil.which("c++")), reason="needs cc and c++")

_ARRAYS = {"number": "const double *", "text": "const char *const *", "datetime": "const int64_t *"}


def compiled(*arguments):
    done = subprocess.run([*map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:3000]


def by_onnx(model, cells, folder):
    """Return the outputs by name; `cells` is a mapping of columns, or a matrix."""
    runtime = pytest.importorskip("onnxruntime")
    export.to_onnx(model, folder / "model.onnx")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    if isinstance(cells, np.ndarray):
        (entry,) = session.get_inputs()
        feeds = {entry.name: cells.astype(np.float32 if entry.type == "tensor(float)" else np.float64)}
    else:
        feeds = dict(zip((entry.name for entry in session.get_inputs()), _plain(model, cells), strict=True))
    names = [entry.name for entry in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def by_numpy(model, cells, folder):
    """Return what `predict` does."""
    export.to_numpy(model, folder / "exported.py")
    return runpy.run_path(folder / "exported.py")["predict"](cells)


def by_c(model, cells, folder):
    """Return the probabilities or values of every row, (m, width), and the places of the labels of classes."""
    export.to_c(model, folder / "model.h")
    program = program_of(model)
    (folder / "driver.c").write_text(_driver(program), encoding="utf-8")
    compiled("cc", "-std=c99", "-O1", *WARNINGS, "-shared", "-fPIC", "-o", folder / "m.so", folder / "driver.c", "-lm")
    compiled("c++", "-std=c++11", *WARNINGS, "-fsyntax-only", "-x", "c++", folder / "driver.c")
    matrix = isinstance(cells, np.ndarray)
    columns = [np.ascontiguousarray(cells, np.float64)] if matrix else [_pointers(c) for c in _plain(model, cells)]
    m = len(columns[0])
    out, places = np.full((m, program.output.width), np.nan), np.full(m, -1, np.int32)
    addresses = (ctypes.c_void_p * len(columns))(*(_address(column) for column in columns))
    run = ctypes.CDLL(str(folder / "m.so")).run
    run(addresses, ctypes.c_int(m), ctypes.c_void_p(out.ctypes.data), ctypes.c_void_p(places.ctypes.data))
    return out, places


def _driver(program):
    output, members = program.output, identifiers(entry.name for entry in program.inputs)
    rows = [
        f"        row.{member} = (({_ARRAYS[entry.kind]})columns[{k}])[i];"
        for k, (entry, member) in enumerate(zip(program.inputs, members, strict=True))
    ]
    given = "&row" if rows else f"(const double *)columns[0] + (size_t)i * {program.n_x}"
    row = "model_row row = model_missing_row();" if rows else ""
    to = f"out + (size_t)i * {output.width}"
    call = f"{to[:3]}[i] = model_predict({given});" if output.flat else f"model_predict({given}, {to});"
    place = f"model_class({to})" if output.task == "classes" else "-1"
    body = "\n".join(rows)
    return f"""#include "model.h"
#ifdef __cplusplus
extern "C"
#endif
void run(const void *const *columns, int m, double *out, int *places);
void run(const void *const *columns, int m, double *out, int *places)
{{
    int i;
    for (i = 0; i < m; ++i) {{
        {row}
{body}
        {call}
        places[i] = {place};
    }}
}}
"""


def _plain(model, cells):
    """Yield the columns of a program as arrays: doubles with NaN, texts with "", int64 with the least for missing."""
    for entry in program_of(model).inputs:
        column = cells[entry.name]
        if entry.kind == "text":
            yield np.array(["" if cell is None else cell for cell in column], dtype=object)
        elif entry.kind == "datetime":
            yield np.asarray(column, "M8[us]").astype(np.int64)
        else:
            yield np.asarray(column, np.float64)


def _pointers(column):
    if column.dtype != object:
        return column
    return (ctypes.c_char_p * len(column))(*(text.encode() or None for text in column))


def _address(column):
    return column.ctypes.data if isinstance(column, np.ndarray) else ctypes.addressof(column)
