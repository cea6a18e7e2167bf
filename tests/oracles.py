"""Independent code that the package is held against: formulas, einsum and finite differences.

Nothing here uses `layerwise.equations`: a mistake there cannot be repeated here.
"""

import itertools

import mpmath
import numpy as np
from hypothesis import settings

laws = settings(max_examples=30, deadline=None, derandomize=True)
"""For tests by Hypothesis: few examples, the same ones every time."""


def derivative(f, x, h=2e-3):
    """df/dx for every entry of x, by central differences of order 8; f gives a number."""
    x = np.array(x, np.float64)
    result = np.empty_like(x)
    for index in np.ndindex(x.shape):

        def moved(steps, index=index):
            y = x.copy()
            y[index] += steps * h
            return f(y)

        coefficients = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
        result[index] = sum(c * (moved(k) - moved(-k)) for k, c in coefficients) / h
    return result


EXACT = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": lambda z: (mpmath.exp(2 * z) - 1) / (mpmath.exp(2 * z) + 1),
    "relu": lambda z: max(z, mpmath.mpf(0)),
    "leaky_relu": lambda z, slope=0.01: z if z > 0 else slope * z,
    "elu": lambda z, alpha=1.0: z if z > 0 else alpha * (mpmath.exp(z) - 1),
    "selu": lambda z: _selu(z),
    "gelu": lambda z: z * mpmath.erfc(-z / mpmath.sqrt(2)) / 2,
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "mish": lambda z: z * mpmath.tanh(mpmath.log(1 + mpmath.exp(z))),
    "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)),
    "exp": lambda z: mpmath.exp(z),
}
"""The activations that work on single numbers, in as many digits as mpmath is told."""


def _selu(z):
    # The two constants from their definition, in closed form (Klambauer et al. 2017, equation 14).
    half = mpmath.mpf(1) / 2
    root, e, pi = mpmath.sqrt, mpmath.e, mpmath.pi
    erfc_1, erfc_2 = mpmath.erfc(1 / root(2)), mpmath.erfc(root(2))
    alpha = -root(2 / pi) / (erfc_1 * mpmath.exp(half) - 1)
    scale = (
        (1 - erfc_1 * root(e))
        * root(2 * pi)
        / root(2 * erfc_2 * e**2 + pi * erfc_1**2 * e - 2 * (2 + pi) * erfc_1 * root(e) + pi + 2)
    )
    return scale * z if z > 0 else scale * alpha * (mpmath.exp(z) - 1)


PLAIN = {
    "identity": (lambda z: z, lambda z: np.ones_like(z)),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": (lambda z: z * (z > 0), lambda z: 1.0 * (z > 0)),
}
"""g and g' for moderate z, as on the page."""


def propagate(W, b, g, X, masks=None):
    """Z[1..L] and A[0..L] in lists by layer number; W and b are lists with a None in front."""
    Z, A = [None], [np.asarray(X, float)]
    for l in range(1, len(W)):
        z = np.einsum("jk,ki->ji", W[l], A[-1]) + np.einsum("j,i->ji", b[l][:, 0], np.ones(A[-1].shape[1]))
        a = np.exp(z) / np.einsum("ji->i", np.exp(z)) if g[l - 1] == "softmax" else PLAIN[g[l - 1]][0](z)
        Z.append(z)
        A.append(a * masks[l] if masks and l in masks else a)
    return Z, A


LOSS_VALUES = {
    "binary_cross_entropy": lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)),
    "categorical_cross_entropy": lambda a, y: -y * np.log(a),
    "squared_error": lambda a, y: (a - y) ** 2 / 2,
    "absolute_error": lambda a, y: abs(a - y),
    "poisson": lambda a, y: a - y * np.log(a),
}
LOSS_DERIVATIVES = {
    "binary_cross_entropy": lambda a, y: (1 - y) / (1 - a) - y / a,
    "categorical_cross_entropy": lambda a, y: -y / a,
    "squared_error": lambda a, y: a - y,
    "absolute_error": lambda a, y: np.where(a > y, 1.0, -1.0),
}


def mean_loss(loss, W, A_L, Y, l2=0.0, w=None):
    """J, from the output and the labels."""
    w = np.ones(Y.shape[1]) if w is None else np.asarray(w, float)
    per_example = np.einsum("ji->i", LOSS_VALUES[loss](A_L, Y))
    penalty = sum(np.einsum("jk,jk->", Wl, Wl) for Wl in W[1:])
    return (per_example @ w + l2 / 2 * penalty) / w.sum()


def gradients(loss, W, b, g, X, Y, l2=0.0, w=None, masks=None):
    """dZ, dA, dW, db in lists by layer number, with whole Jacobians for every example."""
    w = np.ones(Y.shape[1]) if w is None else np.asarray(w, float)
    m, L = w.sum(), len(W) - 1
    Z, A = propagate(W, b, g, X, masks)
    dZ, dA, dW, db = ([None] * (L + 1) for _ in range(4))
    dA[L] = LOSS_DERIVATIVES[loss](A[L], Y) * w
    for l in range(L, 0, -1):
        eye = np.eye(len(Z[l]))
        if g[l - 1] == "softmax":
            jacobian = np.einsum("ji,jk->ijk", A[l], eye) - np.einsum("ji,ki->ijk", A[l], A[l])
        else:
            jacobian = np.einsum("ji,jk->ijk", PLAIN[g[l - 1]][1](Z[l]), eye)
        masked = dA[l] * masks[l] if masks and l in masks else dA[l]
        dZ[l] = np.einsum("ijk,ji->ki", jacobian, masked)
        dW[l] = np.einsum("ji,ki->jk", dZ[l], A[l - 1]) / m + l2 / m * W[l]
        db[l] = np.einsum("ji->j", dZ[l])[:, None] / m
        dA[l - 1] = np.einsum("jk,ji->ki", W[l], dZ[l])
    return dZ, dA, dW, db


def random_parameters(sizes, rng, spread=1.0):
    """Lists W and b with a None in front, normal numbers."""
    pairs = list(itertools.pairwise(sizes))
    return (
        [None, *(spread * rng.normal(size=(n, before)) for before, n in pairs)],
        [None, *(spread * rng.normal(size=(n, 1)) for _, n in pairs)],
    )


def labels_for(kind, shape, rng):
    """Labels of a kind that a loss may ask for."""
    if kind == "probabilities":
        return rng.uniform(0.05, 0.95, shape)
    if kind == "distributions":
        return rng.dirichlet(np.ones(shape[0]), shape[1]).T
    if kind == "non-negative":
        return rng.poisson(2.0, shape).astype(float)
    return rng.normal(size=shape)
