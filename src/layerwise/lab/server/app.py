"""The table of routes, as the page's `protocol.ts` has them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from layerwise.lab.server.assets import INDEX, STATIC, Assets
from layerwise.lab.server.desk import Desk
from layerwise.lab.server.objections import HANDLERS

__all__ = ["create_app"]


def create_app(desk: Desk, static: Path = STATIC) -> Starlette:
    """Return the routes; who may come to them, the guard around them says."""
    assets = Assets(static)

    async def begin() -> None:
        desk.begin()

    async def file(request: Request) -> Response:
        name = request.path_params.get("path", INDEX)
        asset = await asyncio.to_thread(assets.read, name)  # anyio's would be imported before the first page
        packed = "gzip" in request.headers.get("accept-encoding", "")
        once_sent = BackgroundTask(begin) if name == INDEX else None
        if asset.compressed is None or not packed:
            return Response(asset.content, headers=asset.headers, background=once_sent)
        headers = {**asset.headers, "content-encoding": "gzip"}
        return Response(asset.compressed, headers=headers, background=once_sent)

    one = "/api/experiments/{id}"
    table = [
        ("GET", "/", file),
        ("GET", "/static/{path:path}", file),
        ("GET", "/api/about", desk.about),
        ("GET", "/api/lessons", desk.lessons),
        ("POST", "/api/tables", desk.upload),
        ("POST", "/api/vectorization", desk.vectorization),
        ("POST", "/api/experiments", desk.create),
        ("POST", f"{one}/settings", desk.change),
        ("POST", f"{one}/run", desk.run),
        ("GET", f"{one}/events", desk.watch),
        ("GET", f"{one}/points", desk.points),
        ("GET", f"{one}/snapshot", desk.snapshot),
        ("GET", f"{one}/strip", desk.strip),
        ("GET", f"{one}/layer", desk.layer),
        ("GET", f"{one}/unit", desk.unit),
        ("POST", f"{one}/gradients", desk.gradients),
        ("POST", f"{one}/homework", desk.homework),
        ("POST", f"{one}/export", desk.export),
    ]
    routes = [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False
    return app
