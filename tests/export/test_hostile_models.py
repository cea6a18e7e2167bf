"""Names and levels that would be code if they were not quoted, and names that clash; they stay what they are."""

import ast
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
from elsewhere import WARNINGS, by_c, by_numpy, by_onnx, compiled, needs_compiler
from hypothesis import example, given
from hypothesis import strategies as st

from layerwise import Network, Parameters, TabularClassifier, TrainingResult, export, load, save
from layerwise.errors import MissingDependencyError, ParameterError
from layerwise.export import FORMATS
from layerwise.export.c_text import double, identifiers, quoted

NAMES = [
    '"""; import os; os.abort() #',
    "*/ int evil(void) { return 1; } /*",
    '"; system("true"); //\\',
    "line\nbreak\r\n#error injected",
    "??/\n??*",
    "label",
    "probabilities",
    "t3",
    "",
    "int",
    "NAN",
    "2nd",
    "größe",
    "gr e",
    "a\\",
    "{0!r} %s %n",
    "\u2028\x85\x1b[2J",
    "linux",
    "row",
    "x",
]
LEVELS = [*NAMES[:5], "é\\", "\x7f", "\u202e?", "a" * 3000]
CLASSES = ["*/ #error", '"""\n', "??/"]


def hostile():
    """Return a model of columns and levels with such names, and rows of its table."""
    rng = np.random.default_rng(0)
    columns = {
        name: rng.choice(LEVELS, 300).tolist() if k % 2 else rng.normal(size=300) for k, name in enumerate(NAMES)
    }
    estimator = TabularClassifier(n_estimators=1, epochs=1, hidden=(4,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(columns, rng.choice(CLASSES, 300)), columns


@needs_compiler
def test_every_name_stays_what_it_is(tmp_path):
    estimator, columns = hostile()
    truth = estimator.predict_proba(columns)
    outputs = by_onnx(estimator, columns, tmp_path)
    np.testing.assert_allclose(outputs["probabilities"], truth, atol=1e-5)
    np.testing.assert_array_equal(outputs["label"], estimator.predict(columns))
    np.testing.assert_allclose(by_numpy(estimator, columns, tmp_path), truth, atol=1e-6)
    found, places = by_c(estimator, columns, tmp_path)
    np.testing.assert_allclose(found, truth, atol=1e-5)
    np.testing.assert_array_equal(estimator.classes_[places], estimator.predict(columns))


def test_the_python_file_holds_nothing_but_literals_of_the_model(tmp_path):
    estimator, _ = hostile()
    export.to_numpy(estimator, tmp_path / "m.py")
    plain = TrainingResult(Network((1, 1), ("sigmoid",)), Parameters([[[1.0]]], [[[0.0]]]), history=None)
    export.to_numpy(plain, tmp_path / "plain.py")
    calls = [
        {ast.unparse(node.func) for node in ast.walk(ast.parse((tmp_path / name).read_bytes())) if _is_call(node)}
        for name in ("m.py", "plain.py")
    ]
    assert calls[0] - calls[1] <= {"_matrix", "Y_hat.sum"}
    assert (tmp_path / "m.py").read_bytes().isascii()


def _is_call(node):
    return isinstance(node, ast.Call)


def test_names_of_inputs_that_onnx_cannot_have_are_told_in_the_metadata(tmp_path):
    onnx = pytest.importorskip("onnx")
    estimator, columns = hostile()
    export.to_onnx(estimator, tmp_path / "m.onnx", digest="abc")
    model = onnx.load(tmp_path / "m.onnx")
    inputs = [entry.name for entry in model.graph.input]
    assert inputs == [{"": "column_", "label": "label_", "probabilities": "probabilities_"}.get(n, n) for n in columns]
    about = {entry.key: entry.value for entry in model.metadata_props}
    assert about["digest"] == "sha256:abc"
    assert dict(zip(inputs, columns, strict=True)) == ast.literal_eval(about["inputs"])
    assert about["target"] == "y"
    assert sorted(ast.literal_eval(about["classes"])) == sorted(CLASSES)


@needs_compiler
def test_the_example_at_the_top_of_the_header_runs(tmp_path):
    estimator, _ = hostile()
    for model in (estimator, TrainingResult(Network((2, 3), ("softmax",)), _zeros(2, 3), history=None)):
        export.to_c(model, tmp_path / "model.h")
        text = re.search(r"^   #include.*?^   }\n", (tmp_path / "model.h").read_text(), re.M | re.S)[0]
        (tmp_path / "example.c").write_text(text)
        for compiler in (("cc", "-std=c99", "-trigraphs"), ("c++", "-std=c++11", "-x", "c++")):
            compiled(*compiler, *WARNINGS, tmp_path / "example.c", "-o", tmp_path / "example", "-lm")
        said = subprocess.run([tmp_path / "example"], capture_output=True, text=True, check=True).stdout
        assert said.removesuffix("\n") in ([*CLASSES] if model is estimator else ["0.333333"])


def _zeros(n_x, n_y):
    return Parameters([np.zeros((n_y, n_x), np.float32)], [np.zeros((n_y, 1), np.float32)])


@needs_compiler
def test_two_models_go_into_one_program(tmp_path):
    result = TrainingResult(Network((2, 3), ("softmax",)), _zeros(2, 3), history=None)
    for name in ("first", "second"):
        export.to_c(result, tmp_path / f"{name}.h", name=name)
    (tmp_path / "both.c").write_text('#include "first.h"\n#include "second.h"\nint main(void) { return 0; }\n')
    compiled("cc", "-std=c99", *WARNINGS, tmp_path / "both.c", "-o", tmp_path / "both", "-lm")


@given(st.text())
@example('??/\\"*/\n\x00'[:-1])
def test_a_quoted_text_is_the_same_text_and_cannot_end_early(text):
    if "\0" in text:
        with pytest.raises(ParameterError, match=r"texts of at most 4,000 bytes without the character NUL\. Got '"):
            quoted(text)
        return
    inside = quoted(text)[1:-1]
    assert not re.search(r'["?*/\n]|\\(?![0-7]{3})', inside)
    said = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), inside)
    assert said.encode("latin-1").decode() == text


