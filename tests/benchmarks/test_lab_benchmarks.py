import asyncio
import sys

import pytest

pytest.importorskip("uvicorn", reason="needs the extra lab")

from benchmarks.lab.latency import frames
from benchmarks.lab.soak import soak


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory from /proc")
def test_a_short_soak_loses_no_final_state():
    found = asyncio.run(soak(minutes=0.05, reconnects=60, epochs=2_000))
    assert found["lost_states"] == 0
    assert found["reconnects"] == 60
    assert found["runs"] >= 2
    assert found["frames"] >= 4 * 2 * found["runs"]
    assert found["memory_mib_at_the_end"] > 0


@pytest.mark.slow
def test_frames_come_while_a_run_is_watched():
    found = asyncio.run(frames({"hidden": [4]}, seconds=0.5, pairs=2))
    assert found["frames_a_second"] > 1
    assert 0 <= found["age_ms_median"] <= found["age_ms_95"]
