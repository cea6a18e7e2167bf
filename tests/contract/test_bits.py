"""Same seed, same bits."""

import numpy as np
import pytest

import layerwise as lw
from contract.runs import data, start
from layerwise.equations.optimizers import OPTIMIZERS


class TestBits:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    def test_same_seed_same_bits(self, train, optimizer, dtype):
        X, Y = data()
        net = lw.Network((2, 5, 1), ("relu", "sigmoid"))
        batches = {} if optimizer == "lbfgs" else {"batch_size": 8, "dropout": 0.3}
        options = {"epochs": 4, "optimizer": optimizer, "dtype": dtype, "validation": (X, Y), **batches}
        one, same = (train(net, X, Y, seed=9, **options) for _ in range(2))
        assert one.parameters.vector.tobytes() == same.parameters.vector.tobytes()
        assert one.history == same.history
        assert one.parameters.dtype == dtype
        assert train(net, X, Y, seed=10, **options).parameters.vector.tobytes() != one.parameters.vector.tobytes()

    @pytest.mark.parametrize("integer", [int, np.int8, np.int32, np.int64, np.uint64])
    def test_any_integer_is_a_seed(self, train, integer):
        X, Y = data()
        net = lw.Network((2, 5, 1), ("relu", "sigmoid"))
        one, same = (train(net, X, Y, seed=seed, batch_size=8, dropout=0.3, epochs=2) for seed in (9, integer(9)))
        assert one.parameters.vector.tobytes() == same.parameters.vector.tobytes()

    @pytest.mark.parametrize("layout", ["C", "F", "table", "strided", "readonly", "list"])
    @pytest.mark.parametrize("batch_size", [None, 8])
    def test_the_layout_of_the_memory_changes_no_result(self, train, layout, batch_size):
        X, Y = data()
        wide = np.empty((2, 60))
        wide[:, ::2] = X
        readonly = X.copy()
        readonly.setflags(write=False)
        given = {"C": np.ascontiguousarray(X), "F": np.asfortranarray(X), "table": np.ascontiguousarray(X.T).T,
                 "strided": wide[:, ::2], "readonly": readonly, "list": X.tolist()}[layout]  # fmt: skip
        net, options = lw.Network((2, 4, 1), ("tanh", "sigmoid")), {"epochs": 5, "batch_size": batch_size, "seed": 1}
        expected = train(net, X, Y, **options).parameters.vector
        np.testing.assert_allclose(train(net, given, Y, **options).parameters.vector, expected, rtol=1e-11)

    def test_single_precision_agrees_with_double(self, train):
        X, Y = data()
        net, options = (
            lw.Network((2, 4, 1), ("tanh", "sigmoid")),
            {"epochs": 20, "batch_size": 8, "initial": start((2, 4, 1))},
        )
        single, double = (train(net, X, Y, dtype=dtype, **options) for dtype in ("float32", "float64"))
        np.testing.assert_allclose(single.parameters.vector, double.parameters.vector, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(single.history.cost, double.history.cost, rtol=1e-4)

    def test_what_is_given_is_not_changed(self, train):
        X, Y = data()
        w, initial = np.arange(1.0, 31), start((2, 3, 1))
        arrays = (X, Y, w, initial.vector)
        kept = [array.copy() for array in arrays]
        for array in arrays:
            array.setflags(write=False)
        result = train(
            lw.Network((2, 3, 1), ("tanh", "sigmoid")), X, Y, sample_weight=w, initial=initial, epochs=2, batch_size=7
        )
        for before, after in zip(kept, arrays, strict=True):
            np.testing.assert_array_equal(before, after)
        assert not np.shares_memory(result.parameters.vector, initial.vector)
