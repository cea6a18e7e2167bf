"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where nobody can remove a file that is open
    fcntl = None  # type: ignore[assignment]

__all__ = ["FULL", "NotSynchronisedError", "replacing"]

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors that say that there is no more room for a file."""

ABANDONED = 86_400.0
"""Seconds after which a temporary file is taken for abandoned where there are no locks."""


class NotSynchronisedError(OSError):
    """The new file stands in its place, but may not survive a power failure."""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a new file to write, and put it in the place of `path` if all went well.

    It is written beside its place, synchronised and moved there in one step: whatever happens, an older file is
    whole until the new one is. If anything fails, the new one is gone and the older one is untouched. What a killed
    process has left of `path`, the next call removes; the file of a process that lives is locked, and stays.

    Raises
    ------
    OSError
        If it cannot be written.
    NotSynchronisedError
        An OSError too, and the only one after the new file is in its place: the folder cannot be synchronised.
    """
    path = Path(os.path.realpath(path))  # so that a link stays a link, to the new file
    if path.exists() and not path.is_file():
        raise OSError(*((errno.EISDIR, "Is a directory") if path.is_dir() else (errno.EINVAL, "Is a device or a pipe")))
    # the name may be as long as names can be, and what is put before it would make it too long
    prefix = f".layerwise-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}-"
    folder = os.open(path.parent, os.O_RDONLY) if os.name == "posix" else None
    try:
        _sweep(path.parent, prefix)
        temporary, descriptor = _create(path.parent, prefix)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _keep_mode(path, descriptor)
                yield file
                file.flush()
                os.fsync(file.fileno())
                if os.name == "posix":
                    os.replace(temporary, path)  # under the lock, so that nobody sweeps it before
            if os.name != "posix":
                os.replace(temporary, path)  # closed, as Windows moves no open file
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        if folder is not None:
            _synchronise(folder)
    finally:
        if folder is not None:
            os.close(folder)


def _create(folder: Path, prefix: str) -> tuple[Path, int]:
    while True:
        temporary = folder / f"{prefix}{secrets.token_hex(8)}.tmp"
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
        if fcntl is not None:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        if temporary.exists():
            return temporary, descriptor
        os.close(descriptor)  # another process swept it, in the moment before it was locked


def _keep_mode(path: Path, descriptor: int) -> None:
    # a file that only its owner may read stays so
    if os.name == "posix":
        with suppress(FileNotFoundError):
            os.fchmod(descriptor, stat.S_IMODE(os.stat(path).st_mode))


def _sweep(folder: Path, prefix: str) -> None:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.name.endswith(".tmp"):
                with suppress(OSError):
                    _remove_abandoned(entry.path)


def _remove_abandoned(temporary: str) -> None:
    # without waiting for a reader, where it is a pipe, and not what a link leads to
    flags = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(temporary, flags)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and _is_abandoned(descriptor):
            os.unlink(temporary)
    finally:
        os.close(descriptor)


def _is_abandoned(descriptor: int) -> bool:
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            pass
    return time.time() - os.fstat(descriptor).st_mtime > ABANDONED


def _synchronise(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system whose folders need none
            raise NotSynchronisedError(error.errno, error.strerror) from error
