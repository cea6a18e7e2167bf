"""`layerwise lab`: the page in the browser, until Ctrl-C."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from layerwise.cli import spelling
from layerwise.errors import ParameterError, require

__all__ = ["Asked", "run"]


@dataclass(frozen=True)
class Asked:
    """The options, as they were typed; None is the lab's default."""

    table: Path | None
    target: str | None
    hidden: str | None
    settings: Mapping[str, Any]

    def given(self) -> dict[str, Any]:
        """Return the lab's settings that were asked for, by name."""
        given = {name: value for name, value in self.settings.items() if value is not None}
        if self.hidden is not None:
            given["hidden"] = list(spelling.units(self.hidden))
        if self.target is not None:
            if self.table is None:
                raise ParameterError(f"--target {self.target!r} is a column of a TABLE. Name one, or leave it out.")
            given["target"] = self.target
        return given


def run(asked: Asked, host: str | None, port: int | None, browser: bool) -> int:
    """Serve the lab, and say where; return the exit code."""
    for library in ("starlette", "uvicorn"):
        require(library, extra="lab", purpose="layerwise lab")
    given = asked.given()

    # late, and the rooms later still: the page is there before the engines are
    from layerwise.lab.server.serving import HOST, bind, reaches_far, serve

    def open_rooms() -> Any:
        from layerwise.lab.server.rooms import Rooms

        return Rooms(given, asked.table)

    # what was typed is wrong now or never
    opened = open_rooms() if given or asked.table is not None else None
    listening = bind(host or HOST, port)
    if reaches_far(listening):
        from layerwise.cli.display import note  # late: rich is an eighth of the start

        note(
            f"other computers can reach this lab at {listening.getsockname()[0]}, and what it sends is not encrypted: "
            "who gets the link, or reads along, can use the lab and see its tables."
        )

    def ready(link: str) -> None:
        sys.stdout.write(f"The lab is open at\n\n    {link}\n\nThe link opens once. Ctrl-C ends the lab.\n")
        sys.stdout.flush()  # a program may read it from a pipe
        if browser and _has_screen():
            Thread(target=webbrowser.open, args=(link,), daemon=True).start()

    try:
        serve(open_rooms if opened is None else lambda: opened, listening, host=host or HOST, on_ready=ready)
    except KeyboardInterrupt:  # the way it ends
        sys.stdout.write("The lab is closed.\n")
    return 0


def _has_screen() -> bool:
    """Whether a browser would open a window, and not take over the terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
