"""Random numbers that depend on a seed and a purpose alone: the Philox4x32-10 counter-based streams.

A block of four 32-bit words is a function of a counter and a key (Salmon, Moraes, Dror and Shaw 2011,
doi:10.1145/2063384.2063405). Here

===========  =====================================================================
key          (seed mod 2³², seed div 2³²)
counter[0]   the number of the block, so word k of a stream is word k mod 4 of block k div 4
counter[1:3] two indices: the layer, or the epoch, or (layer, step)
counter[3]   the purpose
===========  =====================================================================

No word depends on the ones before it, on NumPy's generators or on the order of work. What is made of the
words (uniform, normal, permutation) uses exactly rounded operations only: + − × ÷ √ and integers.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

import numpy as np

from layerwise.network import Array

__all__ = ["Purpose", "normal", "permutation", "philox4x32", "uniform", "uniforms", "words"]


class Purpose(enum.IntEnum):
    """What a stream is for; the numbers are part of the definition and never change."""

    INITIALIZE = 1
    SHUFFLE = 2
    DROPOUT = 3
    SPLIT = 4
    EMBED = 5
    MEMBER = 6
    IMPORTANCE = 7
    BLOCKS = 8
    SAMPLE = 9
    SEARCH = 10
    EXAMPLES = 11


_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL = np.uint32(0x9E3779B9), np.uint32(0xBB67AE85)
_SHIFT = np.uint64(32)


@np.errstate(over="ignore")  # the key wraps around modulo 2³² by design
def philox4x32(counter: Array, key: tuple[int, int], rounds: int = 10) -> Array:
    """Return the Philox4x32 blocks of many counters.

    Parameters
    ----------
    counter : (n, 4) uint32 array
    key : pair of 32-bit int
    rounds : int
        10 is the variant that passes every statistical test with a margin.

    Returns
    -------
    (n, 4) uint32 array

    Examples
    --------
    >>> [f"{word:08x}" for word in philox4x32(np.zeros((1, 4), np.uint32), (0, 0))[0]]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = np.ascontiguousarray(np.asarray(counter, np.uint32).T)
    k0, k1 = np.uint32(key[0]), np.uint32(key[1])
    for _ in range(rounds):
        p0, p1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            (p1 >> _SHIFT).astype(np.uint32) ^ c1 ^ k0,
            p1.astype(np.uint32),
            (p0 >> _SHIFT).astype(np.uint32) ^ c3 ^ k1,
            p0.astype(np.uint32),
        )
        k0, k1 = k0 + _WEYL[0], k1 + _WEYL[1]
    return np.stack([c0, c1, c2, c3], axis=1)


def words(n: int, seed: int, purpose: Purpose, index: int = 0, second: int = 0) -> Array:
    """Return the first `n` words (uint32) of the stream of a seed, a purpose and two indices."""
    return philox4x32(_counters(n, purpose, index, second), _key(seed)).reshape(-1)[:n]


