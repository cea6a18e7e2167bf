"""The kernels of each instruction set, called with arrays and names."""

import numpy as np
import pytest

from layerwise.vocabulary import ACTIVATIONS, LOSSES, Choice, choose

native = pytest.importorskip("layerwise.engines._native", reason="needs the native core")

ISAS = native.isas()
FUSED = [isa for isa in ISAS if isa != "v2"]  # have fused multiply-add
DTYPES = (np.float32, np.float64)


def activation(spelling: str, z, isa: str):
    """Return g(z) and g'(z)."""
    choice = choose("activation", spelling, ACTIVATIONS)
    a, derivative = np.empty_like(z), np.empty_like(z)
    native.testing.activation(list(ACTIVATIONS).index(choice.name), setting(choice), z, a, derivative, isa)
    return a, derivative


def output_layer(output: Choice, loss: Choice, Z, Y, w, isa: str):
    """Return A, the weighted loss of each example, and dZ."""
    A, losses, dZ = np.empty_like(Z), np.empty_like(w), np.empty_like(Z)
    kinds = list(ACTIVATIONS).index(output.name), list(LOSSES).index(loss.name)
    native.testing.output_layer(kinds[0], setting(output), kinds[1], setting(loss), Z, Y, w, A, losses, dZ, isa)
    return A, losses, dZ


def setting(choice: Choice) -> float:
    return choice.settings[0][1] if choice.settings else 0.0


def ulps(got, exact):
    """Return the largest distance from `exact`, of a wider type, in units of the last place of `got`."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        rounded = exact.astype(got.dtype)
        ulp = np.spacing(np.abs(np.where(np.isfinite(rounded), rounded, 1))).astype(exact.dtype)
        distance = np.abs(got - exact) / ulp
    return np.where(np.isfinite(got) & np.isfinite(rounded), distance, np.where(same(got, rounded), 0, np.inf)).max()


def same(x, y):
    return (x == y) | (np.isnan(x) & np.isnan(y))
