"""The network as readable NumPy code with its weights: forward propagation as it stands in the course."""

from __future__ import annotations

from layerwise.lab.exports import code
from layerwise.lab.moment import Moment
from layerwise.vocabulary import Choice

__all__ = ["numpy_code"]

_FUNCTIONS = {
    "identity": "return z",
    "sigmoid": "e = np.exp(-np.abs(z))  # which never overflows\n    return np.where(z >= 0, 1, e) / (1 + e)",
    "tanh": "return np.tanh(z)",
    "relu": "return np.maximum(z, 0)",
    "leaky_relu": "return np.where(z > 0, z, {slope} * z)",
    "elu": "return np.where(z > 0, z, {alpha} * np.expm1(np.minimum(z, 0)))",
    "selu": "return 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))",
    "gelu": "return z * np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)))(z)",
    "silu": "return z / (1 + np.exp(-z))",
    "mish": "return z * np.tanh(np.logaddexp(0, z))",
    "softplus": "return np.logaddexp(0, z)",
    "exp": "return np.exp(z)",
    "softmax": "e = np.exp(z - z.max(axis=0))\n    return e / e.sum(axis=0)",
}


def numpy_code(moment: Moment) -> str:
    """Return a Python file with `predict`, which needs NumPy only."""
    net, theta, data = moment.net, moment.theta, moment.data
    dtype = f"np.{theta.dtype.name}"
    call = f"np.array({{}}, {dtype})"
    weights = [
        f"W{l} = {code.array(theta.W[l], call)}\nb{l} = {code.array(theta.b[l], call)}" for l in range(1, net.L + 1)
    ]
    layers = [
        f"    Z{l} = W{l} @ A{l - 1} + b{l}\n    A{l} = {_name(net.g[l])}(Z{l})  # {net.n[l]} units"
        for l in range(1, net.L + 1)
    ]
    functions = [_function(g) for g in dict.fromkeys(net.g[1:])]
    imports = code.imports_for_columns(data) or ("import math\n\n" if any(g.name == "gelu" for g in net.g[1:]) else "")
    parts = [
        f"{code.title(moment)}{imports}import numpy as np\n\n" + "\n".join(weights) + "\n" + code.classes_line(data),
        *functions,
        f'def forward(X):\n    """Return A[L], (n_y, m), for X, (n_x, m): columns are examples."""\n'
        f"    A0 = np.asarray(X, {dtype})\n" + "\n".join(layers) + f"\n    return A{net.L}\n",
        _predict(moment),
    ]
    return code.joined(moment, parts)


def _name(g: Choice) -> str:
    return g.name + "".join(f"_{value:g}".replace(".", "_").replace("-", "m") for _, value in g.settings)


def _function(g: Choice) -> str:
    body = _FUNCTIONS[g.name]
    for setting, value in g.settings:
        body = body.replace(f"{{{setting}}}", repr(value))
    return f"def {_name(g)}(z):\n    {body}\n"


def _predict(moment: Moment) -> str:
    data = moment.data
    rows = code.matrix_of_argument(moment) if code.is_table(data) else "np.asarray(X)"
    probabilities = "np.vstack([1 - Y_hat, Y_hat]).T" if data.task == "binary" else "Y_hat.T"
    P = f"predict_proba({code.argument(data)})"
    # of two classes the second wins a tie, as everywhere in layerwise
    likeliest = f"({P}[:, 1] >= 0.5).astype(int)" if data.task == "binary" else f"{P}.argmax(axis=1)"
    return code.predict_code(
        data,
        number=[f"return forward({rows}.T)[0]{code.unit(data)}"],
        probabilities=[f"Y_hat = forward({rows}.T)", f"return {probabilities}"],
        likeliest=[f"return [CLASSES[k] for k in {likeliest}]"],
    )
