import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerwise as lw
from layerwise.equations.streams import Purpose, permutation
from layerwise.errors import ParameterError

SIZES = st.tuples(st.integers(1, 60), st.integers(1, 20), st.integers(0, 60)).map(
    lambda s: (s[0], lw.BlockShuffle(s[1], s[1] + s[2]))
)


@given(SIZES, st.integers(0, 2**64 - 1), st.integers(0, 5))
def test_every_example_once(sizes, seed, epoch):
    m, shuffle = sizes
    assert sorted(shuffle.order(m, seed, epoch).tolist()) == list(range(m))


@given(SIZES, st.integers(0, 9))
def test_a_buffer_is_filled_with_whole_blocks(sizes, seed):
    m, shuffle = sizes
    at_once = shuffle.buffer // shuffle.block if shuffle.buffer < m else m
    blocks_of_buffers = [sorted(set((part // shuffle.block).tolist())) for part in shuffle.buffers(m, seed, 1)]
    drawn = permutation(-(-m // shuffle.block), seed, Purpose.BLOCKS, 1).tolist()
    assert blocks_of_buffers == [sorted(drawn[i : i + at_once]) for i in range(0, len(drawn), at_once)]
    for blocks, part in zip(blocks_of_buffers, shuffle.buffers(m, seed, 1), strict=True):
        examples = [i for b in blocks for i in range(b * shuffle.block, min((b + 1) * shuffle.block, m))]
        assert sorted(part.tolist()) == examples


@given(st.integers(1, 100), st.integers(1, 120), st.integers(0, 9), st.integers(0, 3))
def test_a_buffer_for_all_is_the_shuffle_of_all(m, block, seed, epoch):
    order = lw.BlockShuffle(block, max(block, m)).order(m, seed, epoch)
    np.testing.assert_array_equal(order, permutation(m, seed, Purpose.SHUFFLE, epoch))


def test_epochs_and_buffers_have_orders_of_their_own():
    shuffle = lw.BlockShuffle(50, 50)
    first, second = (list(shuffle.buffers(100, 7, epoch)) for epoch in (0, 1))
    orders = {tuple(part - part.min()) for part in (*first, *second)}
    assert len(orders) == 4


@pytest.mark.parametrize(
    ("block", "buffer", "said"),
    [
        (0, 5, r"The 'block' parameter of BlockShuffle must be an int in the range \[1, 1099511627776\]\. Got 0"),
        (2.5, 5, r"The 'block' parameter of BlockShuffle must be an int .* Got 2\.5"),
        (5, 4, r"The 'buffer' parameter of BlockShuffle must be at least its block, 5\. Got 4\."),
        (2**70, 2**71, r"The 'block' parameter of BlockShuffle must be an int"),
        (5, True, r"The 'buffer' parameter of BlockShuffle must be an int"),
    ],
)
def test_sizes_are_counts(block, buffer, said):
    with pytest.raises(ParameterError, match=said):
        lw.BlockShuffle(block, buffer)
