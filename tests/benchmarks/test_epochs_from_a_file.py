import sys

import pytest

pytest.importorskip("pyarrow", reason="needs pyarrow")

from benchmarks import larger_than_memory


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_it_measures_epochs_and_a_fit(capsys):
    found = larger_than_memory.run(20_000, 30_000, 1, 1)
    assert set(found["epochs"]) == set(larger_than_memory.NETWORKS)
    for entry in found["epochs"].values():
        memory, file = (entry["runs"][kind][0] for kind in ("memory", "file"))
        assert len(memory["seconds"]) == len(file["seconds"]) == 3
        assert memory["cost"] == file["cost"]  # one buffer holds all: the same run
        assert entry["times"] == entry["seconds"]["file"] / entry["seconds"]["memory"]
    assert found["fit"]["metrics"]["accuracy"] > 0.6
    assert [bar["most"] for bar in found["bars"]] == [1.3, 1.3, 1e9]
    assert "times; peak" in capsys.readouterr().out
