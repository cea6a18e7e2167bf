"""A program as one C header: C99 and C++, the standard library only, no memory of its own and no state."""

from __future__ import annotations

import re
import textwrap
from importlib import resources

import numpy as np

from layerwise.errors import ParameterError
from layerwise.export.c_columns import TYPES, Columns
from layerwise.export.c_text import array, double, identifiers, quoted
from layerwise.export.labels import label_texts
from layerwise.export.program import Embedded, Layer, Output, Program

__all__ = ["c_header"]


def c_header(program: Program, prefix: str) -> bytes:
    """Return the text of a header whose names all begin with the prefix.

    Raises
    ------
    ParameterError
        If the prefix is no name of C, or a text of the model cannot be a C string.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", prefix) or identifiers([prefix]) != [prefix]:
        raise ParameterError(
            f"The 'name' parameter of to_c must be a name of C in small letters, such as 'model'. "
            f"Got {prefix!r} instead."
        )
    members = identifiers(entry.name for entry in program.inputs)
    runtime = (resources.files(__package__) / "runtime.h").read_text(encoding="utf-8").replace("NAME_", f"{prefix}_")
    parts = [
        _opening(program, prefix, members),
        _row(program, prefix, members),
        _classes(program.output, prefix),
        runtime,
        _predict(program, prefix, members),
        "#endif",
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts if part).encode("ascii")


def _opening(program: Program, prefix: str, members: list[str]) -> str:
    guard = f"{prefix.upper()}_H"
    about = "".join(f"   {key}: {quoted(value)}\n" for key, value in sorted(program.about.items()))
    return f"""/* A model of layerwise in C99 and C++, without dependencies: include it in one file, and link with -lm.
   It allocates nothing and keeps no state, so that any number of threads may call it.

{textwrap.indent(_example(program, prefix, members), "   ")}
{about}*/
#ifndef {guard}
#define {guard}

#include <math.h>
#include <stdint.h>
#include <stddef.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "compile without -ffast-math: missing numbers are NAN"
#endif

typedef {"float" if program.dtype == np.float32 else "double"} {prefix}_real;
"""


def _example(program: Program, prefix: str, members: list[str]) -> str:
    output = program.output
    if program.inputs:
        given = [f"{prefix}_row row = {prefix}_missing_row();", f"row.{members[0]} = {_sample(program)};"]
        argument = "&row"
    else:
        given, argument = [f"double x[{program.n_x}] = {{0}};"], "x"
    if output.task == "numbers" and output.flat:
        lines = [f'printf("%g\\n", {prefix}_predict({argument}));']
    else:
        what = "values" if output.task == "numbers" else "probabilities"
        shown = f'"%s\\n", {prefix}_class_name({prefix}_class(p))' if output.task == "classes" else '"%g\\n", p[0]'
        lines = [f"double p[{output.width}]; // {what}", f"{prefix}_predict({argument}, p);", f"printf({shown});"]
    body = "".join(f"    {line}\n" for line in [*given, *lines, "return 0;"])
    return f'#include <stdio.h>\n#include "{prefix}.h" // this file\nint main(void)\n{{\n{body}}}\n'


def _sample(program: Program) -> str:
    return {"number": "1.0", "text": '"text"', "datetime": "0"}[program.inputs[0].kind]


def _row(program: Program, prefix: str, members: list[str]) -> str:
    if not program.inputs:
        return ""
    fields, gaps = [], []
    for entry, member in zip(program.inputs, members, strict=True):
        kind, gap, said = TYPES[entry.kind]
        fields.append(f"    {kind}{'' if kind.endswith('*') else ' '}{member}; /* {quoted(entry.name)}: {said} */\n")
        gaps.append(f"    row.{member} = {gap};\n")
    return f"""
typedef struct {{
{"".join(fields)}}} {prefix}_row;

/* A row in which every cell is missing. */
static inline {prefix}_row {prefix}_missing_row(void)
{{
    {prefix}_row row;
{"".join(gaps)}    return row;
}}
"""


def _classes(output: Output, prefix: str) -> str:
    if output.task == "numbers":
        return ""
    labels = output.labels
    names = array("const char *const", "names", [quoted(text) for text in label_texts(labels)])
    code = f"""
enum {{ {prefix}_CLASSES = {len(labels)} }};

/* The name of class k in UTF-8, k = 0, ..., {len(labels) - 1}. */
static inline const char *{prefix}_class_name(int k)
{{
{textwrap.indent(names, "    ")}    return names[k];
}}
"""
    if output.task == "labels":
        return code
    half = ">=" if output.second_at_half else ">"
    best = f"probabilities[1] {half} 0.5" if output.binary else "best"
    search = "" if output.binary else f"""    int best = 0, k;
    for (k = 1; k < {len(labels)}; ++k)
        if (probabilities[k] > probabilities[best])
            best = k;
"""  # fmt: skip
    return f"""{code}
