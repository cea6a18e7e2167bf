"""The desk: takes what the page asks, checks its form, and puts it to the rooms behind, in threads."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from layerwise.lab.server.events import Events, Stream, dumped
from layerwise.lab.server.limits import body_of, integer, json_of, parsed
from layerwise.lab.server.objections import Refusal

if TYPE_CHECKING:
    from layerwise.lab.server.rooms import Rooms

__all__ = ["Desk"]

WORKERS = max(2, min(8, os.cpu_count() or 2))
STEERING = 4
"""Threads for what is asked of a run and its settings: a pause must not wait for pictures."""
_UNSAFE = re.compile(r"[^\w. -]", re.ASCII)


class Desk:
    """The endpoints of the routes under api/."""

    def __init__(self, open_rooms: Callable[[], Rooms]) -> None:
        self.workers = CapacityLimiter(WORKERS)
        self._steering = CapacityLimiter(STEERING)
        self.events = Events(self.workers)
        self._open_rooms = open_rooms
        self._rooms: Future[Rooms] = Future()
        self._beginning = Lock()

    def begin(self) -> None:
        """Open the rooms in a thread, if nobody did; what is asked before waits in its own."""
        if not self._beginning.locked():
            Thread(target=self.open, name="layerwise-lab-rooms", daemon=True).start()

    def open(self) -> None:
        """Open the rooms, once."""
        if not self._beginning.acquire(blocking=False):
            return
        try:
            self._rooms.set_result(self._open_rooms())
        except BaseException as error:  # whoever waits for the rooms is told, whatever it was
            self._rooms.set_exception(error)

    def close(self) -> None:
        """Close the rooms, if they were opened."""
        if self._rooms.done() and self._rooms.exception() is None:
            self._rooms.result().close()

    async def _ask(self, question: Callable[[Rooms], Any], limiter: CapacityLimiter | None = None) -> Response:
        def asked() -> str:
            return dumped(question(self._rooms.result()))

        answer = await to_thread.run_sync(asked, limiter=limiter or self.workers)
        return Response(answer, media_type="application/json")

    async def about(self, request: Request) -> Response:
        """Answer with `About`."""
        return await self._ask(lambda rooms: rooms.about())

    async def lessons(self, request: Request) -> Response:
        """Answer with all lessons."""
        return await self._ask(lambda rooms: rooms.lessons())

    async def upload(self, request: Request) -> Response:
        """Take a CSV text, and answer with its `Table`."""
        name = request.query_params.get("name", "")[:200]
        rooms = await to_thread.run_sync(self._rooms.result, limiter=self.workers)
        content = await body_of(request, rooms.upload_bytes, "text/csv", "text/plain")
        return await self._ask(lambda rooms: rooms.upload(name, content))

    async def vectorization(self, request: Request) -> Response:
        """Answer with `Vectorization`, timed now."""
        given = await json_of(request)
        n_x, m = given.get("n_x"), given.get("m")
        if type(n_x) is not int or type(m) is not int:
            raise Refusal(400, "n_x and m must be whole numbers.")
        return await self._ask(lambda rooms: rooms.vectorization(n_x, m))

    async def create(self, request: Request) -> Response:
        """Make an experiment, and answer with its `Description`."""
        given = await json_of(request)
        return await self._ask(lambda rooms: rooms.create(_settings(given)), self._steering)

    async def change(self, request: Request) -> Response:
        """Change settings, and answer with the `Description`."""
        given = await json_of(request)
        return await self._ask(lambda rooms: rooms.change(_id(request), _settings(given)), self._steering)

    async def run(self, request: Request) -> Response:
        """Start, pause, step or reset a run, and answer with its status."""
        given = await json_of(request)
        return await self._ask(lambda rooms: rooms.run(_id(request), given), self._steering)

    async def watch(self, request: Request) -> Stream:
        """Stream `Frame`s."""
        view = dumped(_view(request))  # equal views are equal texts
        watching = await to_thread.run_sync(lambda: self._rooms.result().watching(_id(request)), limiter=self.workers)
        return self.events.stream(_id(request), watching, view)

    async def points(self, request: Request) -> Response:
        """Answer with `Points`."""
        view = _view(request)
        return await self._ask(lambda rooms: rooms.points(_id(request), view))

    async def snapshot(self, request: Request) -> Response:
        """Answer with the `Snapshot` of an epoch."""
        epoch, view = integer(request, "epoch"), _view(request)
        return await self._ask(lambda rooms: rooms.snapshot(_id(request), epoch, view))

    async def strip(self, request: Request) -> Response:
        """Answer with the `Strip` of a step."""
        where = [integer(request, name) for name in ("epoch", "batch", "example")]
        return await self._ask(lambda rooms: rooms.strip(_id(request), *where))

    async def layer(self, request: Request) -> Response:
        """Answer with `LayerTensors`."""
        where = [integer(request, name) for name in ("epoch", "batch", "layer")]
        return await self._ask(lambda rooms: rooms.layer(_id(request), *where))

    async def unit(self, request: Request) -> Response:
        """Answer with a `UnitGraph`."""
        where = [integer(request, name) for name in ("epoch", "batch", "example", "layer", "unit")]
        return await self._ask(lambda rooms: rooms.unit(_id(request), *where))

    async def gradients(self, request: Request) -> Response:
        """Answer with a `GradientCheck`."""
        epoch = _epoch(await json_of(request))
        return await self._ask(lambda rooms: rooms.gradients(_id(request), epoch))

    async def homework(self, request: Request) -> Response:
        """Answer with `Marks`."""
        given = await json_of(request)
        epoch = _epoch(given)
        return await self._ask(lambda rooms: rooms.homework(_id(request), epoch, given))

    async def export(self, request: Request) -> Response:
        """Answer with a file to download."""
        given = await json_of(request)
        epoch, kind = _epoch(given), str(given.get("kind"))
        file = await to_thread.run_sync(
            lambda: self._rooms.result().export(_id(request), epoch, kind), limiter=self.workers
        )
        name = _UNSAFE.sub("_", file.name)
        saved = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(file.content, media_type=file.type, headers=saved)


def _id(request: Request) -> str:
    return str(request.path_params["id"])


def _view(request: Request) -> dict[str, Any]:
    return dict(sorted(parsed(request.query_params.get("view", "{}"), "view").items()))


def _epoch(given: dict[str, Any]) -> int:
    epoch = given.get("epoch")
    if type(epoch) is not int:
        raise Refusal(400, f"epoch must be a whole number. Got {str(epoch)[:40]!r}.")
    return epoch


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    settings = given.get("settings")
    if not isinstance(settings, dict):
        raise Refusal(400, "settings must be a JSON object of settings by name.")
    return settings
