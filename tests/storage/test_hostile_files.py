"""Files that somebody made to do harm, each refused in one line, in little time and memory."""

import io
import json
import os
import pickle
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

import layerwise as lw
from layerwise.errors import ModelFileError
from layerwise.storage import model_file
from storage.forging import framed, put_together, reconfigured, sealed, taken_apart

FOLDER = Path(__file__).parents[1] / "golden" / "models"
GOOD = {path.name.split(".")[0]: path.read_bytes() for path in FOLDER.glob("*.safetensors")}
NETWORK = GOOD["network"]
HEADER, BODY = taken_apart(NETWORK)


IMPORTED = (lw.MLPClassifier, lw.TabularClassifier, lw.LogisticRegression)  # before anything is measured


class Danger:
    def __reduce__(self):
        return os.mkdir, ("a pickle was read",)


def header(**changes):
    """Return the network's file with other entries in its header; None takes one out."""
    changed = {name: value for name, value in {**HEADER, **changes}.items() if value is not None}
    return put_together(changed, BODY)


def entry(name="W1", **changes):
    return header(**{name: {**HEADER[name], **changes}})


def renamed(name):
    return put_together({name if each == "W1" else each: value for each, value in HEADER.items()}, BODY)


def metadata(**changes):
    kept = {name: value for name, value in {**HEADER["__metadata__"], **changes}.items() if value is not None}
    return header(__metadata__=kept)


def resealed(**changes):
    return sealed({**HEADER, "__metadata__": {**HEADER["__metadata__"], **changes}}, BODY)


def text(replace, by):
    return framed(json.dumps(HEADER).replace(replace, by, 1), BODY)


def npz():
    buffer = io.BytesIO()
    np.savez(buffer, W1=np.ones((2, 3)))
    return buffer.getvalue()


def archive():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("../../model.pkl", pickle.dumps(Danger()))
    return buffer.getvalue()


