"""What a page is told of a run that left the finite numbers: null, and never NaN."""

import time

import pytest

pytest.importorskip("starlette")

from layerwise.lab import Experiments
from layerwise.lab.server.events import dumped
from layerwise.lab.server.watching import Watching


@pytest.fixture
def experiments():
    experiments = Experiments()
    yield experiments
    experiments.close()


def test_a_run_that_diverged_is_told_with_its_last_finite_state(experiments):
    settings = {"preset": "waves", "hidden": [], "activations": [], "learning_rate": 1e6, "seed": 1}
    experiment = experiments.new(settings)
    experiment.start()
    until = time.monotonic() + 20
    while experiment.progress().status == "running" and time.monotonic() < until:
        experiment.wait(-1, 0.05)
    watching = Watching(experiments, experiment.id)
    frame, _ = watching.progress(None)
    assert frame["status"] == "diverged"
    assert frame["divergence"]["last_good"] == frame["epoch"] > 0
    assert frame["curve"]["validation_cost"][-1] is None  # the squares of finite errors are too large for float32
    snapshot = watching.draw(watching.look(), dumped({"surface": 8, "maps": 4}))
    assert snapshot["diagnoses"][0]["code"] == "diverged"
    assert "NaN" not in dumped(frame) + dumped(snapshot)
