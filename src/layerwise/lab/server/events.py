"""Event streams: what a run does, to every page that watches it, at most a dozen frames a second.

The dearer its pictures are, the fewer of them: the run itself has the processor.

One follower waits for each watched experiment. When something has happened it looks once, and wakes the pages'
streams; each sends the latest look and, where several pages want the same view, the one picture drawn of it. A page
that does not read holds up its own stream alone: what it misses is never made, and when it reads again it gets the
latest. As a follower always looks once more after the last change, the final state reaches everyone.
"""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.types import Receive, Scope, Send

from layerwise.errors import LayerwiseError
from layerwise.lab.objections import Gone
from layerwise.lab.server.objections import Refusal, objection

__all__ = ["Events", "Look", "Watched", "dumped"]

PACE, SLOWEST = 0.08, 0.2
"""Seconds between two frames: at least, and where pictures are dear."""
SHARE = 0.06
"""Of a processor, what pictures may take while there are more frames than the slowest pace has: the run is beside."""
HEARTBEAT = 10.0
"""Seconds without a frame after which a comment tells a proxy, and us, that the other end is there."""
PATIENCE = 1.0
"""Seconds that a follower's thread waits at a time: so late at most does it see that nobody watches any more."""
STREAMS = 48
HEAD = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


@dataclass(frozen=True)
class Look:
    """An experiment at one time.

    Attributes
    ----------
    key : hashable
        Equal for two looks whose pictures are equal.
    ended : float
        When the epoch ended, by `time.monotonic`.
    moment : object
        What pictures are drawn of.
    """

    key: Any
    ended: float
    moment: Any


class Watched(Protocol):
    """What a stream needs of an experiment; every method may block, and is called in a thread."""

    def wait(self, seen: Any, timeout: float) -> Any:
        """Return what stands for the last change, at the latest after `timeout` seconds if it is `seen`.

        Raises
        ------
        Gone
            If the experiment was dropped.
        """

    def look(self) -> Look:
        """Return what is there to see now."""

    def progress(self, mark: Any) -> tuple[dict[str, Any], Any]:
        """Return the frame's fields but number, snapshot and age, the curve from `mark` on; and the next mark."""

    def draw(self, look: Look, view: str) -> Any:
        """Return the snapshot of a look."""


