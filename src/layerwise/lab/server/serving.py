"""`serve`: a socket, a link, and the lab behind it until Ctrl-C."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from layerwise.errors import ParameterError
from layerwise.lab.server.app import create_app
from layerwise.lab.server.assets import STATIC
from layerwise.lab.server.desk import Desk
from layerwise.lab.server.security import Guard, Keys, hosts_of

if TYPE_CHECKING:
    from layerwise.lab.server.rooms import Rooms

__all__ = ["HOST", "PORT", "bind", "link_of", "reaches_far", "serve"]

HOST, PORT = "127.0.0.1", 8765
WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - told apart, not bound to
GRACE = 2
"""Seconds that answers under way are waited for when the lab ends."""

SOON = 0.2
"""Seconds after the link until the rooms open by themselves; the first page opens them, too, once it is sent."""


def bind(host: str = HOST, port: int | None = None) -> socket.socket:
    """Return a socket that listens: browsers that come early wait in its queue.

    Without a port it is the usual one, or any free one where that is taken.

    Raises
    ------
    ParameterError
        If the address is none of this machine's, or the port is taken.
    """
    try:
        family, *_ = socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise ParameterError(f"--host must be an address of this machine. {host!r} is not known.") from None
    tried = (PORT, 0) if port is None else (port,)
    for number in tried:
        try:
            return socket.create_server((host, number), family=family, backlog=128)
        except OSError as error:
            reason = error.strerror or str(error)
    if port is None:
        raise ParameterError(f"--host must be an address of this machine. {host!r} cannot be listened at: {reason}.")
    raise ParameterError(f"--port {port} cannot be used at {host}: {reason}. Give another, or leave it out.")


def reaches_far(listening: socket.socket) -> bool:
    """Whether other machines can come in by this socket."""
    return not ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


def link_of(host: str, port: int, token: str) -> str:
    """Return the link that opens the lab."""
    shown = HOST if host in WILDCARDS else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/?token={token}"


def serve(
    open_rooms: Callable[[], Rooms],
    listening: socket.socket,
    *,
    host: str = HOST,
    static: Path = STATIC,
    on_ready: Callable[[str], None],
) -> None:
    """Serve the lab at a socket until Ctrl-C, and close its rooms.

    Parameters
    ----------
    open_rooms : callable
        Builds what the page's questions are put to; called in a thread, after the first page is sent.
    listening : socket
        As `bind` gives it.
    host : str
        The address as it was asked for; requests may name it.
    static : Path
        The folder of the built page.
    on_ready : callable
        Gets the link, token included, once it can be opened.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, when all is closed.
    """
    port = listening.getsockname()[1]
    keys = Keys(port)
    desk = Desk(open_rooms)
    config = uvicorn.Config(
        Guard(create_app(desk, static), keys, hosts_of(port, host)),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,  # nothing below a warning is said, and no address with a token in it
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=16_384,
    )

    def ready() -> None:
        on_ready(link_of(host, port, keys.token))
        # not before: what it imports would hold up the link and the page
        asyncio.get_running_loop().call_later(SOON, desk.begin)

    try:
        _Server(config, desk, ready).run(sockets=[listening])
    finally:
        desk.close()


class _Server(uvicorn.Server):
    """uvicorn, which ends the event streams before it waits for what is under way."""

    def __init__(self, config: uvicorn.Config, desk: Desk, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.desk, self.ready = desk, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.desk.events.end()
        await super().shutdown(sockets)
