import numpy as np
import pytest
from by_isa import DTYPES, ISAS, native

from layerwise.equations.regularizers import dropout_mask
from layerwise.equations.streams import Purpose, permutation

SEEDS = 0, 2**64 - 1, 0xFEDCBA9876543210


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("m", [1, 2, 17, 1000, 70_000])
def test_permutation_is_that_of_the_streams(m, seed, isa):
    order = np.empty(m, np.uint32)
    native.testing.shuffle(seed, 5, 3, order, isa)
    np.testing.assert_array_equal(order, permutation(m, seed, Purpose.SHUFFLE, 5, 3))


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.999, 1 - 2.0**-40, 1.0])
@pytest.mark.parametrize(("units", "stride"), [(1, 16), (37, 48), (3000, 3008)])
def test_dropout_rows_are_those_of_the_equations(units, stride, rate, dtype, isa):
    mask = np.full((31, stride), 9, dtype)
    native.testing.dropout_mask(SEEDS[2], 2, 7, rate, 11, units, mask, isa)
    np.testing.assert_array_equal(mask[:, :units], dropout_mask(units, 42, rate, SEEDS[2], 2, 7, dtype)[:, 11:].T)
    assert (mask[:, units:] == 0).all()
