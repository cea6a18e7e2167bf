"""How soon the lab is there, how old its frames are, and what a page that watches costs the training.

    python -m benchmarks.lab.latency

The speed of training is taken in turn with and without a page, and compared by pairs.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.environment import describe
from benchmarks.lab.process import LabProcess, Tab
from benchmarks.report import write_json

RESULT = Path(__file__).parents[1] / "results" / "lab-latency.json"
STARTS, PAIRS, SECONDS = 7, 10, 3.0
NETWORKS: dict[str, dict[str, Any]] = {
    "small": {"hidden": [4]},
    "usual": {"hidden": [16, 16]},
    "large": {"hidden": [128, 128], "examples": 5_000, "batch_size": 64},
}
WANTED = {"first_page_seconds": 1.0, "age_ms_95": 100.0, "slower_by": 0.02}


async def starts(times: int) -> list[float]:
    """Return the seconds from the command to the page in the browser, for each of some starts."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        async with LabProcess() as lab:
            page = await lab.client.get("/")
            taken.append(time.perf_counter() - begun)
            assert page.status_code == 200, page.text
    return taken


async def frames(settings: dict[str, Any], seconds: float, pairs: int) -> dict[str, Any]:
    """Return the ages and the rate of frames, and by how much slower a run is that is watched."""
    async with LabProcess() as lab:
        made = await lab.post("experiments", {"settings": {"epochs": 1_000_000, **settings}})
        ages: list[float] = []
        ratios: list[float] = []
        for pair in range(pairs):
            alone = watched = 0.0
            for watch in (False, True) if pair % 2 else (True, False):
                await lab.post(f"experiments/{made['id']}/run", {"action": "reset"})
                tab = Tab(lab, made["id"]) if watch else None
                speed = await _speed(lab, made["id"], seconds)
                if tab is None:
                    alone = speed
                else:
                    watched = speed
                    ages += tab.ages
                    await tab.close()
                    await asyncio.sleep(1.5)  # until nobody follows any more
            ratios.append(alone / watched - 1)
        return {
            "age_ms_median": statistics.median(ages),
            "age_ms_95": statistics.quantiles(ages, n=20)[-1],
            "frames_a_second": len(ages) / (pairs * seconds),
            "slower_by": statistics.median(ratios),
        }


async def _speed(lab: LabProcess, experiment: str, seconds: float) -> float:
    begun = time.perf_counter()
    await lab.post(f"experiments/{experiment}/run", {"action": "start"})
    await asyncio.sleep(seconds)
    await lab.post(f"experiments/{experiment}/run", {"action": "pause"})
    taken = time.perf_counter() - begun
    async with lab.watching(experiment, {}) as stream:
        return (await anext(stream))["epoch"] / taken


async def measured() -> dict[str, Any]:
    """Return all figures."""
    taken = await starts(STARTS)
    networks = {name: await frames(settings, SECONDS, PAIRS) for name, settings in NETWORKS.items()}
    return {"first_page_seconds": statistics.median(taken), "starts": taken, "networks": networks}


def _print(name: str, values: Sequence[tuple[str, float]]) -> None:
    print(f"{name:10}", "  ".join(f"{key} {value:,.3f}" for key, value in values))


def main() -> None:
    found = asyncio.run(measured())
    _print("start", [("first_page_seconds", found["first_page_seconds"])])
    for name, values in found["networks"].items():
        _print(name, list(values.items()))
    packages = ("layerwise", "numpy", "starlette", "uvicorn")
    write_json(RESULT, {"environment": describe(1, packages), "wanted": WANTED, "latency": found})


if __name__ == "__main__":
    main()