def dumped(value: object) -> str:
    """Return JSON; a NaN or an infinity in it is our mistake, and an error."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


@dataclass
class _Broadcast:
    """The looks at one experiment, for all who watch it."""

    experiment: Watched
    workers: CapacityLimiter
    ended: Callable[[], None]
    watchers: int = 0
    number: int = 0
    look: Look | None = None
    end: str | None = None
    pulse: asyncio.Event = field(default_factory=asyncio.Event)
    pictures: dict[str, asyncio.Task[str]] = field(default_factory=dict)
    _key: Any = None
    _drawing: float = 0.0  # seconds of a processor since the look before

    def beat(self) -> None:
        """Wake all who wait."""
        self.pulse, old = asyncio.Event(), self.pulse
        old.set()

    async def follow(self, waiters: CapacityLimiter) -> None:
        """Look whenever something has happened, until nobody watches or the experiment is gone."""
        seen: Any = None
        try:
            while self.watchers and self.end is None:
                now = await to_thread.run_sync(self.experiment.wait, seen, PATIENCE, limiter=waiters)
                if now == seen:
                    continue
                begun, seen = time.monotonic(), now
                pace, self._drawing = min(max(PACE, self._drawing / SHARE), SLOWEST), 0.0
                self.look = await to_thread.run_sync(self.experiment.look, limiter=self.workers)
                if self.look.key != self._key:
                    self.pictures, self._key = {}, self.look.key
                self.number += 1
                self.beat()
                await asyncio.sleep(max(0.0, pace - (time.monotonic() - begun)))
        except Gone as gone:
            self.end = _last(gone)
        except Exception:  # nobody awaits a follower: what it raised would be lost, and its streams wait for ever
            traceback.print_exc()
            self.end = ""  # the streams close, and a page that opens one anew is looked after anew
        finally:
            self.ended()
            self.beat()

    async def picture(self, look: Look, view: str) -> str:
        """Return the snapshot as JSON, drawn once for all who want this view of this look."""
        if look.key != self._key:  # the others are at a newer one already
            return await self._drawn(look, view)
        if view not in self.pictures:
            self.pictures[view] = asyncio.create_task(self._drawn(look, view))
        return await asyncio.shield(self.pictures[view])

    async def _drawn(self, look: Look, view: str) -> str:
        def drawn() -> tuple[str, float]:
            begun = time.thread_time()
            return dumped(self.experiment.draw(look, view)), time.thread_time() - begun

        picture, taken = await to_thread.run_sync(drawn, limiter=self.workers)
        self._drawing += taken
        return picture


class Events:
    """All streams of the server."""

    def __init__(self, workers: CapacityLimiter) -> None:
        self.workers = workers
        self.waiters = CapacityLimiter(STREAMS)
        self.streams = 0
        self.ending = False
        self._broadcasts: dict[str, _Broadcast] = {}
        self._followers: set[asyncio.Task[None]] = set()

    def end(self) -> None:
        """Let every stream end: the server does."""
        self.ending = True
        for broadcast in self._broadcasts.values():
            broadcast.beat()

    def stream(self, name: str, experiment: Watched, view: str) -> Stream:
        """Return the response that streams one view of an experiment.

        Raises
        ------
        Refusal
            If there are too many streams.
        """
        if self.streams >= STREAMS:
            raise Refusal(503, f"At most {STREAMS} pages watch at once. Close one, and reload this.")
        return Stream(self, name, experiment, view)

    def enter(self, name: str, experiment: Watched) -> _Broadcast:
        """Count a watcher in; the first begins to follow."""
        broadcast = self._broadcasts.get(name)
        if broadcast is None or broadcast.experiment != experiment:

            def ended() -> None:
                if self._broadcasts.get(name) is begun:
                    del self._broadcasts[name]

            broadcast = begun = _Broadcast(experiment, self.workers, ended)
            self._broadcasts[name] = begun
            begun.watchers = 1
            follower = asyncio.create_task(begun.follow(self.waiters))
            self._followers.add(follower)
            follower.add_done_callback(self._followers.discard)
        else:
            broadcast.watchers += 1
        self.streams += 1
        return broadcast

    def leave(self, broadcast: _Broadcast) -> None:
        """Count a watcher out."""
        broadcast.watchers -= 1
        self.streams -= 1


class Stream:
    """The response to one page that watches: an ASGI application."""

    def __init__(self, events: Events, name: str, experiment: Watched, view: str) -> None:
        self.events, self.name, self.experiment, self.view = events, name, experiment, view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the page is gone, the experiment is, or the server ends."""
        await send({"type": "http.response.start", "status": 200, "headers": HEAD})
        broadcast = self.events.enter(self.name, self.experiment)
        try:
            async with anyio.create_task_group() as group:

                async def listen() -> None:
                    while (await receive())["type"] != "http.disconnect":
                        pass
                    group.cancel_scope.cancel()

                group.start_soon(listen)
                try:
                    async for event in self._events(broadcast):
                        await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
                except LayerwiseError as error:  # of a view that this experiment does not have, or it is gone just now
                    await send({"type": "http.response.body", "body": _last(error).encode(), "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                group.cancel_scope.cancel()
        finally:
            self.events.leave(broadcast)

    async def _events(self, broadcast: _Broadcast) -> AsyncIterator[str]:
        mark: Any = None
        sent, shown = 0, None
        yield "retry: 1000\n\n"
        while not self.events.ending:
            pulse = broadcast.pulse  # before the state is read: a beat after that is not missed
            look = broadcast.look
            if look is not None and broadcast.number != sent:
                sent = broadcast.number
                head, mark = await to_thread.run_sync(self.experiment.progress, mark, limiter=self.events.workers)
                picture = "null" if look.key == shown else await broadcast.picture(look, self.view)
                shown = look.key
                yield _frame(sent, head, picture, look)
                continue
            if broadcast.end is not None:
                yield broadcast.end
                return
            try:
                await asyncio.wait_for(pulse.wait(), HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"


def _last(error: LayerwiseError) -> str:
    name = "gone" if isinstance(error, Gone) else "objection"
    return f"event: {name}\ndata: {dumped(objection(error))}\n\n"


def _frame(number: int, head: dict[str, Any], picture: str, look: Look) -> str:
    age = max(0.0, time.monotonic() - look.ended) * 1000
    fields = dumped({"number": number, **head})
    return f'event: frame\ndata: {fields[:-1]},"snapshot":{picture},"age_ms":{age:.1f}}}\n\n'
