"""The network as a fitted estimator of scikit-learn, with its weights."""

from __future__ import annotations

from layerwise.errors import ParameterError
from layerwise.lab.exports import code
from layerwise.lab.moment import Moment

__all__ = ["sklearn_code"]

_ACTIVATIONS = {"identity": "identity", "sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}
_OUTPUTS = {"sigmoid": "logistic", "softmax": "softmax", "identity": "identity"}


def sklearn_code(moment: Moment) -> str:
    """Return a Python file with a fitted MLPClassifier or MLPRegressor named model, and `predict`.

    Raises
    ------
    ParameterError
        If scikit-learn has no such network: it has one activation for all hidden layers, of four.
    """
    net, theta, data = moment.net, moment.theta, moment.data
    hidden = {net.g[l].name for l in range(1, net.L)} or {"identity"}
    if len(hidden) > 1 or not hidden <= _ACTIVATIONS.keys():
        raise ParameterError(
            f"The activations of a network for scikit-learn must be one of {', '.join(_ACTIVATIONS)} in all hidden "
            f"layers. Got {', '.join(net.activations[:-1])}: take the code for NumPy or PyTorch."
        )
    kind = "MLPRegressor" if data.task == "regression" else "MLPClassifier"
    dtype = f"np.{theta.dtype.name}"
    weights = ",\n".join(code.array(theta.W[l].T, f"np.array({{}}, {dtype})") for l in range(1, net.L + 1))
    biases = ",\n".join(code.vector(theta.b[l], f"np.array({{}}, {dtype})") for l in range(1, net.L + 1))
    binarizer = "from sklearn.preprocessing import LabelBinarizer\n" if kind == "MLPClassifier" else ""
    head = (
        f"{code.title(moment, 'scikit-learn')}{code.imports_for_columns(data)}"
        f"import numpy as np\nfrom sklearn.neural_network import {kind}\n{binarizer}"
    )
    parts = [
        head,
        f"model = {kind}(hidden_layer_sizes={tuple(net.sizes[1:-1])!r}, "
        f'activation="{_ACTIVATIONS[hidden.pop()]}")\n'
        f"model.coefs_ = [\n{weights},\n]\nmodel.intercepts_ = [\n{biases},\n]\n"
        f"model.n_layers_ = {net.L + 1}\nmodel.n_outputs_ = {net.n[net.L]}\nmodel.n_features_in_ = {net.n[0]}\n"
        f'model.out_activation_ = "{_OUTPUTS[net.g[net.L].name]}"\n' + _classes(moment),
        _predict(moment),
    ]
    return code.joined(moment, parts)


def _classes(moment: Moment) -> str:
    labels = code.classes(moment.data)
    if not labels:
        return ""
    # the network's outputs are places among these, whatever their order: scikit-learn is told the places
    return (
        f"{code.classes_line(moment.data)}model.classes_ = np.arange({len(labels)})\n"
        f"model._label_binarizer = LabelBinarizer().fit(model.classes_)\n"
    )


def _predict(moment: Moment) -> str:
    data = moment.data
    X = f"np.asarray({code.matrix_of_argument(moment)}, np.{moment.theta.dtype.name})"
    likeliest = "P[:, 1] >= 0.5" if data.task == "binary" else "P.argmax(axis=1)"
    return code.predict_code(
        data,
        number=[f"return model.predict({X}){code.unit(data)}"],
        probabilities=[f"return model.predict_proba({X})"],
        likeliest=[f"P = predict_proba({code.argument(data)})", f"return [CLASSES[int(k)] for k in {likeliest}]"],
    )
