import json
import warnings

import numpy as np
import pytest
from safetensors import safe_open

import layerwise as lw
from layerwise.errors import DivergenceWarning, ModelFileError, ParameterError
from layerwise.storage import models, read_model_file, register, write_model_file

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 20))
Y = np.eye(2)[(X[0] > 0).astype(int)].T
NET = lw.Network((3, 4, 2), ("leaky_relu(slope=0.2)", "softmax"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_trained_network_comes_back_to_the_bit(path, dtype):
    result = lw.train(NET, X, Y, epochs=5, dtype=dtype, validation=(X, Y), early_stopping=3, optimizer="adam")
    lw.save(result, path)
    loaded = lw.load(path)
    assert type(loaded) is lw.TrainingResult
    assert loaded.network == result.network
    assert loaded.parameters.dtype == dtype
    assert loaded.parameters.vector.tobytes() == result.parameters.vector.tobytes()
    for name in ("history", "stopped", "best_epoch", "restored", "divergence"):
        assert getattr(loaded, name) == getattr(result, name), name
    assert loaded.predict(X).tobytes() == result.predict(X).tobytes()


@pytest.mark.parametrize(
    ("activations", "loss"),
    [
        (("relu", "identity"), "huber(delta=0.3)"),
        (("gelu", "exp"), None),
        (("elu(alpha=0.1)", "tanh"), "quantile(0.9)"),
    ],
)
def test_settings_come_back(path, activations, loss):
    net = lw.Network((3, 4, 2), activations, loss)
    lw.save(lw.train(net, X, Y, epochs=1), path)
    assert lw.load(path).network == net


def test_embeddings_come_back(path):
    embeddings = [lw.Embedding(4, 3), lw.Embedding(2, None), lw.Embedding(5, 2, ordered=True)]
    net = lw.Network((1 + 3 + 2 + 2, 3, 2), ("tanh", "softmax"), embeddings=embeddings)
    positions = [RNG.integers(0, 4, 20), RNG.integers(0, 2, 20), RNG.uniform(0, 4, 20)]
    inputs = np.vstack([X[:1], *positions])
    result = lw.train(net, inputs, Y, epochs=3)
    lw.save(result, path)
    loaded = lw.load(path)
    assert loaded.network == net
    assert loaded.parameters.layout == net.layout
    assert loaded.parameters.vector.tobytes() == result.parameters.vector.tobytes()
    assert loaded.predict(inputs).tobytes() == result.predict(inputs).tobytes()
    with safe_open(path, "np") as file:
        assert set(file.keys()) == {"W1", "W2", "b1", "b2", "E0", "E2"}
        np.testing.assert_array_equal(file.get_tensor("E2"), result.parameters.E[2])
    configuration, tensors = result.to_state()
    for broken in ([{"positions": 4}], [{"positions": 0, "dimension": 3, "ordered": False}], [3], 7):
        wrong = {**configuration, "network": {**configuration["network"], "embeddings": broken}}
        write_model_file(path, "network", json.loads(json.dumps(wrong)), tensors)
        with pytest.raises(ModelFileError, match="does not describe a network model"):
            lw.load(path)
    del tensors["E2"]
    write_model_file(path, "network", configuration, tensors)
    with pytest.raises(ModelFileError, match="are not those of 2 layers and 2 embeddings"):
        lw.load(path)


def test_a_diverged_run_comes_back(path):
    with pytest.warns(DivergenceWarning):
        result = lw.train(
            lw.Network((1, 1), ("identity",)), [[1e30]], [[0.0]], initial=lw.Parameters([[[1.0]]], [[[0.0]]])
        )
    lw.save(result, path)
    loaded = lw.load(path)
    assert loaded.divergence == result.divergence
    assert str(loaded.divergence) == str(result.divergence)


def test_costs_that_are_not_finite_come_back(path):
    result = lw.TrainingResult(NET, lw.initialize(NET), lw.History([1.0], [np.inf], [0.1], {"accuracy": [np.nan]}))
    lw.save(result, path)
    history = lw.load(path).history
    assert history.validation_cost == [np.inf]
    assert np.isnan(history.metrics["accuracy"][0])


def test_tensors_have_the_names_of_the_course(path):
    lw.save(lw.train(NET, X, Y, epochs=1), path)
    with safe_open(path, framework="numpy") as file:
        assert {name: file.get_tensor(name).shape for name in file.keys()} == {  # noqa: SIM118 - not a dict
            "W1": (4, 3), "b1": (4, 1), "W2": (2, 4), "b2": (2, 1),
        }  # fmt: skip
        configuration = json.loads(file.metadata()["configuration"])
    assert lw.Network(**configuration["network"]) == NET


def test_what_was_loaded_can_be_saved_and_trained_on(path):
    result = lw.train(NET, X, Y, epochs=2)
    lw.save(result, path)
    first, loaded = read_model_file(path), lw.load(path)
    lw.save(loaded, path)
    assert read_model_file(path).digest == first.digest
    going_on = lw.train(NET, X, Y, epochs=3, initial=loaded.parameters)
    assert going_on.parameters.vector.tobytes() == lw.train(NET, X, Y, epochs=5).parameters.vector.tobytes()


@pytest.mark.parametrize("model", [None, 3, "model", {"kind": "network"}, NET, lw.initialize(NET)])
def test_what_is_not_a_model(path, model):
    with pytest.raises(
        ParameterError, match=rf"'model' parameter of save must be a trained model.*Got {type(model).__name__}\."
    ):
        lw.save(model, path)
    assert not path.exists()


def test_a_kind_that_is_not_known(path):
    write_model_file(path, "forest", {}, {"t": np.ones(1)})
    message = r"holds a model of the kind 'forest', which this version of layerwise does not know\. It was written by"
    with pytest.raises(ModelFileError, match=message):
        lw.load(path)


def damaged(configuration, tensors):
    configuration = json.loads(json.dumps(configuration))
    yield {**configuration, "network": {**configuration["network"], "sizes": [3, 4]}}, tensors
    yield {**configuration, "network": {**configuration["network"], "activations": ["rely", "softmax"]}}, tensors
    yield {**configuration, "network": {**configuration["network"], "extra": 1}}, tensors
    yield {**configuration, "network": None}, tensors
    yield {**configuration, "history": {"unknown": []}}, tensors
    yield {**configuration, "history": None}, tensors
    yield {**configuration, "divergence": {"epoch": 1}}, tensors
    yield {}, tensors
    yield configuration, {name: tensor for name, tensor in tensors.items() if name != "W2"}
    yield configuration, {**tensors, "W2": tensors["W2"].T.copy()}
    yield configuration, {**tensors, "b1": tensors["b1"].ravel()}


@pytest.mark.parametrize("number", range(11))
def test_a_configuration_that_describes_no_network(path, number):
    result = lw.train(NET, X, Y, epochs=1)
    configuration, tensors = list(damaged(*result.to_state()))[number]
    write_model_file(path, "network", configuration, tensors)
    with pytest.raises(
        ModelFileError, match=r"model\.safetensors: its configuration does not describe a network model \("
    ):
        lw.load(path)


def test_tensors_of_another_network_are_refused(path):
    other = lw.train(lw.Network((3, 5, 2), ("tanh", "softmax")), X, Y, epochs=1)
    configuration, _ = lw.train(NET, X, Y, epochs=1).to_state()
    write_model_file(path, "network", configuration, other.to_state()[1])
    with pytest.raises(
        ModelFileError, match=r"does not describe a network model \(load: the parameters must have the sizes"
    ):
        lw.load(path)


def test_other_kinds_register_their_way_back(path, monkeypatch):
    class Scale:
        kind = "scale"

        def to_state(self):
            return {"factor": 2}, {"t": np.ones(1)}

    monkeypatch.setattr(models, "_LOADERS", dict(models._LOADERS))
    with pytest.raises(ParameterError, match="must be a trained model"):
        lw.save(Scale(), path)
    register("scale", lambda configuration, tensors: (configuration["factor"], tensors["t"][0]))
    lw.save(Scale(), path)
    assert lw.load(path) == (2, 1.0)
    assert read_model_file(path).kind == "scale"


def test_no_file(tmp_path):
    with pytest.raises(ModelFileError, match="no such file"):
        lw.load(tmp_path / "model")


def test_saving_is_silent(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lw.save(lw.train(NET, X, Y, epochs=1), path)
        lw.load(path)