/* The most probable class. */
static inline int {prefix}_class(const double probabilities[{len(labels)}])
{{
{search}    return {best};
}}
"""


def _predict(program: Program, prefix: str, members: list[str]) -> str:
    output = program.output
    columns = Columns(prefix)
    for entry, member in zip(program.inputs, members, strict=True):
        columns.add(entry, f"row->{member}")
    if not program.inputs:
        columns.lines += [f"for (i = 0; i < {program.n_x}; ++i)", f"    x[i] = ({prefix}_real)given[i];"]
    given = f"const {prefix}_row *row" if program.inputs else f"const double given[{program.n_x}]"
    name = "values" if output.task == "numbers" else "probabilities"
    returns = "double" if output.flat else "void"
    results = "" if output.flat else f", double {name}[{output.width}]"
    networks = _Networks(program, prefix)
    width = max(program.layers[0].W.shape[1], *(layer.W.shape[2] for layer in program.layers))
    body = "\n".join([*columns.lines, *networks.lines(), *_result(output, name)])
    return f"""
{"".join(columns.tables)}{"".join(networks.tables())}
/* What the model says of a row. */
static inline {returns} {prefix}_predict({given}{results})
{{
    {prefix}_real x[{program.n_x}], a[{width}], z[{width}];
    double mean[{output.n_y}] = {{0.0}};
    int i, k;
{textwrap.indent(body, "    ")}
}}
"""


class _Networks:
    """The networks as C: one after the other, from x to the sum of their outputs."""

    def __init__(self, program: Program, prefix: str) -> None:
        self.program, self.prefix = program, prefix

    def tables(self) -> list[str]:
        real = f"{self.prefix}_real"
        tables = [
            array(real, f"{self.prefix}_E_{j}", embedded.vectors)
            for j, embedded in enumerate(self.program.embeddings)
            if embedded.E is not None
        ]
        for l, layer in enumerate(self.program.layers, start=1):
            tables += [array(real, f"{self.prefix}_W_{l}", layer.W), array(real, f"{self.prefix}_b_{l}", layer.b)]
        return tables

    def lines(self) -> list[str]:
        program, M = self.program, self.program.n_networks
        start = program.n_plain
        inner = [f"for (i = 0; i < {start}; ++i)", "    a[i] = x[i];"] if start else []
        for j, embedded in enumerate(program.embeddings):
            inner.append(self._embedded(j, embedded, f"x[{program.n_plain + j}]", f"a + {start}"))
            start += embedded.entry.width
        for l, layer in enumerate(program.layers, start=1):
            inner += self._layer(l, layer)
        n_y = program.output.n_y
        inner += [f"for (i = 0; i < {n_y}; ++i)", f"    mean[i] += (double)a[i] / {M};"]
        return [f"for (k = 0; k < {M}; ++k) {{", *(f"    {line}" for line in inner), "}"]

    def _embedded(self, j: int, embedded: Embedded, u: str, to: str) -> str:
        K, ordered = embedded.entry.positions, embedded.entry.ordered
        if embedded.E is None:
            return f"{self.prefix}_{'knot' if ordered else 'level'}_code({u}, {K}, {to});"
        _, n, d = embedded.vectors.shape
        vectors = f"{self.prefix}_E_{j} + k * {n * d}"
        return f"{self.prefix}_{'between' if ordered else 'level'}({u}, {vectors}, {K}, {d}, {to});"

    def _layer(self, l: int, layer: Layer) -> list[str]:
        _, n_in, n = layer.W.shape
        W, b = f"{self.prefix}_W_{l} + k * {n_in * n}", f"{self.prefix}_b_{l} + k * {n}"
        lines = [f"{self.prefix}_affine(a, {W}, {b}, {n_in}, {n}, z);"]
        if layer.g.name == "softmax":
            return [*lines, f"{self.prefix}_softmax(z, {n}, a);"]
        settings = "".join(f", {double(value)}" for _, value in layer.g.settings)
        activated = f"({self.prefix}_real){self.prefix}_{layer.g.name}(z[i]{settings})"
        return [*lines, f"for (i = 0; i < {n}; ++i)", f"    a[i] = {activated};"]


def _result(output: Output, name: str) -> list[str]:
    if output.binary:
        return [f"{name}[0] = 1.0 - mean[0];", f"{name}[1] = mean[0];"]
    if output.flat:
        return [f"return mean[0] * {double(output.std)} + {double(output.mean)};"]
    each = f"for (i = 0; i < {output.n_y}; ++i)"
    if output.task == "numbers":
        return [each, f"    {name}[i] = mean[i] * {double(output.std)} + {double(output.mean)};"]
    if output.task == "labels":
        return [each, f"    {name}[i] = mean[i];"]
    total = ["{", "    double sum = 0.0;", f"    {each}", "        sum += mean[i];"]
    return [*total, f"    {each}", f"        {name}[i] = mean[i] / sum;", "}"]
