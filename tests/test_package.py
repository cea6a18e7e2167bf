import ast
import importlib
import importlib.metadata
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import layerwise
from layerwise import _MODULES, _ROOMS, _WITH_SKLEARN
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
        "ray",
    ]
    assert loaded("; ".join(f"layerwise.{name}" for name in sorted(_MODULES.keys() - _WITH_SKLEARN)), optional) == []


def loaded(statements, among):
    script = f"import sys, layerwise; {statements}; print([name for name in {among} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return ast.literal_eval(done.stdout)


def test_what_is_there_at_once_loads_no_numpy():
    heavy = ["numpy", "polars", "rich.console", "safetensors", "sklearn"]
    page = "import layerwise.cli.app, layerwise.cli.laboratory, layerwise.lab.server"
    assert loaded("layerwise.__version__", heavy) == loaded(page, heavy) == []


def test_every_name_that_comes_later_comes_and_is_listed():
    assert _MODULES.keys() | {"__version__"} == set(layerwise.__all__)
    assert set(dir(layerwise)) >= set(layerwise.__all__)
    for name, module in _MODULES.items():
        assert getattr(layerwise, name) is getattr(importlib.import_module(f"layerwise.{module}"), name)
    for room in _ROOMS:
        assert getattr(layerwise, room) is importlib.import_module(f"layerwise.{room}")
    with pytest.raises(AttributeError, match="module 'layerwise' has no attribute 'nothing'"):
        layerwise.nothing  # noqa: B018


FORBIDDEN_MODULES = {
    "cPickle", "cloudpickle", "code", "codeop", "copyreg", "ctypes", "dbm", "dill", "imp", "jsonpickle", "joblib",
    "marshal", "pickle", "runpy", "shelve", "yaml",
}  # fmt: skip
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "globals", "locals"}
BY_A_TABLE = {"__init__.py", "errors.py", "estimators/plain.py", "later.py"}
"""Where a module is imported whose name stands in a table of the file's own, or in a call of `require` or `names`."""
LOOKING_UP = {"getattr", "setattr", "delattr", "hasattr"}
FOR_COPIES = {
    ("equations/passes.py", "__reduce__"),
    ("network.py", "__reduce__"),
    ("estimators/mlp/base.py", "__setstate__"),
}


def in_source(path):
    return path.relative_to(SOURCE).as_posix()


MAPPING = ("mapped.py", "estimators/tabular/cache.py")  # plain numbers, of examples and never of models


@pytest.mark.parametrize("path", FILES, ids=in_source)
def test_no_code_from_data(path):
    forbidden = FORBIDDEN_MODULES - ({"joblib"} if "searching" in path.parts else set())  # whose searches run in it
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not {alias.name.partition(".")[0] for alias in node.names} & forbidden
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in forbidden
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "joblib":
            assert node.attr not in ("dump", "load", "Memory")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False
        if isinstance(node, ast.FunctionDef) and node.name in ("__reduce__", "__reduce_ex__", "__setstate__"):
            assert (in_source(path), node.name) in FOR_COPIES
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy"):
            assert node.attr not in ("load", "loadtxt", "fromfile", "genfromtxt")
            assert node.attr != "memmap" or in_source(path) in MAPPING


@pytest.mark.parametrize("path", FILES, ids=in_source)
def test_modules_are_imported_by_names_of_the_source(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constant = {
        node.func
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and node not in constant and in_source(path) not in BY_A_TABLE:
            assert getattr(node, "attr", getattr(node, "id", "")) not in ("import_module", "find_spec", "LazyLoader")


@pytest.mark.parametrize("path", FILES, ids=in_source)
def test_no_attribute_is_looked_up_by_a_name_from_a_file(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    readers = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and "from_" in node.name]
    for reader in [tree] if "storage" in path.parts else readers:
        for node in ast.walk(reader):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LOOKING_UP:
                assert len(node.args) > 1
                assert isinstance(node.args[1], ast.Constant)


def test_the_version_is_one():
    assert importlib.metadata.version("layerwise") == layerwise.__version__


def test_every_kind_of_model_is_known_to_load_from_the_start():
    code = "import layerwise; from layerwise.storage.models import _LATER, _LOADERS; print(sorted(_LOADERS | _LATER))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    estimators = ["MLP classifier", "MLP regressor", "logistic regression"]
    assert ast.literal_eval(done.stdout) == sorted([*estimators, "checkpoint", "fit checkpoint", "network", "tabular"])
