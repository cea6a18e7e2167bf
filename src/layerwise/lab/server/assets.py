"""The built page: its files from one folder, compressed once."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from layerwise.lab.server.objections import Refusal

__all__ = ["INDEX", "STATIC", "Asset", "Assets"]

STATIC = Path(__file__).parent.parent / "static"
INDEX = "index.html"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
PACKED = {".png", ".woff", ".woff2"}
HASHED = re.compile(r"-[\w-]{8}\.\w+$")  # as Vite names what it builds: another content is another name


@dataclass(frozen=True)
class Asset:
    """A file of the page, ready to send."""

    content: bytes
    compressed: bytes | None
    headers: dict[str, str]


class Assets:
    """The files under one folder; nothing beside it can be named."""

    def __init__(self, folder: Path = STATIC) -> None:
        self.folder = folder.resolve()
        self.read = cache(self._read)

    def _read(self, name: str) -> Asset:
        """Return a file of the page by its path with slashes; blocks."""
        path = self._found(name)
        if path is None:
            if name == INDEX:
                raise Refusal(500, "The lab's page is not built here. Build it with: make lab-page", "unbuilt")
            raise Refusal(404, "The page has no such file.")
        content = path.read_bytes()
        compressed = None if path.suffix in PACKED else gzip.compress(content, 9, mtime=0)
        kept = "private, max-age=31536000, immutable" if HASHED.search(name) else "no-cache"
        return Asset(
            content, compressed, {"content-type": TYPES[path.suffix], "cache-control": kept, "vary": "accept-encoding"}
        )

    def _found(self, name: str) -> Path | None:
        if not all(part.strip(".") and not set(part) & {"\\", "\0"} for part in name.split("/")):
            return None
        path = self.folder.joinpath(name)
        try:
            inside = path.resolve(strict=True).is_relative_to(self.folder)
            return path if inside and path.is_file() and path.suffix in TYPES else None
        except OSError:  # there is none, or its name is too long
            return None
