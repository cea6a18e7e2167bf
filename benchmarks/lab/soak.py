"""The lab under load: training without a pause, four pages that watch, and pages that come and go.

    python -m benchmarks.lab.soak --minutes 10 --reconnects 1000

Run after run is trained to its end, each from a reset. Every page must see the end of every run. After the first
minute, the server's memory must not grow by 5 %. Linux.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.environment import describe
from benchmarks.lab.process import LabProcess, Tab
from benchmarks.report import write_json

RESULT = Path(__file__).parents[1] / "results" / "lab-soak.json"
TABS, EPOCHS, GROWTH = 4, 100_000, 0.05


async def soak(minutes: float, reconnects: int, epochs: int = EPOCHS) -> dict[str, Any]:
    """Return what was seen in so many minutes."""
    async with LabProcess() as lab:
        made = await lab.post("experiments", {"settings": {"epochs": epochs, "hidden": [16, 16]}})
        tabs = [Tab(lab, made["id"]) for _ in range(TABS)]
        begun, seconds = time.monotonic(), minutes * 60
        visitors = asyncio.create_task(_come_and_go(lab, made["id"], reconnects, seconds))
        warm, memory, runs, lost = min(60.0, seconds / 3), [], 0, 0
        while time.monotonic() - begun < seconds or not visitors.done():
            await lab.post(f"experiments/{made['id']}/run", {"action": "start"})
            seen = await asyncio.gather(*(tab.sees("finished", epochs, 120) for tab in tabs))
            runs, lost = runs + 1, lost + seen.count(False)
            await lab.post(f"experiments/{made['id']}/run", {"action": "reset"})
            seen = await asyncio.gather(*(tab.sees("ready", 0) for tab in tabs))
            lost += seen.count(False)
            memory.append((time.monotonic() - begun, lab.memory()))
        ages = [age for tab in tabs for age in tab.ages]
        before = [mib for at, mib in memory if at <= warm][-5:] or [memory[0][1]]
        after = [mib for _, mib in memory][-5:]
        for tab in tabs:
            await tab.close()
        return {
            "seconds": time.monotonic() - begun,
            "tabs": TABS,
            "reconnects": await visitors,
            "runs": runs,
            "lost_states": lost,
            "frames": len(ages),
            "age_ms_median": statistics.median(ages),
            "age_ms_95": statistics.quantiles(ages, n=20)[-1],
            "memory_mib_after_a_minute": statistics.median(before),
            "memory_mib_at_the_end": statistics.median(after),
            "growth": statistics.median(after) / statistics.median(before) - 1,
        }


async def _come_and_go(lab: LabProcess, experiment: str, reconnects: int, seconds: float) -> int:
    """Open streams, each for a few frames or none, spread over the time; return how many showed a frame."""
    chance, shown = random.Random(0), 0  # noqa: S311 - a workload, the same every time
    begun = time.monotonic()
    for k in range(reconnects):
        async with lab.watching(experiment) as frames:
            for _ in range(chance.choice((1, 1, 1, 3))):
                await anext(frames)
        shown += 1
        await asyncio.sleep(max(0.0, begun + seconds * (k + 1) / reconnects - time.monotonic()))
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--reconnects", type=int, default=1_000)
    given = parser.parse_args()
    found = asyncio.run(soak(given.minutes, given.reconnects))
    for name, value in found.items():
        print(f"{name:28} {value:,.3f}" if isinstance(value, float) else f"{name:28} {value:,}")
    write_json(RESULT, {"environment": describe(1, ("layerwise", "numpy", "starlette", "uvicorn")), "soak": found})
    if found["lost_states"] or found["growth"] >= GROWTH:
        raise SystemExit("The soak failed: a final state was lost, or memory grew.")


if __name__ == "__main__":
    main()
