import json
import math

import numpy as np
import pytest
from benchmarks.measuring import OWN_BATCHES, SAME_BATCHES, Result, Timing, in_turn, measure
from benchmarks.peers import layerwise_peer, numpy_peer, thread_counts
from benchmarks.workloads import BEST, WORKLOADS, Data, Prediction, Training, drawn

import layerwise as lw
from benchmarks import report

SMALL = Training("small", (3, 5, 4, 2), 50, 16, epochs=3, units=3)
FULL = Training("full", (2, 4, 1), 30, None, epochs=20, units=1, hidden="tanh", output="sigmoid",
                optimizer="gradient_descent", learning_rate=0.1)  # fmt: skip
ROWS = Prediction("rows", (3, 5, 2), 20, calls=2)


def result(**seconds):
    """Return the timings of layerwise and its peers, all with the same result."""
    return Result([Timing(name, seconds=list(taken), value=1.0) for name, taken in seconds.items()])


def wanted(workload, **wishes):
    return Training(**{**vars(workload), **wishes})


class TestFlops:
    def test_of_an_epoch_of_training(self):
        forward = 3 * 5 + 5 * 4 + 4 * 2
        to_the_inputs_of_layers_2_and_3 = 5 * 4 + 4 * 2
        assert SMALL.flops == 2 * 50 * (2 * forward + to_the_inputs_of_layers_2_and_3)

    def test_of_a_whole_run(self):
        assert FULL.flops == 20 * 2 * 30 * (2 * (8 + 4) + 4)

    def test_of_a_prediction(self):
        assert ROWS.flops == 2 * 20 * (15 + 10)

    def test_do_not_depend_on_how_long_it_is_repeated(self):
        assert wanted(SMALL, epochs=6, units=6).flops == SMALL.flops


class TestVerdicts:
    def test_a_ratio_is_the_median_over_the_rounds(self):
        found = report.entry(SMALL, result(layerwise=[1, 10, 1], torch=[2, 30, 4]))
        assert found["peers"]["torch"]["times"] == 3
        assert found["peers"]["layerwise"]["times"] == 1

    @pytest.mark.parametrize(("ratio", "met"), [(3, True), (3.1, False)])
    def test_a_ratio_is_met_or_not(self, ratio, met):
        found = report.entry(wanted(SMALL, wanted={"torch": ratio}), result(layerwise=[1], torch=[3]))
        assert [bar["met"] for bar in found["bars"]] == [met]
        assert ("falls short" in report.block(found)) is not met

    def test_the_best_peer_is_the_fastest_one(self):
        found = report.entry(wanted(SMALL, wanted={BEST: 2}), result(layerwise=[1], torch=[3], JAX=[1.5], NumPy=[4]))
        assert [(bar["peer"], bar["met"]) for bar in found["bars"]] == [("JAX", False)]

    def test_an_absent_peer_has_no_verdict(self):
        assert report.entry(wanted(SMALL, wanted={"torch": 2, BEST: 2}), result(layerwise=[1]))["bars"] == []

    def test_another_result_is_no_victory(self):
        timings = result(layerwise=[1], torch=[3])
        timings.timings[1].agrees = False
        found = report.entry(wanted(SMALL, wanted={"torch": 2}), timings)
        assert not found["bars"][0]["met"]
        assert "computes something else" in report.block(found)

    def test_a_share_of_the_peak(self):
        timings = result(layerwise=[1e-3])
        timings.peak = [share * SMALL.flops / 1e-3 for share in (1, 2, 1.9)]
        found = report.entry(wanted(SMALL, wanted_peak=0.5), timings)
        assert found["peers"]["layerwise"]["of_peak"] == pytest.approx(0.5)
        assert found["bars"][0]["met"]

    def test_a_peak_that_was_not_measured_is_not_reached(self):
        assert not report.entry(wanted(SMALL, wanted_peak=0.5), result(layerwise=[1]))["bars"][0]["met"]

    @pytest.mark.parametrize(("taken", "met"), [(0.09, True), (0.11, False)])
    def test_seconds(self, taken, met):
        assert report.import_entry(result(layerwise=[taken], torch=[1]))["bars"][0]["met"] is met

    def test_the_summary_names_what_falls_short(self):
        timings = result(layerwise=[1], torch=[3], JAX=[3])
        assert report.summary([report.entry(wanted(SMALL, wanted={"torch": 2, "JAX": 4}), timings)]) == (
            "1 of 2 bars are met; short of: small against JAX."
        )