@given(st.lists(st.text(max_size=6), max_size=8))
def test_identifiers_differ_and_are_names(names):
    found = identifiers(names)
    assert len(set(found)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) for name in found)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_are_exact(value):
    assert float(double(value)) == value
    assert re.search(r"[.e]", double(value))


@pytest.mark.parametrize("to", FORMATS)
def test_the_same_model_gives_the_same_bytes(to, tmp_path):
    estimator, _ = hostile()
    save(estimator, tmp_path / "m.safetensors")
    write = FORMATS[to][1]
    models = [estimator.model_, estimator.model_, load(tmp_path / "m.safetensors")]
    for k, model in enumerate(models):
        write(model, tmp_path / str(k))
    first, again, loaded = ((tmp_path / str(k)).read_bytes() for k in range(3))
    assert first == again == loaded


@pytest.mark.parametrize("to", FORMATS)
def test_what_cannot_be_exported_is_refused_and_nothing_is_written(to, tmp_path):
    write = FORMATS[to][1]
    diverged = TrainingResult(Network((1, 1), ("sigmoid",)), Parameters([[[np.nan]]], [[[0.0]]]), history=None)
    for model, said in (
        (TabularClassifier(), r"must be a fitted model of layerwise, .* Got an unfitted TabularClassifier\."),
        ({}, r"must be a fitted model of layerwise, .* Got dict\."),
        (diverged, r"must have finite weights\. Those of this one are not: it diverged\."),
    ):
        with pytest.raises(ParameterError, match=said):
            write(model, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_none_of_c_is_refused(tmp_path):
    result = TrainingResult(Network((1, 1), ("sigmoid",)), _zeros(1, 1), history=None)
    for name in ("int", "2", "a b", "", "é", "MODEL"):
        with pytest.raises(ParameterError, match=r"The 'name' parameter of to_c must be a name of C .* Got"):
            export.to_c(result, tmp_path / "m.h", name=name)


def test_texts_that_are_no_unicode_are_refused(tmp_path):
    estimator, _ = hostile()
    model = estimator.model_
    object.__setattr__(model.target, "classes", ("a", "\ud800", "b"))
    model.target.__dict__.pop("labels", None)
    with pytest.raises(ParameterError, match=r"The names and levels of an exported model must be Unicode\. Got '"):
        export.to_numpy(model, tmp_path / "m.py")


def test_without_onnx_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    result = TrainingResult(Network((1, 1), ("sigmoid",)), _zeros(1, 1), history=None)
    with pytest.raises(MissingDependencyError, match=r"Writing ONNX needs onnx: pip install 'layerwise\[onnx\]'"):
        export.to_onnx(result, tmp_path / "m.onnx")


def test_the_room_is_there_without_being_loaded():
    code = "import sys, layerwise as lw; assert 'layerwise.export' not in sys.modules; print(lw.export.to_c.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "to_c\n"
