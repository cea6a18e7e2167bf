"""The network as PyTorch code with its weights."""

from __future__ import annotations

from layerwise.lab.exports import code
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
        f"W{l} = {code.array(theta.W[l], f'torch.tensor({{}}, dtype={dtype})')}\n"
        f"b{l} = {code.vector(theta.b[l], f'torch.tensor({{}}, dtype={dtype})')}\n"
        for l in range(1, net.L + 1)
    ]
    copies = [
        f"    model[{2 * l - 2}].weight.copy_(W{l})\n    model[{2 * l - 2}].bias.copy_(b{l})\n"
        for l in range(1, net.L + 1)
    ]
    numpy = "import numpy as np\n" if code.is_table(data) else ""
    parts = [
        f"{code.title(moment, 'PyTorch')}{code.imports_for_columns(data)}{numpy}import torch\nfrom torch import nn\n",
        "\n".join([*weights, code.classes_line(data)]),
        "model = nn.Sequential(\n"
        + "".join(layers)
        + ")\n\nwith torch.no_grad():\n"
        + "".join(copies)
        + "\nmodel.eval()\n",
        _predict(moment, dtype),
    ]
    return code.joined(moment, parts)


def _module(g: Choice) -> str:
    return _MODULES[g.name].format(*(repr(value) for _, value in g.settings))


def _predict(moment: Moment, dtype: str) -> str:
    data = moment.data
    run = [
        "with torch.no_grad():",
        f"    Y_hat = model(torch.as_tensor({code.matrix_of_argument(moment)}, dtype={dtype}))",
    ]
    probabilities = "torch.hstack([1 - Y_hat, Y_hat])" if data.task == "binary" else "Y_hat"
    likeliest = "P[:, 1] >= 0.5" if data.task == "binary" else "P.argmax(dim=1)"
    return code.predict_code(
        data,
        number=[*run, f"return Y_hat[:, 0]{code.unit(data)}"],
        probabilities=[*run, f"return {probabilities}"],
        likeliest=[f"P = predict_proba({code.argument(data)})", f"return [CLASSES[int(k)] for k in {likeliest}]"],
    )
