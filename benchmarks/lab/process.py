"""`LabProcess`: a lab of its own, and pages that watch it, without a browser."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

__all__ = ["VIEW", "LabProcess", "Tab"]

VIEW = {"surface": 60, "maps": 20}
"""What the page asks for: a surface of 60 x 60 points, and maps of 20 x 20."""


class LabProcess:
    """``layerwise lab`` at a free port, and a client with its cookie.

    Attributes
    ----------
    client : httpx.AsyncClient
    started : float
        Seconds from the command to the printed link.
    """

    def __init__(self) -> None:
        begun = time.perf_counter()
        command = "from layerwise.cli import main; main()"
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", command, "lab", "--no-browser", "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        found = (re.search(r"http://\S+/", line) and line.strip() for line in self.process.stdout)
        self.link = next(line for line in found if line)
        self.started = time.perf_counter() - begun
        address = self.link.partition("/?")[0]
        self.client = httpx.AsyncClient(
            base_url=address, headers={"origin": address}, limits=httpx.Limits(max_connections=None), timeout=30
        )

    async def __aenter__(self) -> LabProcess:
        assert (await self.client.get(self.link)).status_code == 303
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.client.aclose()
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=20)
        assert self.process.returncode == 0, "the lab did not end cleanly"

    async def post(self, path: str, body: Any) -> Any:
        """Return the answer to what is sent."""
        answer = await self.client.post(f"/api/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @asynccontextmanager
    async def watching(self, experiment: str, view: Any = VIEW) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Open an event stream; it gives the frames."""
        path, query = f"/api/experiments/{experiment}/events", {"view": json.dumps(view)}
        async with self.client.stream("GET", path, params=query) as response:
            assert response.status_code == 200
            yield _frames(response)

    def memory(self) -> float:
        """Return the MiB that the process has in memory (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def _frames(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in response.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line[6:])


class Tab:
    """A page that is open all the time: its newest frame, the epoch of its picture, and the ages of all its frames."""

    def __init__(self, lab: LabProcess, experiment: str) -> None:
        self.last: dict[str, Any] = {}
        self.shown: int | None = None
        self.ages: list[float] = []
        self._task = asyncio.create_task(self._watch(lab, experiment))

    async def _watch(self, lab: LabProcess, experiment: str) -> None:
        async with lab.watching(experiment) as frames:
            async for frame in frames:
                self.last = frame
                self.ages.append(frame["age_ms"])
                if frame["snapshot"] is not None:
                    self.shown = frame["snapshot"]["epoch"]

    async def sees(self, status: str, epoch: int, seconds: float = 10) -> bool:
        """Whether the page comes to show this state, in numbers and in pictures."""
        for _ in range(int(seconds / 0.01)):
            if self._task.done():
                self._task.result()
            if self.last.get("status") == status and self.last["epoch"] == self.shown == epoch:
                return True
            await asyncio.sleep(0.01)
        return False

    async def close(self) -> None:
        """Close the page."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
