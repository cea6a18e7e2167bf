"""The command line: ``layerwise train | cv | search | predict | evaluate | inspect | export | lab | demo``."""

from __future__ import annotations

import signal
import sys
import warnings
from typing import Any, TextIO

from layerwise.cli import streams
from layerwise.errors import LayerwiseError, LayerwiseWarning, require

__all__ = ["main"]

_said: set[str] = set()


def main() -> None:
    """Run the command that the arguments name, and exit with its code.

    Bad input ends with one line on standard error and exit code 2, never with a traceback; so does output that
    cannot be written, while a reader that closes the pipe ends the command quietly with 1. Ctrl-C gives 130.
    """
    warnings.showwarning = _show_warning
    warnings.simplefilter("always", LayerwiseWarning)
    _said.clear()
    try:
        streams.prepare()
        code = _run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        # `train`, `search` and `demo` hear none once there is a model
        learns = sys.argv[1:2] in (["train"], ["search"], ["demo"])
        _say("interrupted; no model was written" if learns else "interrupted")
        code = 130
    except LayerwiseError as error:
        code = _refused(error)
    except MemoryError:
        code = _refused("There is not enough memory. Use a smaller table, or fewer units in --hidden.")
    except BrokenPipeError:
        streams.let_go()
        code = 1
    except OSError as error:
        streams.let_go()
        code = _refused(f"{error.filename or 'standard output'} cannot be written: {error.strerror or error}.")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: one more Ctrl-C is for a process that is ending
    sys.exit(code)


def _run() -> int:
    for library in ("typer", "rich"):
        require(library, extra="tables", purpose="The command line")
    import typer

    from layerwise.cli.app import app

    usage_error: Any = typer.BadParameter.__base__  # all of them, of click or of typer's own copy of it
    try:
        # typer reads the arguments; the command runs outside of it, so that its exceptions are ours
        command = app(sys.argv[1:] or ["--help"], prog_name="layerwise", standalone_mode=False)
    except usage_error as error:
        reason, asked = error.format_message(), error.ctx.command_path if error.ctx else "layerwise"
        return _refused(f"{reason}{'' if reason.endswith(('.', '?')) else '.'} See '{asked} --help'.")
    except typer.Abort:
        raise KeyboardInterrupt from None
    if command == 130:  # what typer makes of a KeyboardInterrupt of its own
        raise KeyboardInterrupt
    return (command() if callable(command) else command) or 0


def _refused(reason: object) -> int:
    _say(f"error: {reason}")
    return 2


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    text = str(message).replace("learning_rate, standardised inputs or clip_norm help", "--learning-rate helps")
    text = text.replace("a smaller learning_rate", "a smaller --learning-rate")
    if text not in _said:  # several networks often have one and the same to say
        _said.add(text)
        _say(f"{'note' if issubclass(category, LayerwiseWarning) else category.__name__}: {text}")


def _say(what: str) -> None:
    print(f"layerwise: {streams.printable(' '.join(what.split()))}", file=sys.stderr)
