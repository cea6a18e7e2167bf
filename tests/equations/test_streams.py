import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from layerwise.equations import streams
from layerwise.equations.streams import Purpose, _log, _normal_quantile, normal, permutation, philox4x32, uniform, words
from oracles import laws

seeds = st.integers(0, 2**64 - 1)
indices = st.integers(0, 2**32 - 1)


# From the file kat_vectors of the Random123 distribution: rounds, counter, key, block.
@pytest.mark.parametrize(
    "line",
    [
        "7  00000000 00000000 00000000 00000000 00000000 00000000   5f6fb709 0d893f64 4f121f81 4f730a48",
        "7  ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff   5207ddc2 45165e59 4d8ee751 8c52f662",
        "7  243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0   4dfccaba 190a87f0 c47362ba b6b5242a",
        "10 00000000 00000000 00000000 00000000 00000000 00000000   6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        "10 ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff   408f276d 41c83b0e a20bc7c6 6d5451fd",
        "10 243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0   d16cfe09 94fdcceb 5001e420 24126ea1",
    ],
)
def test_published_vectors(line):
    rounds, *words_in_hex = line.split()
    numbers = [int(word, 16) for word in words_in_hex]
    with np.errstate(all="raise"):
        block = philox4x32(np.array([numbers[:4]], np.uint32), (numbers[4], numbers[5]), int(rounds))
    assert block.dtype == np.uint32
    assert block.tolist() == [numbers[6:]]


def philox_in_plain_integers(counter, key):
    for _ in range(10):
        a, b = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = ((b >> 32) ^ counter[1] ^ key[0], b % 2**32, (a >> 32) ^ counter[3] ^ key[1], a % 2**32)
        key = ((key[0] + 0x9E3779B9) % 2**32, (key[1] + 0xBB67AE85) % 2**32)
    return counter


@laws
@given(seeds, st.sampled_from(Purpose), indices, indices, st.integers(0, 25))
def test_words_are_laid_out_as_the_file_says(seed, purpose, index, second, n):
    expected = [
        w for k in range(7) for w in philox_in_plain_integers((k, index, second, purpose), (seed % 2**32, seed >> 32))
    ]
    assert words(n, seed, purpose, index, second).tolist() == expected[:n]


def test_the_numbers_of_the_purposes_never_change():
    named = [
        "INITIALIZE",
        "SHUFFLE",
        "DROPOUT",
        "SPLIT",
        "EMBED",
        "MEMBER",
        "IMPORTANCE",
        "BLOCKS",
        "SAMPLE",
        "SEARCH",
        "EXAMPLES",
    ]
    assert {p.name: int(p) for p in Purpose} == {name: number for number, name in enumerate(named, start=1)}


@laws
@given(st.sampled_from([words, uniform, normal]), seeds, st.integers(0, 40), st.integers(0, 40))
def test_how_many_are_drawn_changes_none_of_them(draw, seed, few, more):
    np.testing.assert_array_equal(draw(few, seed, Purpose.SPLIT, 3), draw(few + more, seed, Purpose.SPLIT, 3)[:few])


@pytest.mark.parametrize("draw", [words, uniform, normal])
def test_every_part_of_the_key_makes_another_stream(draw):
    keys = [(0, Purpose.SPLIT, 0, 0), (1, Purpose.SPLIT, 0, 0), (2**32, Purpose.SPLIT, 0, 0),
            (0, Purpose.SHUFFLE, 0, 0),            (0, Purpose.SPLIT, 1, 0), (0, Purpose.SPLIT, 0, 1)]  # fmt: skip
    streams = [tuple(draw(8, seed, *rest)) for seed, *rest in keys]
    assert len(set(streams)) == len(keys)
    values = np.array([draw(2000, seed, *rest) for seed, *rest in keys], float)
    correlation = np.corrcoef(values) - np.eye(len(keys))
    assert abs(correlation).max() < 5 / np.sqrt(2000)


