import ast
import importlib
import importlib.metadata
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import layerwise
from layerwise.engines import ENGINES

SOURCE = Path(layerwise.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
PACKAGES = ["layerwise", *(m.name for m in pkgutil.walk_packages([str(SOURCE)], "layerwise.") if m.ispkg)]
MODULES = [m.name for m in pkgutil.walk_packages([str(SOURCE)], "layerwise.") if not m.name.endswith("__main__")]


def constants_classes_functions(name):
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


@pytest.mark.parametrize("name", PACKAGES)
def test_all_is_sorted_and_true(name):
    package = importlib.import_module(name)
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{name}.")
        for alias in node.names
    }
    listed = list(getattr(package, "__all__", []))
    assert listed == sorted(listed, key=constants_classes_functions)
    assert len(listed) == len(set(listed))
    assert all(hasattr(package, public) for public in listed)
    assert {public for public in imported if not public.startswith("_")} <= set(listed)


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_of_a_module_exists(name):
    if name.startswith("layerwise.engines.") and "native" in name and "native" not in ENGINES:
        pytest.skip("needs the native core")
    module = importlib.import_module(name)
    assert all(hasattr(module, public) for public in getattr(module, "__all__", []))


def test_import_loads_no_optional_library():
    optional = [
        "polars",
        "typer",
        "rich",
        "matplotlib",
        "sklearn",
        "scipy",
        "pandas",
        "narwhals",
        "torch",
        "mpmath",
        "onnx",
    ]
    script = f"import sys, layerwise; print([name for name in {optional} if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_code_from_data(path):
    forbidden_modules = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "code"}
    forbidden_calls = {"eval", "exec", "compile", "__import__"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not {alias.name.partition(".")[0] for alias in node.names} & forbidden_modules
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in forbidden_modules
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in forbidden_calls
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False


def test_the_version_is_one():
    assert importlib.metadata.version("layerwise") == layerwise.__version__


def test_every_kind_of_model_is_known_to_load_from_the_start():
    code = "import layerwise; from layerwise.storage.models import _LATER, _LOADERS; print(sorted(_LOADERS | _LATER))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['checkpoint', 'fit checkpoint', 'network', 'tabular']\n"
