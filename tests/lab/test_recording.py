from types import SimpleNamespace

import numpy as np
import pytest

from layerwise.engines import Outcome, Progress
from layerwise.engines.early_stopping import Best
from layerwise.equations.optimizers import GradientDescent
from layerwise.lab.curve import Curve
from layerwise.lab.recording import CHECKPOINTS, WHOLE_HISTORY, Recording
from layerwise.lab.ring import Kept, Ring
from layerwise.network import Parameters


def progress(epochs, size=1):
    theta = Parameters(W=[np.zeros((1, size))], b=[[[0.0]]])
    return Progress(GradientDescent(0.1), theta, 1, 0.1, epochs=epochs, best=Best())


def read(curve, pages):
    """Read a curve as a page does, which keeps what it has."""
    part, pages["mark"] = curve.since(pages.get("mark"))
    if part.generation != pages.get("generation"):
        pages.update(generation=part.generation, points=[])
    del pages["points"][part.start :]
    pages["points"] += zip(part.epoch, part.cost, part.validation_cost or part.cost, strict=True)
    return part


@pytest.mark.parametrize("lengths", [[1] * 300, [7] * 100, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512], [3000], [1, 500]])
def test_a_reader_of_parts_has_the_whole_curve_in_a_bounded_number_of_points(lengths):
    curve, pages, done = Curve(40, validated=True), {}, 0
    for length in lengths:
        epochs = range(done + 1, done + length + 1)
        curve.extend(done + 1, [float(e) for e in epochs], [-float(e) for e in epochs])
        done += length
        read(curve, pages)
        points = pages["points"]
        assert len(points) <= 41
        assert points[-1] == (done, float(done), -float(done))
        assert all(point == (point[0], float(point[0]), -float(point[0])) for point in points)
        gaps = np.diff([0, *(point[0] for point in points[:-1])])
        assert (gaps == curve.stride).all()
    assert len(points) >= min(done, 20)


def test_a_reader_is_sent_what_is_new_alone_until_every_second_point_goes():
    curve, pages = Curve(100, validated=False), {}
    curve.extend(1, [1.0] * 50, [])
    assert len(read(curve, pages).epoch) == 50
    curve.extend(51, [1.0] * 5, [])
    part = read(curve, pages)
    assert (part.start, part.epoch, part.validation_cost) == (50, [51, 52, 53, 54, 55], [])
    assert read(curve, pages).epoch == []
    curve.extend(56, [1.0] * 100, [])
    assert read(curve, pages).generation == 1


def test_the_ring_keeps_both_ends_and_the_neighbour_of_the_best_and_old_ones_further_apart():
    ring = Ring(60, 1 << 30)
    for epoch in range(1, 5001):
        ring.add(Kept(epoch, progress(epoch)), best=min(epoch, 1234))
    epochs = np.array(ring.epochs)
    assert len(epochs) == 60
    assert {0, 1234, 5000} <= set(epochs)
    gaps = np.diff(epochs)
    assert gaps[-5:].mean() < gaps[28:33].mean() / 3
    assert gaps[:5].mean() < gaps[28:33].mean() / 3
    assert gaps.max() < 6 * 5000 / 60
    assert ring.before(1300).epoch <= 1300 < epochs[np.searchsorted(epochs, 1300)] or 1300 in epochs
    assert ring.before(0).progress is None


def test_the_ring_is_bounded_in_bytes_and_counts_them_right():
    ring = Ring(1000, 10_000)
    for epoch in range(1, 200):
        ring.add(Kept(epoch, progress(epoch, size=99)), best=None)  # 800 bytes each
    assert ring.nbytes == sum(kept.nbytes for kept in ring.kept) == 800 * (len(ring.kept) - 1) <= 10_000
    huge = Ring(1000, 10)
    for epoch in range(1, 9):
        huge.add(Kept(epoch, progress(epoch, size=99)), best=3)
    assert huge.epochs == [0, 3, 8]


def outcome(costs):
    return Outcome(None, cost=costs, validation_cost=costs, learning_rate=costs, metrics={"accuracy": costs})


def test_a_recording_of_a_long_run_stays_small():
    recording = Recording(1_000_000, validated=True)
    for start in range(0, 200_000, 500):
        recording.add(outcome([float(e) for e in range(start + 1, start + 501)]), progress(start + 500))
        if recording.epoch == WHOLE_HISTORY:
            assert recording.history(777).cost == [float(e) for e in range(1, 778)]
            assert len(recording.history(777).metrics["accuracy"]) == 777
    assert len(recording.ring.kept) <= CHECKPOINTS
    assert len(recording.curve.since(None)[0].epoch) <= 2_001
    assert len(recording.history(500)) == 0


def test_epochs_belong_to_the_plan_that_was_in_force():
    recording = Recording(100, validated=False)
    recording.newest = SimpleNamespace(epoch=40)
    recording.plan(100)
    recording.plan(200)
    recording.plan(250)
    recording.newest = SimpleNamespace(epoch=90)
    recording.plan(300)
    assert recording.planned == [(0, 100), (40, 250), (90, 300)]
    assert recording.stretches(0, 120) == [(40, 100), (90, 250), (120, 300)]
    assert recording.stretches(0, 30) == [(30, 100)]
    assert recording.stretches(40, 90) == [(90, 250)]
    assert recording.stretches(95, 95) == []