class TestUniform:
    u = uniform(100_000, 3, Purpose.SPLIT)

    def test_it_is_52_bits_and_a_half(self):
        k = self.u * 2**52 - 0.5
        np.testing.assert_array_equal(k, np.floor(k))
        w = words(2, 3, Purpose.SPLIT).astype(object)
        assert self.u[0] == float(mpmath.mpf(2 * (w[0] * 2**20 + w[1] // 2**12) + 1) / 2**53)

    def test_it_never_reaches_an_end(self, monkeypatch):
        for word, end in ((0, 2.0**-53), (2**32 - 1, 1 - 2.0**-53)):
            monkeypatch.setattr(streams, "words", lambda n, *key, word=word: np.full(n, word, np.uint32))
            np.testing.assert_array_equal(uniform(2, 0, Purpose.SPLIT), [end, end])
            assert np.isfinite(normal(2, 0, Purpose.SPLIT)).all()

    def test_it_is_uniform(self):
        assert stats.kstest(self.u, "uniform").pvalue > 0.01
        assert stats.kstest(self.u[::2] + self.u[1::2], stats.triang(0.5, 0, 2).cdf).pvalue > 0.01


class TestNormal:
    def test_it_is_normal(self):
        z = normal(100_000, 4, Purpose.SPLIT)
        assert stats.kstest(z, "norm").pvalue > 0.01
        assert abs(z.mean()) < 4 / np.sqrt(len(z))
        assert abs(z.var() - 1) < 4 * np.sqrt(2 / len(z))
        assert abs(stats.kurtosis(z)) < 4 * np.sqrt(24 / len(z))
        assert abs(np.corrcoef(z[:-1], z[1:])[0, 1]) < 4 / np.sqrt(len(z))

    def test_it_is_the_quantile_of_the_uniform(self):
        u, z = uniform(20_000, 5, Purpose.SPLIT), normal(20_000, 5, Purpose.SPLIT)
        np.testing.assert_allclose(z, stats.norm.ppf(u), rtol=1e-12, atol=1e-15)

    def test_the_quantile_to_the_last_bit_or_two(self):
        p = np.concatenate([2.0 ** -np.arange(1, 54), [0.07, 0.075, 0.0749999, 0.0750001, 1e-11, 1.4e-11, 0.3, 0.49]])
        with mpmath.workdps(40):
            exact = [float(mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(float(x)) - 1)) for x in p]
        np.testing.assert_allclose(_normal_quantile(p), exact, rtol=1e-15, atol=1e-17)
        np.testing.assert_array_equal(_normal_quantile(1 - p[:50]), -_normal_quantile(1 - (1 - p[:50])))


def test_logarithm_to_the_last_bit_or_two():
    rng = np.random.default_rng(0)
    x = np.concatenate(
        [rng.uniform(0, 1, 500), 2.0 ** -rng.uniform(0, 53, 500), [0.5, 0.70710678, 0.7071068, 1 - 2**-53]]
    )
    exact = np.array([float(mpmath.log(mpmath.mpf(float(v)))) for v in x])
    np.testing.assert_allclose(_log(x), exact, rtol=5e-16)


class TestPermutation:
    @laws
    @given(st.integers(0, 200), seeds, indices)
    def test_it_has_every_index_once(self, m, seed, epoch):
        order = permutation(m, seed, Purpose.SHUFFLE, epoch)
        assert order.dtype == np.int64
        assert sorted(order) == list(range(m))

    def test_it_sorts_the_words_stably(self):
        w = words(1000, 9, Purpose.SHUFFLE, 4)
        np.testing.assert_array_equal(permutation(1000, 9, Purpose.SHUFFLE, 4), np.argsort(w, kind="stable"))

    def test_ties_go_by_index(self, monkeypatch):
        monkeypatch.setattr(streams, "words", lambda n, *key: np.zeros(n, np.uint32))
        np.testing.assert_array_equal(permutation(10, 0, Purpose.SHUFFLE), np.arange(10))

    def test_it_differs_by_epoch_and_seed(self):
        orders = {tuple(permutation(50, seed, Purpose.SHUFFLE, epoch)) for seed in range(5) for epoch in range(5)}
        assert len(orders) == 25

    def test_all_orders_are_equally_frequent(self):
        counts = {}
        for epoch in range(2400):
            order = tuple(permutation(4, 0, Purpose.SHUFFLE, epoch))
            counts[order] = counts.get(order, 0) + 1
        assert len(counts) == 24
        assert stats.chisquare(list(counts.values())).pvalue > 0.01
