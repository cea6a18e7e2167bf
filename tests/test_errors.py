import re
import sys

import pytest

from layerwise import errors

BUILT_IN = {
    "ShapeError": ValueError,
    "ParameterError": ValueError,
    "DataError": ValueError,
    "TableError": errors.DataError,
    "GraphError": ValueError,
    "ModelFileError": ValueError,
    "MissingDependencyError": ImportError,
    "LayerwiseWarning": UserWarning,
    "NetworkWarning": errors.LayerwiseWarning,
    "DivergenceWarning": errors.LayerwiseWarning,
    "EngineWarning": errors.LayerwiseWarning,
    "ModelFileNotice": errors.LayerwiseWarning,
    "TableNotice": errors.LayerwiseWarning,
}


@pytest.mark.parametrize(("name", "base"), BUILT_IN.items())
def test_each_is_also_a_built_in(name, base):
    error = getattr(errors, name)
    assert issubclass(error, base)
    assert issubclass(error, errors.LayerwiseError if name.endswith("Error") else errors.LayerwiseWarning)


def test_the_tree_on_top_of_the_file_is_complete():
    classes = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    drawn = set(re.findall(r"\b[A-Z]\w+(?:Error|Warning|Notice)\b", errors.__doc__))
    assert drawn - {"ValueError", "ImportError", "UserWarning"} == classes
    assert set(BUILT_IN) | {"LayerwiseError"} == classes


def test_did_you_mean():
    assert errors.did_you_mean("rely", ["tanh", "relu"]) == " Did you mean 'relu'?"
    assert errors.did_you_mean("xyz", ["tanh", "relu"]) == " Known: relu, tanh."


def test_require_gives_the_module():
    assert errors.require("os.path", extra="all", purpose="This test") is sys.modules["os.path"]


def test_require_names_the_cure():
    with pytest.raises(
        errors.MissingDependencyError,
        match=r"^Drawing a curve needs no_such_library: pip install 'layerwise\[plot\]'$",
    ):
        errors.require("no_such_library.part", extra="plot", purpose="Drawing a curve")