class TestTable:
    def test_columns_are_aligned(self):
        block = report.block(report.entry(wanted(SMALL, wanted={"torch": 2}), result(layerwise=[1e-3], torch=[3e-3])))
        _, _, heading, ours, theirs = block.split("\n")
        assert heading.index("seconds") + 7 == ours.index(" ms") + 3 == theirs.index(" ms") + 3
        assert heading.index("wanted") + 6 == theirs.index("2 ×") + 3

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (123.4, "123 s"),
            (1.0, "1.00 s"),
            (0.0123, "12.3 ms"),
            (0.5, "500 ms"),
            (2.5e-6, "2.50 µs"),
            (3e-8, "0.0300 µs"),
        ],
    )
    def test_durations(self, seconds, text):
        assert report.duration(seconds) == text

    def test_the_file_holds_every_timing(self, tmp_path):
        found = report.entry(SMALL, result(layerwise=[1, 2], torch=[3, 4]))
        report.write_json(tmp_path / "new" / "figures.json", {"workloads": [found]})
        read = json.loads((tmp_path / "new" / "figures.json").read_text(encoding="utf-8"))
        assert read["workloads"][0]["peers"]["torch"]["seconds"] == [3, 4]


class TestMeasuring:
    def test_all_take_turns_and_nobody_always_follows_the_same(self):
        said = []
        turns = [which for which, _ in in_turn([lambda k=k: said.append(k) for k in range(3)], 3, pause=0)]
        assert turns == said[::2] == said[1::2] == [0, 1, 2, 1, 2, 0, 2, 0, 1]  # an untimed call before each

    @pytest.mark.parametrize("workload", [SMALL, FULL, ROWS], ids=lambda workload: workload.name)
    def test_layerwise_and_numpy_compute_the_same(self, workload):
        ours, theirs = measure(workload, [layerwise_peer.PEER, numpy_peer.PEER], 1, threads=1).timings
        assert theirs.agrees
        assert math.isclose(ours.value, theirs.value, rel_tol=1e-4, abs_tol=1e-6)
        assert len(ours.seconds) == len(theirs.seconds) == 1

    def test_a_peer_that_computes_something_else_is_found(self):
        class Wrong(numpy_peer.NumpyPeer):
            def read(self, workload, outcome):
                theta = outcome.copy()
                theta.vector *= 3
                return theta

        ours, theirs = measure(SMALL, [layerwise_peer.PEER, Wrong()], 1, threads=1).timings
        assert ours.agrees
        assert not theirs.agrees

    def test_a_way_that_fails_is_left_out_with_a_line(self):
        class Half(numpy_peer.NumpyPeer):
            def ways(self, workload, data, threads):
                return {"broken": lambda: 1 / 0, **super().ways(workload, data, threads)}

        said = []
        _, theirs = measure(SMALL, [layerwise_peer.PEER, Half()], 1, 1, said.append).timings
        assert theirs.agrees
        assert theirs.trials["broken"] == "failed: division by zero"
        assert len(said) == 1

    def test_own_batches_are_judged_less_strictly(self):
        assert SAME_BATCHES < OWN_BATCHES

    def test_one_thread_is_always_among_the_settings(self):
        assert thread_counts(1) == [1]
        assert thread_counts(2) == [1, 2]


class TestWorkloads:
    def test_the_same_data_for_everybody(self):
        first, second = Data.of(SMALL), Data.of(SMALL)
        np.testing.assert_array_equal(first.X, second.X)
        np.testing.assert_array_equal(first.theta.vector, second.theta.vector)
        assert first.X.dtype == first.targets.dtype == first.theta.dtype == np.float32
        assert [sorted(order) for order in first.orders] == [list(range(50))] * 3
        np.testing.assert_array_equal(first.targets.argmax(axis=1), first.labels)

    def test_the_order_of_the_rows_is_the_one_that_train_takes(self):
        data = Data.of(SMALL)
        ours = layerwise_peer.PEER.ways(SMALL, data, 1)[""]()().parameters
        theirs = numpy_peer.PEER.ways(SMALL, data, 1)
        np.testing.assert_allclose(next(iter(theirs.values()))()().vector, ours.vector, rtol=1e-4, atol=1e-6)

    @pytest.mark.parametrize("seed", range(20))
    def test_drawn_sizes_stay_within_bounds(self, seed):
        assert drawn(seed) == drawn(seed)
        for workload in drawn(seed):
            assert 1 <= len(workload.sizes) - 2 <= 3
            assert all(8 <= n <= 512 for n in workload.sizes[:-1])
            assert 16 <= workload.batch <= 1024
            assert 2 * workload.batch <= workload.rows <= 50_000
            assert workload.flops <= 1.01e10
            assert not workload.wanted

    def test_different_seeds_draw_different_sizes(self):
        assert len({workload.sizes for seed in range(5) for workload in drawn(seed)}) == 15

    def test_names_are_unique(self):
        assert len({workload.name for workload in WORKLOADS}) == len(WORKLOADS)

    @pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
    def test_a_quick_look_is_a_tenth_and_wants_nothing(self, workload):
        small = workload.smaller()
        whole = workload.flops * workload.units if isinstance(workload, Training) else workload.flops * workload.calls
        part = small.flops * small.units if isinstance(small, Training) else small.flops * small.calls
        assert part == pytest.approx(whole / 10)
        assert not report.entry(small, result(layerwise=[1], JAX=[2], torch=[2]))["bars"]

    @pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
    def test_networks_are_valid(self, workload):
        assert lw.initialize(workload.network).sizes == workload.sizes
