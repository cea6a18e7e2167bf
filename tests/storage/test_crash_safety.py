"""A save that is interrupted, anywhere and by anything, leaves the old model or the new one, and nothing beside it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import layerwise as lw
from layerwise import atomic
from layerwise.atomic import replacing
from layerwise.errors import ModelFileError

TESTS = Path(__file__).parents[1]
FOLDER = TESTS / "golden" / "models"
MODEL = FOLDER / "network.schema1.safetensors"
ALL_CALLS = ["fsync", "fsync of the folder", "open", "replace", "write"]

AT_ONCE = f"""
import os, sys, layerwise as lw
model = lw.load({str(MODEL)!r})
path = lambda worker, k: f"{{sys.argv[1]}}/" + ("model" if sys.argv[2] == "one" else f"model-{{worker}}-{{k}}")
children = []
for worker in range(4):
    child = os.fork()
    if not child:
        for k in range(50):
            lw.save(model, path(worker, k))
        os._exit(0)
    children.append(child)
sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
"""

TOO_LARGE = f"""
import resource, sys, layerwise as lw
model = lw.load({str(FOLDER / "table-classes.schema1.safetensors")!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    lw.save(model, sys.argv[1])
except lw.errors.ModelFileError as error:
    print(error)
"""

KILLED = f"""
import os, signal, sys, layerwise as lw
model = lw.load({str(MODEL)!r})
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
lw.save(model, sys.argv[1])
"""

posix = pytest.mark.skipif(os.name != "posix", reason="processes, limits and locks as POSIX has them")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model"
    path.write_bytes((FOLDER / "embeddings.schema1.safetensors").read_bytes())
    return path


def run(code, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    return subprocess.run(
        [sys.executable, *(["-c", code] if "\n" in code else [code]), *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def files(path):
    return sorted(entry.name for entry in path.parent.iterdir())


@posix
@pytest.mark.slow
def test_every_call_of_a_save_may_fail_or_be_the_last():
    done = run(str(TESTS / "storage" / "faults.py"))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["failures"] == []
    assert found["points"] >= 400
    assert found["calls"] == ALL_CALLS


@posix
@pytest.mark.slow
@pytest.mark.parametrize("paths", ["one", "many"])
def test_two_hundred_saves_at_once_all_succeed(tmp_path, paths):
    done = run(AT_ONCE, tmp_path, paths)
    assert done.returncode == 0, done.stderr
    left = sorted(tmp_path.iterdir())
    assert len(left) == (1 if paths == "one" else 200)
    assert {each.read_bytes() for each in left} == {MODEL.read_bytes()}


@posix
@pytest.mark.slow
def test_a_file_that_may_not_grow_says_how_much_is_needed(path):
    before = path.read_bytes()
    done = run(TOO_LARGE, path)
    size = (FOLDER / "table-classes.schema1.safetensors").stat().st_size
    assert f"model: cannot be written: File too large. {size:,} bytes are needed.\n" in done.stdout, done.stderr
    assert path.read_bytes() == before
    assert files(path) == ["model"]


@posix
@pytest.mark.slow
def test_the_next_save_removes_what_a_killed_one_left(path):
    model, before = lw.load(MODEL), path.read_bytes()
    assert run(KILLED, path).returncode == -9
    assert path.read_bytes() == before
    assert len(files(path)) == 2
    lw.save(model, path.parent / "another")
    assert len(files(path)) == 3  # what is left of one model is no business of another
    lw.save(model, path)
    assert files(path) == ["another", "model"]


def test_the_file_of_a_save_that_goes_on_is_left_alone(path):
    with replacing(path) as outer:
        outer.write(b"outer")
        with replacing(path) as inner:
            inner.write(b"inner")
        assert path.read_bytes() == b"inner"
    assert path.read_bytes() == b"outer"
    assert files(path) == ["model"]


@pytest.mark.parametrize(("age", "kept"), [(0.0, True), (2 * atomic.ABANDONED, False)])
def test_without_locks_only_an_old_file_is_taken_for_abandoned(path, monkeypatch, age, kept):
    with replacing(path) as file:
        (temporary,) = set(files(path)) - {"model"}
        file.write(b"x")
    left = path.parent / temporary
    left.write_bytes(b"left")
    os.utime(left, (time.time() - age,) * 2)
    monkeypatch.setattr(atomic, "fcntl", None)
    with replacing(path) as file:
        file.write(b"y")
    assert left.exists() == kept
    assert path.read_bytes() == b"y"


@posix
def test_a_file_that_was_swept_before_it_was_locked_is_made_again(path, monkeypatch):
    flock, swept = atomic.fcntl.flock, []

    def too_late(descriptor, how):
        if not swept:
            (temporary,) = set(files(path)) - {"model"}
            swept.append(temporary)
            (path.parent / temporary).unlink()
        flock(descriptor, how)

    monkeypatch.setattr(atomic.fcntl, "flock", too_late)
    with replacing(path) as file:
        file.write(b"new")
    assert swept
    assert path.read_bytes() == b"new"
    assert files(path) == ["model"]


def test_a_name_as_long_as_names_can_be(tmp_path):
    path = tmp_path / ("m" * 255)
    lw.save(lw.load(MODEL), path)
    assert path.read_bytes() == MODEL.read_bytes()


@posix
def test_a_folder_that_cannot_be_synchronised_is_told_and_the_model_is_there(path, monkeypatch):
    fsync, number = os.fsync, []

    def fail(descriptor):
        number.append(descriptor)
        if len(number) == 2:
            raise OSError(5, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    message = r"model: is written, but its folder cannot be synchronised: Input/output error\. After a power failure"
    with pytest.raises(ModelFileError, match=message):
        lw.save(lw.load(MODEL), path)
    assert path.read_bytes() == MODEL.read_bytes()
    assert files(path) == ["model"]
