"""Saves that fail at every call to the system, and what then stands at the path.

    python tests/storage/faults.py

Each save is carried out again and again; in turn, each of its calls (open, write, fsync, rename, fsync of the folder)
fails with a full disk or an I/O error, writes only a part, or is the last that the process lives to make or not to
make. Printed are how many such points there were and, as JSON, what went wrong.
"""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import signal
import stat
import sys
import tempfile
from pathlib import Path

import layerwise as lw

FOLDER = Path(__file__).parents[1] / "golden" / "models"
CHUNK = 512
"""Bytes that the system takes in one write at most, so that there are many."""
ERRORS = {"a full disk": errno.ENOSPC, "an I/O error": errno.EIO}
DEATHS = ("killed before", "killed after")
NAMES = ("network", "classifier", "logistic", "table-classes")


class Faults:
    """The system's calls of a save, of which the one with the number `at` goes wrong."""

    def __init__(self, at=None, how=None):
        self.at, self.how, self.calls = at, how, []

    def __enter__(self):
        self.real = {name: getattr(os, name) for name in ("open", "fsync", "replace", "fdopen")}
        for name in ("open", "replace"):
            setattr(os, name, self._failing(name, self.real[name]))
        os.fsync = self._fsync
        os.fdopen = lambda descriptor, mode: io.BufferedWriter(_Raw(descriptor, self), CHUNK)
        return self

    def __exit__(self, *_):
        for name, function in self.real.items():
            setattr(os, name, function)

    def call(self, name, function, *arguments):
        """Carry out a call, or what happens in its place."""
        number = len(self.calls)
        self.calls.append(name)
        if number != self.at:
            return function(*arguments)
        if self.how in ERRORS:
            raise OSError(ERRORS[self.how], os.strerror(ERRORS[self.how]))
        if self.how == "killed before":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "a short write":
            descriptor, content = arguments
            return function(descriptor, content[: max(1, len(content) // 3)])
        found = function(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)
        return found

    def _failing(self, name, function):
        return lambda *arguments: self.call(name, function, *arguments)

    def _fsync(self, descriptor):
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        return self.call("fsync of the folder" if folder else "fsync", self.real["fsync"], descriptor)


class _Raw(io.FileIO):
    """A file whose every write is a call that may go wrong."""

    def __init__(self, descriptor, faults):
        super().__init__(descriptor, "wb")
        self.faults = faults

    def write(self, content):
        return self.faults.call("write", os.write, self.fileno(), bytes(content[:CHUNK]))


def points(model, folder):
    """Return every (number, call, how) at which a save of the model can go wrong."""
    with Faults() as faults:
        lw.save(model, folder / "tried")
    (folder / "tried").unlink()
    short = [(k, name, "a short write") for k, name in enumerate(faults.calls) if name == "write"]
    return [(k, name, how) for k, name in enumerate(faults.calls) for how in (*ERRORS, *DEATHS)] + short


def save_with(model, path, at, how):
    """Save, with one call going wrong; return the error's text, "killed", or None where save said that all is well."""
    if how not in DEATHS:
        with Faults(at, how):
            try:
                lw.save(model, path)
            except lw.errors.ModelFileError as error:
                return str(error)
        return None
    child = os.fork()
    if not child:
        with Faults(at, how):
            lw.save(model, path)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else None


def verdict(path, told, old, new, size):
    """Return what is wrong after a save that went wrong, or None."""
    content = path.read_bytes() if path.exists() else None
    if content not in (old, new):
        return "what stands there is neither the old nor the new model"
    if content is not None:
        lw.load(path)
    if told == "killed":
        return None
    if (told is None) != (content == new) and "is written, but its folder cannot be synchronised" not in (told or ""):
        return f"save said {told!r}, and the {'new' if content == new else 'old'} model stands there"
    if told and "No space left" in told and "written, but" not in told and f" {size:,} bytes are needed." not in told:
        return f"save did not say how many bytes are needed: {told!r}"
    if len(os.listdir(path.parent)) != (content is not None):
        return f"left behind: {os.listdir(path.parent)}"
    return None


def trial(model, point, old, new):
    """Carry out one save that goes wrong in a fresh folder, and one after it; return what is wrong, or None."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "model.safetensors"
        if old is not None:
            path.write_bytes(old)
        at, _, how = point
        wrong = verdict(path, save_with(model, path, at, how), old, new, len(new))
        lw.save(model, path)
        if path.read_bytes() != new or os.listdir(name) != [path.name]:
            wrong = wrong or f"the next save left {os.listdir(name)}"
        return wrong


def main():
    count, failures, calls = 0, [], set()
    old = (FOLDER / "embeddings.schema1.safetensors").read_bytes()
    for name in NAMES:
        model = lw.load(FOLDER / f"{name}.schema1.safetensors")
        with tempfile.TemporaryDirectory() as folder:
            lw.save(model, Path(folder) / "new")
            new = (Path(folder) / "new").read_bytes()
            found = points(model, Path(folder))
        for point, before in itertools.product(found, (old, None)):
            count += 1
            calls.add(point[1])
            wrong = trial(model, point, before, new)
            if wrong:
                failures.append([name, *point, before is not None, wrong])
    json.dump({"points": count, "failures": failures, "calls": sorted(calls)}, sys.stdout)


if __name__ == "__main__":
    main()
