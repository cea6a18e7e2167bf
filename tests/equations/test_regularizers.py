import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerwise as lw
from layerwise.equations import Gradients, backward, forward
from layerwise.equations.regularizers import clip_by_global_norm, dropout_mask, dropout_masks
from layerwise.equations.streams import Purpose, words
from oracles import laws


class TestDropout:
    @pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
    def test_the_mean_stays(self, rate):
        mask = dropout_mask(200, 500, rate, seed=3, l=1, step=0)
        n = mask.size
        assert set(np.unique(mask)) == {0.0, 1 / (1 - rate)}
        assert abs((mask == 0).mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / n)
        assert abs(mask.mean() - 1) < 4 * np.sqrt(rate / (1 - rate) / n)

    def test_units_and_examples_are_dropped_independently(self):
        mask = dropout_mask(50, 2000, 0.5, seed=3, l=1, step=0) - 1
        correlation = mask @ mask.T / 2000 - np.eye(50)
        assert abs(correlation).max() < 5 / np.sqrt(2000)

    def test_the_rate_zero_keeps_everything_and_one_nothing(self):
        np.testing.assert_array_equal(dropout_mask(3, 4, 0.0, 0, 1, 0), np.ones((3, 4)))
        np.testing.assert_array_equal(dropout_mask(3, 4, 1.0, 0, 1, 0), np.zeros((3, 4)))

    def test_the_word_of_a_unit_and_an_example(self):
        w = words(12, 5, Purpose.DROPOUT, 2, 7)
        mask = dropout_mask(3, 4, 0.25, seed=5, l=2, step=7)
        for j in range(3):
            for i in range(4):
                assert mask[j, i] == (4 / 3 if w[3 * i + j] >= 2**30 else 0)

    def test_an_example_keeps_its_mask_in_a_larger_batch(self):
        np.testing.assert_array_equal(dropout_mask(3, 9, 0.5, 1, 1, 0)[:, :4], dropout_mask(3, 4, 0.5, 1, 1, 0))

    def test_layers_steps_and_seeds_differ(self):
        masks = {dropout_mask(4, 16, 0.5, *key).tobytes() for key in ((0, 1, 0), (1, 1, 0), (0, 2, 0), (0, 1, 1))}
        assert len(masks) == 4

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_floating_type(self, dtype):
        assert dropout_mask(2, 2, 0.3, 0, 1, 0, dtype).dtype == dtype

    def test_masks_of_the_layers_with_a_rate(self):
        net = lw.Network((2, 3, 4, 5, 1), ("relu", "relu", "relu", "sigmoid"))
        masks = dropout_masks(net, (0.5, 0.0, 0.25), m=6, seed=1, step=9, dtype=np.float32)
        assert {l: mask.shape for l, mask in masks.items()} == {1: (3, 6), 3: (5, 6)}
        np.testing.assert_array_equal(masks[3], dropout_mask(5, 6, 0.25, 1, 3, 9, np.float32))

    def test_everything_dropped_is_zero_with_zero_gradient(self):
        net = lw.Network((2, 3, 1), ("relu", "sigmoid"))
        theta = lw.initialize(net, seed=1)
        X, Y = np.ones((2, 4)), np.ones((1, 4))
        run = forward(net, theta, X, dropout_masks(net, (1.0,), 4, 0, 0))
        assert not run.A[1].any()
        grad = backward(net, theta, run, Y)
        assert not grad.dW[1].any()
        assert not grad.db[1].any()
        assert not grad.dW[2].any()
        assert grad.db[2].all()


class TestClipping:
    @laws
    @given(st.lists(st.floats(-1e100, 1e100), min_size=2, max_size=2), st.floats(1e-3, 1e3))
    def test_the_joint_norm_is_at_most_the_limit(self, pair, limit):
        grad = Gradients([[[pair[0]]]], [[[pair[1]]]])
        clipped = clip_by_global_norm(grad, limit)
        norm = np.hypot(*pair)
        assert np.hypot(*clipped.vector) <= limit * (1 + 1e-12)
        np.testing.assert_allclose(clipped.vector, np.array(pair) * min(1, limit / norm if norm else 1), rtol=1e-12)

    def test_all_layers_are_scaled_together(self):
        grad = Gradients([np.full((2, 2), 3.0), np.full((1, 2), -2.0)], [np.full((2, 1), 1.0), np.full((1, 1), 4.0)])
        clipped = clip_by_global_norm(grad, 1.5)
        norm = np.sqrt(4 * 9 + 2 * 4 + 2 * 1 + 16)
        np.testing.assert_allclose(clipped.dW[2], grad.dW[2] * 1.5 / norm)
        np.testing.assert_allclose(clipped.db[1], grad.db[1] * 1.5 / norm)

    def test_squares_of_single_precision_do_not_overflow(self):
        grad = Gradients(np.full((1, 1, 1), 3e30, np.float32), np.full((1, 1, 1), 4e30, np.float32))
        with np.errstate(all="raise"):
            clipped = clip_by_global_norm(grad, 5.0)
        assert clipped.vector.dtype == np.float32
        np.testing.assert_allclose(clipped.vector, [3, 4], rtol=1e-6)

    def test_what_is_given_is_not_changed(self):
        grad = Gradients([[[3.0]]], [[[4.0]]])
        clip_by_global_norm(grad, 1.0)
        np.testing.assert_array_equal(grad.vector, [3, 4])
