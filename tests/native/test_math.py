"""Elementary functions of the kernels, by way of the activations that are made of them, against wider types."""

import mpmath
import numpy as np
import pytest
from by_isa import DTYPES, FUSED, ISAS, activation, ulps
from scipy import special

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1e-310, -1e-310, 88.72, 88.73, -87.4, -103.9, -104.1]
EDGES = [709.78, 709.79, -708.4, -745.1, -745.2, 3.4e38, -3.4e38]


def sigmoid(z):
    return np.where(z < 0, np.exp(np.minimum(z, 0)), 1) / (1 + np.exp(-np.abs(z)))


def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


# name, which of (g, g') to take, the function, and the bound in units of the last place
FUNCTIONS = (
    ("exp", 0, np.exp, 1.5),
    ("sigmoid", 0, sigmoid, 3),
    ("tanh", 0, np.tanh, 3),
    ("softplus", 0, softplus, 2.5),
    ("softplus", 1, sigmoid, 3),
    ("elu", 0, lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))), 1.5),
    ("elu", 1, lambda z: np.exp(np.minimum(z, 0)), 1.5),
)


def floats(stride: int):
    """Return every stride-th float32 there is."""
    return np.arange(0, 2**32, stride, dtype=np.uint64).astype(np.uint32).view(np.float32)


def doubles(n: int):
    rng = np.random.default_rng(0)
    return np.concatenate([
        SPECIAL, EDGES, rng.integers(0, 2**64, n, dtype=np.uint64).view(np.float64), rng.uniform(-750, 750, n),
        rng.normal(size=n), rng.choice([-1, 1], n) * np.exp(rng.uniform(-40, 5, n)),
    ])  # fmt: skip


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize(("name", "part", "function", "bound"), FUNCTIONS, ids=lambda part: str(part)[:12])
@np.errstate(all="ignore")
def test_float32_is_within_its_bound(name, part, function, bound, isa):
    z = np.concatenate([np.array(SPECIAL + EDGES, np.float32), floats(20011)])
    assert ulps(activation(name, z, isa)[part], function(z.astype(np.float64))) < bound


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="needs a type wider than float64")
@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize(("name", "part", "function", "bound"), FUNCTIONS, ids=lambda part: str(part)[:12])
@np.errstate(all="ignore")
def test_float64_is_within_its_bound(name, part, function, bound, isa):
    z = doubles(50_000)
    assert ulps(activation(name, z, isa)[part], function(z.astype(np.longdouble))) < bound


# Without fused multiply-add, e^(-z²/2) has the relative error of a rounded z².
@pytest.mark.parametrize("isa", ISAS)
@np.errstate(all="ignore")
def test_gelu_keeps_its_left_tail(isa):
    z = np.linspace(-12.5 if isa in FUSED else -3, 10, 200_001, dtype=np.float32)
    assert ulps(activation("gelu", z, isa)[0], z * special.ndtr(z.astype(np.float64))) < 10
    z = np.linspace(-37 if isa in FUSED else -3, 9, 1001)
    with mpmath.workdps(40):
        exact = np.array([np.longdouble(mpmath.nstr(x * mpmath.ncdf(x), 25)) for x in map(mpmath.mpf, z)])
    assert ulps(activation("gelu", z, isa)[0], exact) < 10


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["exp", "sigmoid", "tanh", "softplus", "elu", "gelu", "silu", "mish", "selu"])
@np.errstate(all="ignore")
def test_registers_of_any_width_give_the_same_bits(name, dtype):
    z = floats(200_003) if dtype == np.float32 else doubles(5000)
    first, *others = [activation(name, z, isa) for isa in FUSED]
    for other in others:
        for x, y in zip(first, other, strict=True):
            np.testing.assert_array_equal(x, y)
