import numpy as np
import pytest
import threadpoolctl

import layerwise as lw
from layerwise.engines import blas_threads as module
from layerwise.errors import MissingDependencyError, ParameterError


def numpy_pools():
    """NumPy's own BLAS: SciPy brings another, of which the engine need not know."""
    pools = threadpoolctl.threadpool_info()
    return [pool for pool in pools if pool["user_api"] == "blas" and "numpy" in pool["filepath"]]


BLAS = numpy_pools()
NET = lw.Network((2, 1), ("sigmoid",))
X, Y = np.ones((2, 4)), np.ones((1, 4))


def threads_during(net=NET, X=X, Y=Y, **options):
    seen = []

    class Look:
        def on_epoch_end(self, state):
            seen.extend(pool["num_threads"] for pool in numpy_pools())

    lw.train(net, X, Y, epochs=1, engine="numpy", callbacks=[Look()], **options)
    return set(seen)


@pytest.mark.skipif(not BLAS, reason="NumPy's BLAS is not one that threadpoolctl knows")
class TestThreads:
    def test_a_number_is_obeyed_and_given_back(self):
        before = [pool["num_threads"] for pool in numpy_pools()]
        assert threads_during(threads=1) == {1}
        assert threads_during(threads=2) == {2}
        assert [pool["num_threads"] for pool in numpy_pools()] == before

    def test_small_steps_take_one(self):
        with threadpoolctl.threadpool_limits(2, "blas"):
            assert threads_during() == {1}

    def test_large_steps_take_what_is_set(self):
        wide = lw.Network((200, 200, 1), ("relu", "sigmoid"))  # 6 · 40,200 · 100 = 24 million operations
        with threadpoolctl.threadpool_limits(2, "blas"):
            assert threads_during(wide, np.ones((200, 100)), np.ones((1, 100))) == {2}
            assert threads_during(wide, np.ones((200, 100)), np.ones((1, 100)), batch_size=10) == {1}


def test_without_the_library_a_number_names_the_cure(monkeypatch):
    def missing():
        raise MissingDependencyError("Setting the threads of the NumPy engine needs threadpoolctl: pip install ...")

    monkeypatch.setattr(module, "_controller", missing)
    with pytest.raises(MissingDependencyError, match="Setting the threads of the NumPy engine needs threadpoolctl"):
        lw.train(NET, X, Y, threads=1, epochs=1, engine="numpy")
    lw.train(NET, X, Y, epochs=1, engine="numpy")  # no number, no need


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_threads_are_a_count(threads):
    with pytest.raises(
        ParameterError, match=r"^The 'threads' parameter of train must be an int in the range \[1, inf\)"
    ):
        lw.train(NET, X, Y, threads=threads)
