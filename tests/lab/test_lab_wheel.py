"""A wheel holds the lab's page and lessons, or is not built."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("scikit_build_core", reason="builds a wheel")

ROOT = Path(__file__).parents[2]
LAB = Path("src/layerwise/lab")


@pytest.fixture
def tree(tmp_path):
    """What a wheel of Python alone is built from, with a page of one file."""
    for name in ("pyproject.toml", "README.md", "LICENSE", "CMakeLists.txt", "src/layerwise/_version.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / LAB / "lessons", tmp_path / LAB / "lessons")
    (tmp_path / LAB / "static" / "assets").mkdir(parents=True)
    (tmp_path / LAB / "static" / "index.html").write_text("<!doctype html>")
    (tmp_path / LAB / "static" / "assets" / "index.js").write_text("1")
    return tmp_path


def built(tree):
    command = "pip wheel . --no-deps --no-build-isolation --no-index --quiet -C wheel.cmake=false -w dist"
    return subprocess.run([sys.executable, "-m", *command.split()], cwd=tree, capture_output=True, text=True)


@pytest.mark.slow
def test_the_wheel_holds_the_page_and_the_lessons(tree):
    assert built(tree).returncode == 0
    (wheel,) = (tree / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"layerwise/lab/static/index.html", "layerwise/lab/static/assets/index.js"} <= set(names)
    lessons = {f"layerwise/lab/lessons/{path.name}" for path in (ROOT / LAB / "lessons").glob("*.json")}
    assert lessons
    assert lessons <= set(names)


@pytest.mark.slow
def test_there_is_no_wheel_without_the_page(tree):
    (tree / LAB / "static" / "index.html").unlink()
    build = built(tree)
    assert build.returncode != 0
    assert "static/index.html" in build.stdout + build.stderr
    assert not list(tree.glob("dist/*.whl"))
