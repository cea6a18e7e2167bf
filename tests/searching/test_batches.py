import heapq
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerwise as lw
from layerwise.searching.batches import AHEAD, LASTS, SHORTEST, Batches, processors_of_a_call, weight_of

weights = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=60)
counts = st.integers(1, 5)


def carried_out(batches, seconds_of, call=0.0):
    """Return the batches as they went out, and when each place was done; a call costs `call` seconds."""
    clock, free, out = 0.0, [], []
    for place in range(batches.places):
        heapq.heappush(free, (0.0, place, []))
    ends = {}
    while free:
        clock, place, batch = heapq.heappop(free)
        if batch:
            batches.took(batch, sum(map(seconds_of, batch)))
            ends[place] = clock
        if batch := batches.next():
            out.append(batch)
            heapq.heappush(free, (clock + call + sum(map(seconds_of, batch)), place, batch))
    return out, ends


class TestBatches:
    @given(weights, counts, counts)
    def test_every_piece_goes_out_once_the_heaviest_first(self, weights, places, threads):
        out, _ = carried_out(Batches(weights, places, threads), lambda k: weights[k])
        order = [k for batch in out for k in batch]
        assert sorted(order) == list(range(len(weights)))
        assert [weights[k] for k in order] == sorted(weights, reverse=True)

    @given(weights, counts, counts)
    def test_what_is_lost_goes_out_again(self, weights, places, threads):
        batches = Batches(weights, places, threads)
        lost = batches.next()
        batches.lost(lost)
        assert batches.next()[0] == lost[0]
        batches.lost(lost)
        out, _ = carried_out(batches, lambda k: 1.0)
        assert {k for batch in out for k in batch} == set(range(len(weights)))

    def test_the_first_have_a_piece_for_each_thread(self):
        batches = Batches([1.0] * 1000, 4, 8)
        assert [len(batches.next()) for _ in range(AHEAD * 4)] == [8] * AHEAD * 4

    def test_few_pieces_are_dealt_to_all_places(self):
        batches = Batches([1.0] * 6, 3, 64)
        assert [len(batches.next()) for _ in range(4)] == [2, 2, 1, 1]

    def test_they_last_two_seconds_in_the_middle_and_less_towards_the_end(self):
        out, ends = carried_out(Batches([1.0] * 100_000, 4, 1), lambda k: 0.001)
        sizes = [len(batch) for batch in out]
        assert max(sizes) == pytest.approx(LASTS / 0.001, rel=0.01)
        assert sizes[-2] <= SHORTEST / 0.001 + 1
        assert np.ptp(list(ends.values())) < 2 * SHORTEST
        assert len(out) < 100

    def test_the_weights_need_not_be_seconds(self):
        out, _ = carried_out(Batches([1e9] * 10_000, 1, 1), lambda k: 0.01)
        assert max(map(len, out)) == pytest.approx(LASTS / 0.01, rel=0.01)


class TestProcessors:
    @given(st.lists(st.integers(1, 64), min_size=1, max_size=8))
    def test_nine_tenths_are_used_and_no_node_has_more_than_it_has(self, nodes):
        c = processors_of_a_call(nodes)
        assert 1 <= c <= max(nodes)
        assert sum(n // c * c for n in nodes) >= 0.9 * sum(nodes)

    @pytest.mark.parametrize(
        ("nodes", "c"), [([], 1), ([0, 0], 1), ([1, 1], 1), ([0, 16, 16], 16), ([12, 8], 6), ([16, 8], 8)]
    )
    def test_nodes(self, nodes, c):
        assert processors_of_a_call(nodes) == c


class TestWeights:
    def task(self, estimator, rows=90):
        return SimpleNamespace(final=estimator, train=np.arange(rows), arguments={"X": np.zeros((100, 4))})

    def test_a_network_counts_its_multiplications(self):
        assert weight_of(self.task(lw.MLPClassifier(hidden_layer_sizes=(8, 3), max_iter=10))) == 10 * 90 * (32 + 24 + 3)

    def test_a_regression_its_columns(self):
        assert weight_of(self.task(lw.LogisticRegression(max_iter=7), rows=50)) == 7 * 50 * 4

    @pytest.mark.parametrize("wrong", [{"max_iter": None}, {"hidden_layer_sizes": "abc"}, {"max_iter": -3}])
    def test_what_fit_will_refuse_weighs_one(self, wrong):
        assert weight_of(self.task(lw.MLPClassifier(**wrong))) == 1
