"""Errors, as the page gets them: one plain sentence, the setting it is about, and a code."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from layerwise.errors import LayerwiseError
from layerwise.lab.objections import Gone

__all__ = ["HANDLERS", "Refusal", "objection", "refusal_response"]

UNEXPECTED = "Something went wrong in the lab itself. What it was stands where 'layerwise lab' was started."
CODES = {403: "forbidden", 404: "unknown", 405: "method", 408: "slow", 413: "large", 415: "type", 503: "busy"}
SENTENCES = {404: "There is nothing at this address.", 405: "This address takes another method."}


class Refusal(Exception):  # noqa: N818 - an answer, and no failure of ours
    """A request that cannot be answered, and why."""

    def __init__(self, status: int, sentence: str, code: str | None = None) -> None:
        super().__init__(sentence)
        self.status, self.code = status, code or CODES.get(status, "invalid")


def objection(error: LayerwiseError) -> dict[str, str | None]:
    """Return an error in the shape that the page takes."""
    return _said(str(error), getattr(error, "code", "invalid"), getattr(error, "setting", None))


def refusal_response(refusal: Refusal, path: str) -> Response:
    """Answer as the address has it: data for the page's program, a sentence for a person."""
    if path.startswith("/api/"):
        return JSONResponse(_said(str(refusal), refusal.code), refusal.status)
    return PlainTextResponse(f"{refusal}\n", refusal.status)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    return refusal_response(error, request.url.path)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = refusal_response(Refusal(status, SENTENCES.get(status, UNEXPECTED)), request.url.path)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


async def _objected(request: Request, error: Exception) -> Response:
    if not isinstance(error, LayerwiseError):
        raise error
    return JSONResponse(objection(error), 410 if isinstance(error, Gone) else 400)


async def _unexpected(request: Request, error: Exception) -> Response:
    # starlette raises it again, and uvicorn writes its traceback to standard error
    return refusal_response(Refusal(500, UNEXPECTED, "unexpected"), request.url.path)


def _said(error: str, code: str, setting: str | None = None) -> dict[str, str | None]:
    return {"error": error, "setting": setting, "code": code}


HANDLERS = {Refusal: _refused, HTTPException: _http, LayerwiseError: _objected, Exception: _unexpected}
