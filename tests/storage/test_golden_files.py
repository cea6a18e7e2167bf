"""Files of every kind and every version of the format load, and predict what they predicted when they were made."""

import json
import os
import subprocess
import venv
from pathlib import Path

import numpy as np
import pytest
import safetensors

import layerwise as lw
from golden.models.make import models, predictions
from layerwise.storage import read_model_file
from layerwise.storage.models import _LATER, _LOADERS

FOLDER = Path(__file__).parents[1] / "golden" / "models"
FILES = sorted(FOLDER.glob("*.safetensors"))
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))

BARE = f"""
import json, pathlib, sys, warnings
warnings.simplefilter("error")
import numpy as np, layerwise as lw
sys.path.insert(0, {str(FOLDER.parents[1])!r})
from golden.models.make import predictions
told = {{}}
for path in sorted(pathlib.Path({str(FOLDER)!r}).glob("*.safetensors")):
    model = lw.load(path)
    if type(model).__name__ == "PlainModel":
        lw.save(model, "again.safetensors")
        model = lw.load("again.safetensors")
    told[path.name] = predictions(path.name.split(".")[0], model)
absent = []
for name in ("sklearn", "scipy", "narwhals", "polars", "rich", "pandas", "threadpoolctl"):
    try:
        __import__(name)
    except ImportError:
        absent.append(name)
print(json.dumps([told, absent]))
"""


def agree(found, expected):
    """Compare predictions: texts are equal, numbers to the rounding in which the two engines differ."""
    assert found.keys() == expected.keys()
    for what, values in expected.items():
        if np.asarray(values).dtype.kind in "fiu":
            np.testing.assert_allclose(found[what], values, rtol=2e-6, atol=1e-6)
        else:
            assert found[what] == values


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_predicts_what_it_did(path):
    model = lw.load(path)
    found = predictions(path.name.split(".")[0], model)
    agree(found, EXPECTED[path.name])
    assert path.stat().st_size < 16_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_saved_again_it_is_the_same_file_but_for_the_version(path, tmp_path):
    before = read_model_file(path)
    model = lw.load(path)
    if before.kind == "checkpoint":
        from layerwise.training.checkpoints import _Snapshot

        model = _Snapshot(model)
    lw.save(model, tmp_path / "again")
    after = read_model_file(tmp_path / "again")
    assert (after.kind, after.configuration) == (before.kind, before.configuration)
    assert {name: tensor.tobytes() for name, tensor in after.tensors.items()} == {
        name: tensor.tobytes() for name, tensor in before.tensors.items()
    }


def test_every_kind_has_a_file_of_every_schema():
    kinds = {read_model_file(path).kind for path in FILES}
    assert kinds == set(_LATER) | {kind for kind in _LOADERS if kind != "scale"}
    schemas = set()
    for path in FILES:
        with safetensors.safe_open(path, "np") as file:
            schemas.add(file.metadata()["schema"])
    assert schemas == {"1"}
    assert {path.name for path in FILES} == EXPECTED.keys()


@pytest.mark.filterwarnings("ignore")
def test_the_script_still_makes_these_models():
    assert {f"{name}.schema1.safetensors" for name in models()} == EXPECTED.keys()


@pytest.mark.slow
def test_they_load_and_predict_with_numpy_and_safetensors_alone(tmp_path):
    venv.create(tmp_path / "bare", with_pip=True)
    python = tmp_path / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python"
    versions = [f"numpy=={np.__version__}", f"safetensors=={safetensors.__version__}"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *versions], check=True)
    source = str(Path(lw.__file__).parents[1])
    environment = {"PYTHONPATH": source, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [python, "-c", BARE], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told, absent = json.loads(done.stdout)
    assert absent == ["sklearn", "scipy", "narwhals", "polars", "rich", "pandas", "threadpoolctl"]
    for name, expected in EXPECTED.items():
        agree(told[name], expected)
