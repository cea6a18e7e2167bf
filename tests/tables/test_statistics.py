import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.tables._cells import number_text, parse_number
from layerwise.tables._statistics import mean_and_std, median, robust_scale

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.integers(-(10**9), 10**9).map(lambda n: n / 1000), min_size=1, max_size=20))
def test_statistics_are_those_of_numpy(values):
    values = np.array(values)
    mean, std = mean_and_std(values)
    size = np.abs(values).max() + 1e-300
    assert mean == pytest.approx(values.mean(), abs=1e-14 * size)
    assert std == pytest.approx(values.std(), abs=1e-14 * size)
    assert median(values) == pytest.approx(np.median(values), abs=1e-300)
    low, high = np.quantile(values, [0.25, 0.75])
    expected = high - low or np.ptp(values) / 2
    assert robust_scale(values) == pytest.approx(expected, abs=1e-14 * size)


def test_statistics_of_huge_numbers():
    values = np.array([1.7e308, -1.7e308])
    assert mean_and_std(values) == (0.0, 1.7e308)
    assert median(values[:1].repeat(2)) == 1.7e308
    assert robust_scale(values) == 1.7e308
    assert robust_scale(np.array([1.7e308, -1.7e308] * 2)) == np.finfo(float).max  # 3.4e308, as far as it goes


def test_a_spread_that_is_rounding_is_none():
    assert robust_scale(np.array([0.1 + 0.2, 0.3])) == 0


@given(finite)
def test_number_text_reads_back(value):
    assert parse_number(number_text(value)) == value


@pytest.mark.parametrize("text", ["1_000", "0x1", "", "1,5", "١", "e5", "."])
def test_what_parse_number_refuses(text):
    assert parse_number(text) is None
