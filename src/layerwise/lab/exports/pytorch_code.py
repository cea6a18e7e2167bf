"""The network as PyTorch code with its weights."""

from __future__ import annotations

from layerwise.lab.exports.code import array, classes, columns_code, imports_for_columns, is_table, unit, vector
from layerwise.lab.moment import Moment
from layerwise.vocabulary import Choice

__all__ = ["pytorch_code"]

_MODULES = {
    "identity": "nn.Identity()",
    "sigmoid": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "relu": "nn.ReLU()",
    "leaky_relu": "nn.LeakyReLU({})",
    "elu": "nn.ELU({})",
    "selu": "nn.SELU()",
    "gelu": "nn.GELU()",
    "silu": "nn.SiLU()",
    "mish": "nn.Mish()",
    "softplus": "nn.Softplus()",
    "softmax": "nn.Softmax(dim=1)",
}


def pytorch_code(moment: Moment) -> str:
    """Return a Python file with a `torch.nn.Sequential` named model, and `predict`."""
    net, theta, data = moment.net, moment.theta, moment.data
    dtype = f"torch.{theta.dtype.name}"
    layers = [
        f"    nn.Linear({net.n[l - 1]}, {net.n[l]}, dtype={dtype}),\n    {_module(net.g[l])},\n"
        for l in range(1, net.L + 1)
    ]
    weights = [
        f"W{l} = {array(theta.W[l], f'torch.tensor({{}}, dtype={dtype})')}\n"
        f"b{l} = {vector(theta.b[l], f'torch.tensor({{}}, dtype={dtype})')}\n"
        for l in range(1, net.L + 1)
    ]
    copies = [
        f"    model[{2 * l - 2}].weight.copy_(W{l})\n    model[{2 * l - 2}].bias.copy_(b{l})\n"
        for l in range(1, net.L + 1)
    ]
    sizes = "-".join(map(str, net.sizes))
    takes = "columns of a table, by name" if is_table(data) else f"X, (m, {net.n[0]}): a row for each example"
    numpy = "import numpy as np\n" if is_table(data) else ""
    labels = classes(data)
    head = (
        f'"""A network of {sizes} units, trained by layerwise, for PyTorch. predict takes the {takes}."""\n\n'
        f"{imports_for_columns(data)}{numpy}import torch\nfrom torch import nn\n"
    )
    parts = [
        head,
        "\n".join(weights) + (f"\nCLASSES = {labels!a}\n" if labels else ""),
        "model = nn.Sequential(\n"
        + "".join(layers)
        + ")\n\nwith torch.no_grad():\n"
        + "".join(copies)
        + "\nmodel.eval()\n",
        _predict(moment, dtype),
    ]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts) + columns_code(moment)


def _module(g: Choice) -> str:
    return _MODULES[g.name].format(*(repr(value) for _, value in g.settings))


def _predict(moment: Moment, dtype: str) -> str:
    data = moment.data
    given = "columns" if is_table(data) else "X"
    X = f"_matrix(columns, _COLUMNS, {moment.net.n[0]})" if is_table(data) else "X"
    run = f"    with torch.no_grad():\n        Y_hat = model(torch.as_tensor({X}, dtype={dtype}))\n"
    if data.task == "regression":
        result = f"Y_hat[:, 0]{unit(data)}"
        return f'def predict({given}):\n    """Return a number for each row."""\n{run}    return {result}\n'
    probabilities = "torch.hstack([1 - Y_hat, Y_hat])" if data.task == "binary" else "Y_hat"
    likeliest = "P[:, 1] >= 0.5" if data.task == "binary" else "P.argmax(dim=1)"
    return (
        f'def predict_proba({given}):\n    """Return the probability of each of CLASSES for each row."""\n'
        f"{run}    return {probabilities}\n\n\n"
        f'def predict({given}):\n    """Return the likeliest class for each row."""\n'
        f"    P = predict_proba({given})\n    return [CLASSES[int(k)] for k in {likeliest}]\n"
    )
