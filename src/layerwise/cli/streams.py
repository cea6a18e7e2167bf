"""Standard output and standard error, whatever they are: a terminal of any encoding, a file, closed, or full."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys

__all__ = ["let_go", "prepare", "printable", "utf8_output"]

_PLAIN = dict(zip("▁▂▃▄▅▆▇█→–²", ["_", ".", ":", "-", "=", "+", "*", "#", "->", "-", "2"], strict=True))


def prepare() -> None:
    """Let every character be written: what the encoding lacks becomes something plain, or '?'.

    Raises
    ------
    OSError
        If standard output is closed.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the process
    if sys.stdout is None:
        raise OSError(errno.EBADF, "it is closed")
    codecs.register_error("layerwise", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="layerwise")


def utf8_output() -> None:
    """Make standard output UTF-8, as the files are: for data, not for people."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="strict")


def let_go() -> None:
    """Send what is left of standard output nowhere, so that Python does not try once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)


def printable(text: object) -> str:
    r"""Return a name or message in one line, without what a terminal would obey.

    >>> printable("a\nb\x1b[2J")
    'a\\nb\\x1b[2J'
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in str(text))


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(char, "?") for char in error.object[error.start : error.end]), error.end