FOREIGN = {
    "empty": (b"", "is empty"),
    "one byte": (b"{", "is cut short: it has 1 bytes"),
    "a pickle": (pickle.dumps(Danger(), 4), "is a pickle, as joblib and torch write it"),
    "an older pickle": (pickle.dumps(Danger(), 2), "is a pickle"),
    "a pickle of text": (pickle.dumps({"a": list(range(99))}, 0), "is not a model file|is a text"),
    "npz": (npz(), "is a zip archive, such as an .npz"),
    "a zip with a pickle": (archive(), "is a zip archive"),
    "npy": (b"\x93NUMPY\x01\x00v\x00" + b" " * 118, "is an array of NumPy"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(64), "is an HDF5 file"),
    "ONNX": (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0" + bytes(40), "is an ONNX model"),
    "compressed joblib": (b"x\x9c" + bytes(range(64)), "is compressed"),
    "gzip": (b"\x1f\x8b\x08" + bytes(64), "is compressed"),
    "Parquet": (b"PAR1" + bytes(64), "is a Parquet table"),
    "CSV": (b"age,income\n30,2000\n41,1800\n", "is a text, such as a table"),
    "JSON": (b'{"learner": {"attributes": {}}, "version": [2, 0, 0]}', "is a text"),
    "Latin text": ("Größe;Höhe\n1;2\n".encode("latin-1") * 3, "is a text"),
    "zeros": (bytes(100), "is not a model file: it does not begin as a safetensors file does"),
    "ones": (b"\xff" * 100, "is not a model file"),
    "safetensors": (save({"W": np.ones(3)}), "is a safetensors file, but not a model of layerwise"),
    "of another": (save({"W": np.ones(3)}, {"format": "pt"}), "is a safetensors file, but not a model of layerwise"),
}

ATTACKS = {
    "length: beyond the file": (b"\xff\x0f" + bytes(6) + NETWORK[8:], "is cut short: its header ends at byte 4,103"),
    "length: terabytes": ((2**43).to_bytes(8, "little") + b"{" + NETWORK[9:], "does not begin as"),
    "length: all ones": (b"\xff" * 8 + NETWORK[8:], "does not begin as"),
    "length: just above the limit": ((2**26 + 1).to_bytes(8, "little") + NETWORK[8:], "more than the 67,108,864 read"),
    "length: zero": (bytes(8) + NETWORK[8:], "is damaged: its header is not JSON"),
    "header: a list": (framed("[1]", BODY), "is not a model file"),
    "header: a BOM": (framed("\ufeff" + json.dumps(HEADER), BODY), "is not a model file"),
    "header: UTF-16": (framed(json.dumps(HEADER).encode("utf-16-le"), BODY), "not JSON|is not UTF-8"),
    "header: invalid UTF-8": (framed(b'{"\xff": 1}', BODY), "is damaged: its header is not UTF-8"),
    "header: surrogates": (text("tanh", "\\\\ud800"), "digest|UTF-8|surrogates|JSON"),
    "header: a name twice": (text('{"W1"', '{"W1": {}, "W1"'), "a name stands there twice"),
    "header: metadata twice": (
        text('"__metadata__"', '"__metadata__": {}, "__metadata__"'),
        "a name stands there twice",
    ),
    "header: NaN": (entry(shape=[float("nan"), 3]), "NaN is no number of JSON"),
    "header: deep": (framed('{"a":' + "[" * 100_000 + "]" * 100_000 + "}"), "nested more than 32 deep"),
    "header: an array bomb": (framed('{"a":[' + "[]," * 1_500_000 + "[]]}"), "bytes of memory, and the file has"),
    "header: an object bomb": (framed('{"a":[' + '{"":0},' * 700_000 + "{}]}"), "bytes of memory, and the file has"),
    "header: a text of rare letters": (
        framed('{"a":"' + "a" * 20_000_000 + '😀"}'),
        "bytes of memory, and the file has",
    ),
    "header: open quotes": (framed('{"' + '\\"' * 500_000), "is not JSON"),
    "header: a number of many digits": (entry(shape=[10**4000, 3]), "has a shape that it cannot have"),
    "header: a number of too many digits": (text("[4, 3]", f"[{'9' * 5000}, 3]"), "is not JSON"),
    "entry: no offsets": (header(W1={"dtype": "F32", "shape": [4, 3]}), "must have dtype, shape and data_offsets"),
    "entry: one field more": (entry(strides=[1]), "and nothing else"),
    "entry: a list": (header(W1=[1]), "must have dtype, shape and data_offsets"),
    "entry: unknown type": (entry(dtype="F8_E4M3"), "has a type that is none of F64"),
    "entry: an object type": (entry(dtype="O"), "has a type that is none of F64"),
    "entry: a type that is a list": (entry(dtype=["F32"]), "has a type that is none of F64"),
    "shape: no list": (entry(shape="43"), "has a shape that it cannot have"),
    "shape: a float": (entry(shape=[4.0, 3]), "has a shape that it cannot have"),
    "shape: true": (entry(shape=[True, 12]), "has a shape that it cannot have"),
    "shape: negative": (entry(shape=[-4, -3]), "has a shape that it cannot have"),
    "shape: huge beside a zero": (entry(shape=[0, 10**15]), "has a shape that it cannot have"),
    "shape: overflows 64 bits": (entry(shape=[2**32, 2**32]), "has a shape that it cannot have"),
    "shape: too many dimensions": (entry(shape=[1] * 70), "has a shape that it cannot have"),
    "shape: of other bytes": (entry(shape=[4, 2]), "has 48 bytes, and its shape needs others"),
    "offsets: three": (entry(data_offsets=[0, 24, 48]), "are no two places in the file"),
    "offsets: negative": (entry(data_offsets=[-48, 0]), "are no two places in the file"),
    "offsets: floats": (entry(data_offsets=[0.0, 48.0]), "are no two places in the file"),
    "offsets: backwards": (entry(data_offsets=[48, 0]), "are no two places in the file"),
    "offsets: texts": (entry(data_offsets=["0", "48"]), "are no two places in the file"),
    "tensors: overlap": (entry("W2", data_offsets=[0, 32]), "there is (an overlap with|a hole before) the tensor"),
    "tensors: a hole": (header(W1=None), "there is a hole before the tensor"),
    "tensors: bytes behind": (NETWORK + b"PK\x03\x04", "4 bytes follow after its last tensor"),
    "tensors: cut short": (NETWORK[:-1], "is cut short: 1 bytes of its tensors are missing"),
    "tensors: beyond the file": (entry("b2", shape=[20, 1], data_offsets=[128, 208]), "cut short|hole|overlap"),
    "names: a path": (renamed("../../etc/passwd"), "a tensor cannot be called '../../etc"),
    "names: absolute": (renamed("/W1"), "a tensor cannot be called '/W1'"),
    "names: a zero byte": (renamed("W1\0"), r"a tensor cannot be called 'W1\\x00'"),
    "names: look-alike": (renamed("Ｗ1"), "a tensor cannot be called"),
    "names: empty": (renamed(""), "a tensor cannot be called ''"),
    "names: very long": (
        renamed("W" * 10**6),
        r"a tensor cannot be called 'WWW.*\.\.\.\.$",
    ),
    "metadata: none": (header(__metadata__=None), "but not a model of layerwise"),
    "metadata: a list": (header(__metadata__=[1]), "but not a model of layerwise"),
    "metadata: numbers": (metadata(schema=1), "its metadata must be texts"),
    "metadata: an object": (metadata(configuration={"network": {}}), "its metadata must be texts"),
    "metadata: a field more": (metadata(loader="os.system"), "and nothing else"),
    "metadata: no digest": (metadata(digest=None), "and nothing else"),
    "metadata: another digest": (metadata(digest="0" * 64), "does not have the digest"),
    "metadata: a digest in capitals": (
        metadata(digest=HEADER["__metadata__"]["digest"].upper()),
        "does not have the digest",
    ),
    "schema: newer": (resealed(schema="2"), "has schema 2, written by layerwise .*reads up to 1. Install a newer"),
    "schema: far newer, else unknown": (
        header(__metadata__={"format": "layerwise", "schema": "77", "x": "y"}),
        "has schema 77.* Install a newer layerwise",
    ),
    "schema: other digits": (resealed(schema="٣"), "its schema is not a whole number"),
    "schema: a float": (resealed(schema="1.0"), "its schema is not a whole number"),
    "schema: zero": (resealed(schema="0"), "its schema is not a whole number"),
    "schema: negative": (resealed(schema="-1"), "its schema is not a whole number"),
    "schema: blanks": (resealed(schema=" 1\n"), "its schema is not a whole number"),
    "schema: many digits": (resealed(schema="9" * 10**6), "its schema is not a whole number"),
    "kind: of a module": (resealed(kind="os.system"), "a model of the kind 'os.system', which this version"),
    "kind: of a class": (resealed(kind="builtins.eval"), "a model of the kind 'builtins.eval', which this version"),
    "kind: of ours": (resealed(kind="layerwise.cli"), "which this version of layerwise does not know"),
    "kind: another": (resealed(kind="tabular"), "does not describe a tabular model"),
    "kind: with an escape sequence": (resealed(kind="\x1b]0;own\x07"), "its kind is not a short text"),
    "kind: long": (resealed(kind="n" * 10**6), "its kind is not a short text"),
    "writer: with a line break": (
        resealed(written_by="1\nlayerwise: all is well"),
        "its written_by is not a short text",
    ),
}


def network(**changes):
    return reconfigured(GOOD["network"], lambda config: config["network"].update(changes))


def of(name, *keys, value):
    """Return a file in whose configuration one place holds another value."""

    def change(config):
        for key in keys[:-1]:
            config = config[key]
        config[keys[-1]] = value

    return reconfigured(GOOD[name], change)


BIG = 10**12
DIGEST_IS_RIGHT = {
    "a list": reconfigured(NETWORK, lambda config: "[]"),
    "deep": reconfigured(NETWORK, lambda config: '{"a":' * 50_000 + "1" + "}" * 50_000),
    "a bomb": reconfigured(NETWORK, lambda config: '{"a":[' + "[]," * 1_500_000 + "[]]}"),
    "a name twice": reconfigured(NETWORK, lambda config: '{"network": {}, "network": {}}'),
    "10^12 units": network(sizes=[3, BIG, 2]),
    "10^12 inputs": network(sizes=[BIG, 4, 2]),
    "units beyond 64 bits": network(sizes=[3, 10**30, 2]),
    "a million layers": network(sizes=[3] * 10**6, activations=["tanh"] * (10**6 - 1)),
    "units that are floats": network(sizes=[3.0, 4, 2]),
    "10^9 positions": of("embeddings", "network", "embeddings", 1, "positions", value=10**9),
    "10^9 positions and inputs": reconfigured(
        GOOD["embeddings"],
        lambda config: config["network"].update(
            sizes=[10**9 + 7, 3, 1],
            embeddings=[{"positions": 10**9, "dimension": None, "ordered": False}],
        ),
    ),
    "a wide embedding": of("embeddings", "network", "embeddings", 0, "dimension", value=BIG),
    "an activation that is code": network(activations=["__import__('os').system('id')", "softmax"]),
    "a setting beyond floats": network(activations=["elu(alpha=1e999)", "softmax"]),
    "a loss that is an object": network(loss={"derivative": 1}),
    "a field that is no parameter": network(__class__="os.system"),
    "a history of texts": of("network", "history", "cost", value=["0.1"]),
    "a history that is a text": of("network", "history", "cost", value="123"),
    "a history of numbers beyond floats": of("network", "history", "cost", value=[{"float": "1e9999"}]),
    "a float that is a list": of("network", "history", "cost", value=[{"float": ["nan"]}]),
    "metrics that are a list": of("network", "history", "metrics", value=[1]),
    "an end of its own": of("network", "stopped", value="__class__"),
    "a best epoch before the first": of("network", "best_epoch", value=-1),
    "a best epoch of text": of("network", "best_epoch", value="3"),
    "restored by a number": of("network", "restored", value=1),
    "a divergence of texts": of("network", "divergence", value={"epoch": "a", "step": 0, "tensor": "J", "layer": 0}),
    "no optimizer": of("checkpoint", "progress", "optimizer", value=["os.system", {"command": "id"}]),
    "an optimizer with more": of("checkpoint", "progress", "optimizer", value=["adam", {"__class__": 1}]),
    "steps before the first": of("checkpoint", "progress", "t", value=-5),
    "averages without steps": of("checkpoint", "progress", "t", value=0),
    "a rate that is no number": of("checkpoint", "progress", "base_learning_rate", value=[{}]),
    "a rate that is NaN": of("checkpoint", "progress", "base_learning_rate", value={"float": "nan"}),
    "a network that is not there": of("fit-checkpoint", "ready", value=[0, 7]),
    "a temperature of NaN": of("table-classes", "temperature", value={"float": "nan"}),
    "a temperature of 0": of("table-classes", "temperature", value=0),
    "members that are none": of("table-classes", "members", value=[]),
    "rows that are texts": of("table-classes", "rows", value={"training": "many", "held_out": 0}),
    "columns of another role": of("table-classes", "encoder", "columns", 0, "role", value="os"),
    "no columns": of("table-classes", "encoder", "columns", value=[]),
    "knots that fall": of("table-classes", "encoder", "columns", 0, "knots", value=[3.0, 2.0, 1.0]),
    "a scale of infinity": of("table-classes", "encoder", "columns", 0, "scale", value={"float": "inf"}),
    "a median that is a text": of("table-classes", "encoder", "columns", 0, "median", value="1"),
    "no levels": of("table-classes", "encoder", "columns", 1, "levels", value=[]),
    "a name that is an object": of("table-classes", "encoder", "columns", 0, "name", value={}),
    "one class": of("table-classes", "target", "classes", value=["hoch"]),
    "no target": of("table-classes", "target", value=None),
    "a standard deviation of text": of("table-numbers", "target", "std", value="1"),
    "a confusion of another size": of("table-classes", "evaluation", "confusion", value=[[1]]),
    "importances of objects": of("table-classes", "evaluation", "importances", value=[{"column": 1}]),
    "classes twice": of("classifier", "classes", "texts", value=["hoch", "hoch", "niedrig"]),
    "fewer classes": of("classifier", "classes", "texts", value=["hoch", "niedrig"]),
    "10^12 letters": of("classifier", "classes", "letters", value=BIG),
    "classes of an unknown kind": of("classifier", "classes", "kind", value="ranking"),
    "no classes": of("classifier", "classes", value=None),
    "names of too few columns": of("classifier", "feature_names", value=["a"]),
    "a parameter of an unknown form": of("classifier", "params", "callbacks", value={"call": ["os.system", "id"]}),
    "a parameter that is none": of("classifier", "params", "__class__", value=1),
    "a schedule of a module": of("regressor", "params", "schedule", value={"schedule": "os.system", "settings": {}}),
    "10^9 threads": of("classifier", "params", "n_threads", value=10**9),
    "a solver that is none": of("classifier", "params", "solver", value="eval"),
    "a negative seed": of("classifier", "facts", "seed", value=-1),
    "facts that are missing": of("classifier", "facts", value={}),
    "recoveries without end": of("classifier", "facts", "recoveries", value=10**9),
    "a penalty that is none": of("logistic", "params", "penalty", value="l1"),
    "iterations that are texts": of("logistic", "facts", "n_iter", value=["7"]),
    "a hidden layer": of("logistic", "network", "sizes", value=[3, 3, 3]),
}


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "model.safetensors"


def refused(path, content, message):
    """Load a file that is to be refused, in one line, within a second and within twice its size and 64 MB."""
    path.write_bytes(content)
    tracemalloc.start()
    start = time.perf_counter()
    try:
        with pytest.raises(ModelFileError, match=message) as caught:
            lw.load(path)
        seconds, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    assert len(said) < 600 + len(str(path))
    assert peak < 2 * len(content) + (64 << 20)
    assert seconds < (1 if len(content) < 1 << 20 else 10)  # with tracemalloc, which makes it several times slower
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_kind_is_named(path, name):
    refused(path, *FOREIGN[name])


@pytest.mark.parametrize("name", ATTACKS)
def test_a_header_that_lies_is_refused(path, name):
    refused(path, *ATTACKS[name])


@pytest.mark.parametrize("name", DIGEST_IS_RIGHT)
def test_a_configuration_that_lies_is_refused_though_its_digest_is_right(path, name):
    refused(path, DIGEST_IS_RIGHT[name], "does not describe a|its configuration|its header would take")


def test_every_truncation_of_every_kind_is_refused(path):
    for name, content in GOOD.items():
        for length in range(0, len(content), 97):
            path.write_bytes(content[:length])
            with pytest.raises(ModelFileError, match=r"is (cut short|empty)"):
                lw.load(path)
            assert name


def test_tensors_of_the_wrong_size_never_reach_an_engine(path):
    header, body = taken_apart(GOOD["checkpoint"])
    header["progress.state.m"]["shape"] = [1, header["progress.state.m"]["shape"][0]]
    refused(path, sealed(header, body), r"its state.m has the shape \(1, \d+\), not")


def test_a_boolean_is_true_or_false(path):
    tensors = {"t": np.array([True, False])}
    lw.storage.write_model_file(path, "network", {}, tensors)
    content = path.read_bytes()
    refused(path, content[:-2] + b"\x02\x00", "has booleans that are neither true nor false")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes as POSIX has them")
def test_a_pipe_and_a_device_are_no_files_and_nobody_waits_for_them(path):
    os.mkfifo(path)
    for each in (path, "/dev/zero", "/dev/null"):
        with pytest.raises(ModelFileError, match=r"is a device or a pipe, and no file\.$"):
            lw.load(each)


def test_a_name_with_a_zero_byte():
    with pytest.raises(ModelFileError, match=r"cannot be read: embedded null byte"):
        lw.load("model\0")


@pytest.mark.parametrize("extra", [-3, 5])
def test_a_file_that_changes_while_it_is_read_is_refused(path, monkeypatch, extra):
    path.write_bytes(NETWORK)
    fill = model_file._fill

    def changed_meanwhile(file, content):
        os.truncate(path, len(NETWORK) + extra)
        fill(file, content)

    monkeypatch.setattr(model_file, "_fill", changed_meanwhile)
    with pytest.raises(ModelFileError, match=r"became (shorter|longer) while it was read"):
        lw.load(path)


def test_a_model_with_a_million_numbers_takes_twice_its_file(path):
    net = lw.Network((1000, 4000, 2), ("relu", "softmax"))
    lw.save(lw.TrainingResult(net, lw.initialize(net), lw.History()), path)
    size = path.stat().st_size
    tracemalloc.start()
    model = lw.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert model.network == net
    assert size > 30e6
    assert peak < 2.01 * size
