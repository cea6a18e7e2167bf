"""The same plan has the same bits: whatever the threads, the registers, the process, and what else runs."""

import dataclasses
import functools
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("layerwise.engines._native", reason="needs the native core")

from configurations import CONFIGURATIONS, IN_STEPS, depends_on_other_columns, digest, train

from layerwise.engines import _native

every_run = pytest.mark.parametrize("name", CONFIGURATIONS)


@functools.cache
def alone(name):
    """The digest of a run on one thread."""
    return digest(train(CONFIGURATIONS[name], threads=1))


class StopAfter:
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, state):
        if state.epoch == self.epoch:
            state.stop()


@every_run
@pytest.mark.parametrize("threads", [1, 2, 3, 4, None])
def test_any_number_of_threads(name, threads):
    assert digest(train(CONFIGURATIONS[name], threads=threads)) == alone(name)


def in_a_process(isa=None):
    """The digests of all runs with 1 and with 3 threads, and which predictions depend on their neighbours."""
    script = (
        "import json; from configurations import CONFIGURATIONS, IN_STEPS, depends_on_other_columns, digest, train;"
        "digests = {name: [digest(train(of, threads=k)) for k in (1, 3)] for name, of in CONFIGURATIONS.items()};"
        "wrong = {name: depends_on_other_columns(CONFIGURATIONS[name]) for name in IN_STEPS};"
        "print(json.dumps([digests, {name: list for name, list in wrong.items() if list}]))"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=Path(__file__).parent,
        env=os.environ | ({"LAYERWISE_ISA": isa} if isa else {}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


@pytest.mark.parametrize("isa", [None, *(isa for isa in _native.isas() if isa not in ("v2", "generic"))])
def test_a_fresh_process_and_registers_of_any_width(isa):
    digests, wrong = in_a_process(isa)
    assert digests == {name: [alone(name)] * 2 for name in CONFIGURATIONS}
    assert wrong == {}


@pytest.mark.skipif("v2" not in _native.isas(), reason="needs x86-64")
def test_without_fused_multiply_add_the_threads_change_no_bit_either():
    digests, wrong = in_a_process("v2")
    assert {name: one == three for name, (one, three) in digests.items()} == dict.fromkeys(CONFIGURATIONS, True)
    assert any(one != alone(name) for name, (one, _) in digests.items())  # or it was not v2 that ran
    assert wrong == {}


def test_runs_at_the_same_time():
    with ThreadPoolExecutor(3) as pool:
        digests = pool.map(lambda of: digest(train(of, threads=2)), CONFIGURATIONS.values())
        assert dict(zip(CONFIGURATIONS, digests, strict=True)) == {name: alone(name) for name in CONFIGURATIONS}


@every_run
@pytest.mark.parametrize("threads", [(1, 3), (4, 2)])
def test_stopped_and_resumed(name, threads):
    of = CONFIGURATIONS[name]
    part = train(of, threads=threads[0], callbacks=[StopAfter(0)])
    assert (part.stopped, len(part.history)) == ("callback", 1)
    assert digest(train(of, threads=threads[1], resume=part)) == alone(name)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such timer")
@pytest.mark.parametrize(("name", "epochs"), [("cut into chunks", 20), ("planar, cut into chunks", 900), ("wide", 120)])
def test_interrupted_anywhere_and_resumed(name, epochs):
    of = CONFIGURATIONS[name]
    part, times, seconds = None, 0, 0.03
    while part is None or part.progress.epochs < epochs:
        part = after(seconds, lambda part=part: train(of, threads=2, epochs=epochs, resume=part)) or part
        times, seconds = times + 1, seconds * 1.1
    assert times > 1
    whole = train(of, threads=2, epochs=epochs)
    assert digest(dataclasses.replace(part, stopped=whole.stopped)) == digest(whole)  # or Ctrl-C came after all epochs


def after(seconds, run):
    """What a run returns that a Ctrl-C ends after a while; None if that came before or after it."""
    over = []

    def interrupt(number, frame):
        if not over:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        result = run()
        over.append(True)
    except KeyboardInterrupt:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return result


@pytest.mark.parametrize("name", IN_STEPS)
def test_a_prediction_does_not_depend_on_the_columns_beside_it(name):
    assert depends_on_other_columns(CONFIGURATIONS[name]) == []
