"""What a request may bring: how many bytes, of which type, in which time; and numbers and JSON read out of it."""

from __future__ import annotations

import json
from typing import Any

import anyio
from starlette.requests import Request

from layerwise.lab.server.objections import Refusal

__all__ = ["JSON_BYTES", "body_of", "integer", "json_of", "parsed"]

JSON_BYTES = 1_000_000
SECONDS = 30.0
JSON_DEPTH = 12


async def body_of(request: Request, at_most: int, *types: str) -> bytes:
    """Read a body of one of these types; what goes over the limit is refused while it arrives."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in types:
        raise Refusal(415, f"The content type must be {' or '.join(types)}. Got {kind[:60]!r}.")
    too_much = Refusal(413, f"At most {at_most:,} bytes are taken. Send a smaller one.")
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > at_most:
        raise too_much
    read = bytearray()
    with anyio.move_on_after(SECONDS) as patience:
        async for chunk in request.stream():
            read += chunk
            if len(read) > at_most:
                raise too_much
    if patience.cancelled_caught:
        raise Refusal(408, f"The request did not arrive within {SECONDS:.0f} seconds. Send it again.")
    return bytes(read)


async def json_of(request: Request) -> dict[str, Any]:
    """Read a JSON object."""
    return parsed(await body_of(request, JSON_BYTES, "application/json"), "The body")


def parsed(text: bytes | str, what: str) -> dict[str, Any]:
    """Return a JSON object of ordinary numbers and a sane depth."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, f"{what} must be JSON with finite numbers.") from None
    if not isinstance(value, dict):
        raise Refusal(400, f"{what} must be a JSON object. Got {type(value).__name__}.")
    if _depth(value) > JSON_DEPTH:
        raise Refusal(400, f"{what} must be nested at most {JSON_DEPTH} deep.")
    return value


def integer(request: Request, name: str) -> int:
    """Return a whole number of the query string; what range it has, the rooms behind it say."""
    text = request.query_params.get(name, "")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 15):
        raise Refusal(400, f"{name} must be a whole number. Got {text[:40]!r}.")
    return int(text)


def _depth(value: object) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(_depth, inside), default=0)


def _no_constant(name: str) -> None:
    raise ValueError(name)
