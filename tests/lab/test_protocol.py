"""What the server really sends has the types that the page is compiled against, checked by TypeScript."""

import subprocess
import time
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from layerwise.lab.server.events import dumped
from layerwise.lab.server.rooms import Rooms

PAGE = Path(__file__).parents[2] / "lab-page"
TSC = PAGE / "node_modules" / ".bin" / "tsc"
OPTIONS = ("--noEmit", "--strict", "--skipLibCheck", "--target", "ES2022", "--module", "ESNext")
VIEW = {"surface": 8, "maps": 4}
CSV = "age,city,wage\n" + "".join(f"{20 + k % 40},{'Oslo' if k % 3 else 'Rome'},{k % 7 * 1.5}\n" for k in range(60))
RUNS = {
    "binary": {"preset": "flower", "epochs": 5},
    "classes": {"preset": "digits", "hidden": [14], "batch_size": 64, "optimizer": "adam", "dropout": 0.2, "epochs": 2},
    "regression": {"preset": "table", "target": "wage", "hidden": [], "activations": [], "l2": 0.1, "epochs": 3},
    "diverged": {"preset": "waves", "hidden": [], "activations": [], "learning_rate": 1e6, "epochs": 50},
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not TSC.exists(), reason="the page's packages are not installed: make lab-page does it"),
]


@pytest.fixture(scope="module")
def rooms():
    rooms = Rooms({})
    yield rooms
    rooms.close()


def sent(rooms, settings):
    """What a page is sent of an experiment, each with its type."""
    if settings["preset"] == "table":
        table = rooms.upload("people.csv", CSV.encode())
        yield "Table", table
        settings = {**settings, "table": table["id"]}
    description = rooms.create(settings)
    yield "Description", description
    one = description["id"]
    rooms.run(one, {"action": "start"})
    watching, end = rooms.watching(one), time.monotonic() + 60
    while (frame := watching.progress(None)[0])["status"] == "running" and time.monotonic() < end:
        time.sleep(0.02)
    snapshot = rooms.snapshot(one, frame["epoch"], VIEW)
    yield "Frame", {**frame, "number": 1, "age_ms": 1.5, "snapshot": snapshot}
    yield "Points", rooms.points(one, {})
    yield "Strip", rooms.strip(one, frame["epoch"] - 1, 0, 1)
    yield "LayerTensors", rooms.layer(one, 1, 0, 1)
    yield "UnitGraph", rooms.unit(one, 1, 0, 0, 1, 0)
    yield "GradientCheck", rooms.gradients(one, 1)
    yield "Marks", rooms.homework(one, 1, {"batch": 0, "parameters": {}, "answers": {"J": [[0.5]], "dW[1]": [[1.0]]}})


def module_of(name):
    return (PAGE / "src" / ("lesson" if name == "Lesson" else "protocol")).as_posix()


@pytest.fixture
def check(tmp_path):
    """Compile a module in which each value is assigned to its type."""

    def check(values):
        names = sorted({kind.removesuffix("[]") for kind, _ in values})
        lines = [f"import type {{ {name} }} from {dumped(module_of(name))};" for name in names]
        lines += [f"export const v{k}: {kind} = {dumped(value)};" for k, (kind, value) in enumerate(values)]
        module = tmp_path / "sent.ts"
        module.write_text("\n".join(lines), encoding="utf-8")
        told = subprocess.run([TSC, *OPTIONS, module], capture_output=True, text=True, cwd=PAGE)
        assert told.returncode == 0, told.stdout[:3000]

    return check


def test_general_answers(rooms, check):
    check([("About", rooms.about()), ("Lesson[]", rooms.lessons()), ("Vectorization", rooms.vectorization(3, 5))])


@pytest.mark.parametrize("name", RUNS)
def test_answers_about_a_run(rooms, check, name):
    check(list(sent(rooms, RUNS[name])))


def test_another_shape_is_an_error(rooms, check):
    with pytest.raises(AssertionError, match=r"extra.* does not exist in type 'Vectorization'"):
        check([("Vectorization", {**rooms.vectorization(3, 5), "extra": 1})])