def _counters(n: int, purpose: Purpose, index: int, second: int) -> Array:
    counter = np.empty((-(-n // 4), 4), np.uint32)
    counter[:, 0] = np.arange(len(counter), dtype=np.uint32)
    counter[:, 1:] = index, second, purpose
    return counter


def _key(seed: int) -> tuple[int, int]:
    return seed & 0xFFFFFFFF, seed >> 32


def uniform(n: int, seed: int, purpose: Purpose, index: int = 0, second: int = 0) -> Array:
    """Return `n` float64 in the open interval (0, 1): (k + ½) 2⁻⁵² with k of 52 bits, from two words each."""
    return _uniform_of(words(2 * n, seed, purpose, index, second))


def uniforms(counts: Sequence[tuple[int, int, int]], seed: int, purpose: Purpose) -> list[Array]:
    """Return ``uniform(n, seed, purpose, index, second)`` for each (n, index, second), drawn in one go.

    >>> [drawn.tolist() == uniform(2, 7, Purpose.INITIALIZE, l).tolist()
    ...  for l, drawn in enumerate(uniforms([(2, 0, 0), (2, 1, 0)], 7, Purpose.INITIALIZE))]
    [True, True]
    """
    counters = [_counters(2 * n, purpose, index, second) for n, index, second in counts]
    drawn = _uniform_of(philox4x32(np.concatenate(counters), _key(seed)).reshape(-1))
    starts = np.cumsum([0, *(2 * len(counter) for counter in counters)])
    return [drawn[start : start + n] for start, (n, _, _) in zip(starts, counts, strict=False)]


def _uniform_of(words: Array) -> Array:
    pairs = words.reshape(-1, 2).astype(np.uint64)
    k = (pairs[:, 0] << np.uint64(20)) | (pairs[:, 1] >> np.uint64(12))
    return np.asarray((k.astype(np.float64) + 0.5) * 2.0**-52)


def normal(n: int, seed: int, purpose: Purpose, index: int = 0, second: int = 0) -> Array:
    """Return `n` standard normal float64: the inverse distribution function of `uniform`, one word pair each."""
    return _normal_quantile(uniform(n, seed, purpose, index, second))


def permutation(m: int, seed: int, purpose: Purpose, index: int = 0, second: int = 0) -> Array:
    """Return a random order of 0..m-1 (int64): the indices sorted by their words, ties by index."""
    keys = (words(m, seed, purpose, index, second).astype(np.uint64) << _SHIFT) | np.arange(m, dtype=np.uint64)
    keys.sort()
    return np.asarray((keys & np.uint64(0xFFFFFFFF)).astype(np.int64))


_BLOCK = 4096

# Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution", doi:10.2307/2347330,
# routine PPND16: three ratios of polynomials of degree 7, relative accuracy 1e-16. Lowest power first.
_CENTRE = (
    (3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
     45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727),
    (1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
     21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610),
)  # fmt: skip
_MIDDLE = (
    (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
     1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
     0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_TAIL = (
    (6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
     0.0265321895265761230930, 0.00124266094738807843860, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip


def _normal_quantile(p: Array) -> Array:
    blocks = np.array_split(p, range(_BLOCK, len(p), _BLOCK))  # whose temporaries stay in the cache
    return np.concatenate([_quantile_of_block(block) for block in blocks])


def _quantile_of_block(p: Array) -> Array:
    q = p - 0.5
    value = q * _ratio(0.180625 - q * q, _CENTRE)
    (outer,) = np.nonzero(np.abs(q) > 0.425)
    r = np.sqrt(-_log(np.minimum(p[outer], 1 - p[outer])))
    beyond = np.where(r <= 5, _ratio(r - 1.6, _MIDDLE), _ratio(r - 5, _TAIL))
    value[outer] = np.where(q[outer] < 0, -beyond, beyond)
    return np.asarray(value)


def _ratio(r: Array, polynomials: tuple[tuple[float, ...], tuple[float, ...]]) -> Array:
    numerator, denominator = (_polynomial(r, coefficients) for coefficients in polynomials)
    return np.asarray(numerator / denominator)


def _polynomial(x: Array, coefficients: tuple[float, ...]) -> Array:
    value = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = value * x + coefficient
    return value


def _log(x: Array) -> Array:
    # Not np.log, whose last bit differs from machine to machine: x = 2ᵉ f with f in [√½, √2), and
    # log f = 2 artanh(s) = 2 s (1 + s²/3 + s⁴/5 + ...), s = (f − 1) / (f + 1); |s| < 0.172, 12 terms for 1e-17.
    f, e = np.frexp(x)
    low = f < 0.7071067811865476
    f, e = np.where(low, 2 * f, f), np.where(low, e - 1, e)
    s = (f - 1) / (f + 1)
    series = _polynomial(s * s, tuple(1 / (2 * k + 1) for k in range(12)))
    return np.asarray(e * 0.6931471805599453 + 2 * s * series)
