"""`layerwise export`, as a user types it: what it writes and refuses."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from by_hand import columns

import layerwise as lw
from layerwise.storage import read_model_file


@pytest.fixture
def model(layerwise, people):
    code, _, _ = layerwise("train", people, "--target", "buys", "--epochs", 4, "--networks", 2, "-q")
    assert code == 0
    return Path("people.safetensors")


def test_the_python_file_predicts_what_predict_does(layerwise, people, model):
    code, out, err = layerwise("export", model, "--to", "numpy")
    assert (code, out) == (0, "")
    assert err.endswith("bytes written to people.py\n")
    exported = runpy.run_path("people.py")
    digest = read_model_file(model).digest
    assert exported["ABOUT"] == {
        "digest": f"sha256:{digest}",
        "missing_texts": "[]",
        "target": "buys",
        "written_by": f"layerwise {lw.__version__}",
    }
    _, predicted, _ = layerwise("predict", model, people)
    truth = np.array(columns(predicted)["probability of yes"], float)
    assert exported["CLASSES"] == ("no", "yes")
    np.testing.assert_allclose(exported["predict"](columns(people.read_text()))[:, 1], truth, atol=1e-6)


def test_each_format_has_its_name_and_the_bytes_do_not_change(layerwise, model):
    for to, name in (("onnx", "people.onnx"), ("c", "people.h"), ("numpy", "people.py")):
        assert layerwise("export", model, "--to", to)[0] == 0
        first = Path(name).read_bytes()
        again = Path(name).with_stem("again")
        assert layerwise("export", model, "--to", to, "--output", again)[0] == 0
        assert again.read_bytes() == first
        assert read_model_file(model).digest.encode() in first


def test_the_name_is_in_the_header(layerwise, model):
    assert layerwise("export", model, "--to", "c", "--name", "buyers")[0] == 0
    text = Path("people.h").read_text()
    assert "buyers_predict" in text
    assert "model_" not in text


def test_a_bare_network_is_exported(layerwise):
    net = lw.Network((1, 1), ("identity",))
    lw.save(lw.TrainingResult(net, lw.Parameters([[[2.0]]], [[[1.0]]]), lw.History()), "twice.safetensors")
    assert layerwise("export", "twice.safetensors", "--to", "numpy")[0] == 0
    assert runpy.run_path("twice.py")["predict"]([[3.0]]).tolist() == [[7.0]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("people.safetensors", "--to", "onyx"), "Unknown format of --to 'onyx'. Did you mean 'onnx'?"),
        (("people.safetensors", "--to", "numpy", "--name", "a"), "--name is for --to c"),
        (("people.safetensors", "--to", "c", "--name", "int"), "must be a name of C in small letters"),
        (("people.safetensors", "--to", "c", "-o", "people.safetensors"), "--output and the model must be two files"),
        (("people.safetensors", "--to", "c", "-o", "no/m.h"), "cannot be written: there is no folder 'no'"),
        (("people.csv", "--to", "c"), "people.csv: is a table. Give a model"),
        (("none.safetensors", "--to", "c"), "none.safetensors: no such file."),
        (("people.safetensors",), "Missing option '--to'. See 'layerwise export --help'."),
    ],
)
def test_bad_input_is_refused_in_one_line(layerwise, model, arguments, said):
    before = sorted(Path().iterdir())
    code, out, err = layerwise("export", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("layerwise: error: ")
    assert said in err
    assert err.count("\n") == 1
    assert sorted(Path().iterdir()) == before


def test_a_checkpoint_is_no_model(layerwise, model):
    from layerwise.storage import write_model_file

    write_model_file("half.safetensors", "fit checkpoint", {}, {})
    code, _, err = layerwise("export", "half.safetensors", "--to", "numpy")
    assert code == 2
    assert "half.safetensors: holds a fit checkpoint, from which a training goes on. End it" in err
    assert err.count("\n") == 1


def test_without_onnx_one_line_names_the_cure(layerwise, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    code, _, err = layerwise("export", model, "--to", "onnx")
    assert (code, err) == (2, "layerwise: error: Writing ONNX needs onnx: pip install 'layerwise[onnx]'\n")


def test_the_help_has_examples(layerwise):
    code, out, _ = layerwise("export", "--help")
    assert code == 0
    assert "layerwise export adult.safetensors --to onnx" in out
