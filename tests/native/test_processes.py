"""A native run in processes of every kind: forked, short of memory, and at their end."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("layerwise.engines._native", reason="needs the native core")

limits_memory = pytest.mark.skipif(
    sys.platform != "linux" or "asan" in os.environ.get("LD_PRELOAD", ""),  # which needs terabytes of addresses
    reason="needs limits of memory",
)


def answer_of(script, *arguments, seconds=60):
    """What a script prints; it must end in order, and say nothing else."""
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    ended = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    return ended.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_after_a_run():
    script = """
        import os, sys
        from configurations import CONFIGURATIONS, digest, train
        names = "wide", "cut into chunks", "lbfgs wide"
        alone = [digest(train(CONFIGURATIONS[name], threads=4)) for name in names]
        if (child := os.fork()) == 0:
            same = [digest(train(CONFIGURATIONS[name], threads=4)) for name in names] == alone
            os._exit(0 if same else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert answer_of(script) == "0\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_within_a_run():
    script = """
        import os
        from configurations import CONFIGURATIONS, digest, train
        of = CONFIGURATIONS["wide"]
        alone, children = digest(train(of)), []

        class Fork:
            def on_epoch_end(self, state):
                if state.epoch == 1:
                    children.append(os.fork())

        same = digest(train(of, threads=3, callbacks=[Fork()])) == alone  # in both
        if children == [0]:
            os._exit(0 if same and digest(train(of, threads=3)) == alone else 1)
        print(same, os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]))
    """
    assert answer_of(script) == "True 0\n"


@pytest.mark.parametrize("callback", ["None", "lambda state: None", "lambda state: time.sleep(0.02)"])
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_python_ends_while_a_daemon_trains(optimizer, callback):
    script = f"""
        import threading, time, types
        import numpy as np, layerwise as lw

        def train():
            X = np.random.default_rng(0).normal(size=(30, 2000))
            net, callback = lw.Network((30, 50, 1), ("tanh", "sigmoid")), {callback}
            callbacks = [types.SimpleNamespace(on_epoch_end=callback)] if callback else []
            options = {{"batch_size": 32}} if {optimizer!r} == "adam" else {{}}
            running.set()
            for seed in range(1000):  # as lbfgs may arrive
                lw.train(
                    net, X, X[:1] + X[1:2] > 0, optimizer={optimizer!r}, epochs=10**6, seed=seed, engine="native",
                    threads=2, callbacks=callbacks, **options,
                )

        running = threading.Event()
        threading.Thread(target=train, daemon=True).start()
        running.wait()
        time.sleep(0.2)
        print("over")
    """
    assert answer_of(script) == "over\n"


@limits_memory
@pytest.mark.parametrize("threads", [1, 4])
def test_memory_that_ends_anywhere(threads):
    script = """
        import gc, resource, sys
        from configurations import CONFIGURATIONS, digest, train
        threads, of, ends = int(sys.argv[1]), CONFIGURATIONS["cut into chunks, clipped"], []
        alone, hard = digest(train(of)), resource.getrlimit(resource.RLIMIT_AS)[1]
        page = resource.getpagesize()
        for more in range(0, 60, 2):  # megabytes
            gc.collect()
            used = int(open("/proc/self/statm").read().split()[0]) * page
            resource.setrlimit(resource.RLIMIT_AS, (used + (more << 20), hard))
            try:
                ends.append(digest(train(of, threads=threads)) == alone)
            except (MemoryError, RuntimeError) as error:
                ends.append(type(error).__name__)
            finally:
                resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        assert digest(train(of, threads=threads)) == alone
        print(*sorted(set(map(str, ends))))
    """
    assert answer_of(script, threads).split()[-1] == "True"


@limits_memory
def test_a_network_that_no_memory_holds():
    script = """
        import resource
        import numpy as np, layerwise as lw
        from layerwise.engines import _native
        resource.setrlimit(resource.RLIMIT_AS, (16 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))

        def refused(call):
            try:
                call()
            except MemoryError:
                return True

        X = np.ones((10**6, 1), np.float32)
        net = lw.Network((10**6, 10**6, 1), ("relu", "sigmoid"))
        print(refused(lambda: lw.train(net, X, X[:1], engine="native")))

        native = _native.Plan()
        native.network = _native.Network([1, 20_000_000, 1], [3, 1], [0.0, 0.0], 0, 0.0)
        native.batch_size, native.rule = 0, 4
        start = {"epochs": 0, "step": 0, "t": 0, "summed_cost": 0.0, "learning_rate": 0.1, "base_learning_rate": 0.1}
        start |= {"seed": 0, "best": (-1, np.inf, np.inf, 0), "averages": [], "best_parameters": None}
        rows, vector = np.ones((600, 1)), np.zeros(60_000_001)
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
        # the parameters, as they are and after a step, and two averages of each are 2.4 GB
        run = _native.Run64(native, (rows, rows, None), None, parameters=vector, **start)
        print(refused(lambda: run.go(None, None)))
    """
    assert answer_of(script) == "True\nTrue\n"
