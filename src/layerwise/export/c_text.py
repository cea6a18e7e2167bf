"""Names, texts and numbers of a model as C: nothing of a table is ever read as code."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

import numpy as np

from layerwise.errors import ParameterError
from layerwise.network import Array

__all__ = ["array", "double", "identifiers", "quoted"]

_PLAIN = frozenset((string.ascii_letters + string.digits + " _-+.,:;=<>()[]%&!'").encode())
"""Bytes that mean themselves in a string and in a comment: not the ones of escapes, trigraphs and ends of comments."""

_LONGEST = 4_000
"""Bytes of a string; C99 lets a compiler refuse more than 4,095."""

_WORDS = """
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class compl
complex concept const const_cast consteval constexpr constinit continue co_await co_return co_yield decltype default
delete do double dynamic_cast else enum errno explicit export extern false far float for friend goto huge i386 if
imaginary inline int interface linux long mutable namespace near new noexcept noreturn not not_eq nullptr operator
or or_eq private protected public register reinterpret_cast requires restrict return short signed sizeof small
static static_assert static_cast stderr stdin stdout struct switch template this thread_local throw true try typedef
typeid typename typeof typeof_unqual union unix unsigned using virtual void volatile wchar_t while xor xor_eq
"""

_RESERVED = frozenset(_WORDS.split())
"""Keywords of C and C++, and words that common headers define otherwise."""


def identifiers(names: Iterable[str]) -> list[str]:
    """Return a name of C for each name, all of them different, in ASCII, and none a keyword or a likely macro.

    >>> identifiers(["age", "int", "2nd try", "größe", "a b", "a-b", "MAX", ""])
    ['age', 'int_', 'column_2nd_try', 'gr_e', 'a_b', 'a_b_2', 'MAX_', 'column']
    """
    found: list[str] = []
    for name in names:
        base = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") or "column"
        base = f"column_{base}" if base[0].isdigit() else base
        base = f"{base}_" if base in _RESERVED or base.isupper() else base
        candidate, k = base, 2
        while candidate in found:
            candidate, k = f"{base.rstrip('_')}_{k}", k + 1
        found.append(candidate)
    return found


def quoted(text: str) -> str:
    r"""Return a C string of the UTF-8 of a text, every byte that might mean something else as three octal digits.

    >>> print(quoted('a "b" */ ??/ é'))
    "a \042b\042 \052\057 \077\077\057 \303\251"

    Raises
    ------
    ParameterError
        If it holds the character NUL, which would end it, or is too long for a C string.
    """
    content = text.encode()
    if b"\0" in content or len(content) > _LONGEST:
        raise ParameterError(
            f"The names and levels of a model in C must be texts of at most {_LONGEST:,} bytes without the character "
            f"NUL. Got {text[:40]!r}: export to ONNX or NumPy."
        )
    return '"' + "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in content) + '"'


def double(value: float) -> str:
    """Return a C double that is exactly `value`."""
    return repr(float(value))


def array(kind: str, name: str, values: Array | Iterable[str]) -> str:
    """Return the definition of an array of numbers, each exactly as it is, or of pieces of code."""
    if isinstance(values, np.ndarray):
        values = map(_single if values.dtype == np.float32 else double, values.reshape(-1).tolist())
    pieces = list(values)
    lines = _filled(pieces) if kind != "const char *const" else "    " + ",\n    ".join(pieces)
    return f"static {'' if kind.startswith('const') else 'const '}{kind} {name}[{len(pieces)}] = {{\n{lines}\n}};\n"


def _single(value: float) -> str:
    text = f"{value:.9g}"  # nine digits tell any two floats apart
    return f"{text if '.' in text or 'e' in text else text + '.'}f"


def _filled(pieces: list[str]) -> str:
    return "\n".join("    " + ", ".join(pieces[i : i + 10]) + "," for i in range(0, len(pieces), 10))
