"""Who is let in: every request passes the guard before any route sees it.

A server on this machine can be reached from every web page that its user has open. So the guard asks, in this order:
is it meant for this server (Host: a page whose name was rebound to 127.0.0.1 gives its own), does it come from this
server's page (Origin, Sec-Fetch-Site), is the method one that is served, and does it carry the cookie that the link's
token was exchanged for. What it refuses, no route has seen.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from layerwise.lab.server.objections import Refusal, refusal_response

__all__ = ["HEADERS", "METHODS", "Guard", "Keys", "hosts_of"]

METHODS = ("GET", "POST")
SECRET_BYTES = 24
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NO_KEY = (
    "This page opens with the link that 'layerwise lab' printed, and a link opens once. Start it again for another."
)


class Keys:
    """The token of the printed link, and the cookie it is exchanged for: each 192 random bits.

    Browsers send a cookie to every port of its host, so that its name holds the port: two labs keep apart.
    """

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(SECRET_BYTES)
        self.cookie_name = f"layerwise_lab_{port}"
        self._cookie = secrets.token_urlsafe(SECRET_BYTES)
        self._spent = False

    def exchange(self, token: str) -> str | None:
        """Return the Set-Cookie header for the right token, the first time; None for any other, and ever after."""
        right = _equal(token, self.token)
        if self._spent or not right:
            return None
        self._spent = True
        return f"{self.cookie_name}={self._cookie}; HttpOnly; SameSite=Strict; Path=/"

    def opens(self, headers: Headers) -> bool:
        """Whether a request carries the cookie."""
        return any(
            _equal(cookie_parser(cookies).get(self.cookie_name, ""), self._cookie)
            for cookies in headers.getlist("cookie")
        )


def hosts_of(port: int, asked: str | None = None) -> frozenset[str]:
    """Return the Host headers that mean this server: those of loopback, and the address that was asked for."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    if asked is not None:
        names.append(f"[{asked}]" if ":" in asked else asked.lower())
    hosts = {f"{name}:{port}" for name in names}
    return frozenset(hosts | set(names) if port == 80 else hosts)


class Guard:
    """Around all routes: refuses what is not this user's page, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp, keys: Keys, hosts: frozenset[str]) -> None:
        self.app, self.keys, self.hosts = app, keys, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            raise RuntimeError(f"The lab speaks HTTP alone. Got {scope['type']!r}.")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        answer = self._refused(scope)
        await (answer or self.app)(scope, receive, with_headers)

    def _refused(self, scope: Scope) -> Response | None:
        headers, method = Headers(scope=scope), scope["method"]
        try:
            _check_origin(headers, method, self.hosts)
            if method not in METHODS:
                raise Refusal(405, f"The lab answers {' and '.join(METHODS)} alone. Got {method[:20]}.")
            # a token that is spent, or stands in an old link, leads on for who has the cookie
            token = _token(scope) if method == "GET" and scope["path"] == "/" else None
            cookie = None if token is None else self.keys.exchange(token)
            if cookie is None and not self.keys.opens(headers):
                raise Refusal(403, NO_KEY)
        except Refusal as refusal:
            return refusal_response(refusal, scope["path"])
        if token is None:
            return None
        clean = RedirectResponse("/", 303)
        if cookie is not None:
            clean.headers["set-cookie"] = cookie
        return clean


def _check_origin(headers: Headers, method: str, hosts: frozenset[str]) -> None:
    named = [host.lower() for host in headers.getlist("host")]
    if len(named) != 1 or named[0] not in hosts:
        raise Refusal(403, "This server is not of that name: open the link that 'layerwise lab' printed.")
    origins = headers.getlist("origin")
    if not origins and method == "POST":
        raise Refusal(403, "A POST must say by its Origin which page it comes from.")
    if any(origin.lower() != f"http://{named[0]}" for origin in origins):
        raise Refusal(403, "This request comes from another page than the lab's own.")
    # "none" is the user's own doing: a typed address, a link from a terminal
    if any(site not in ("same-origin", "none") for site in headers.getlist("sec-fetch-site")):
        raise Refusal(403, "Another page led here. Copy the link that 'layerwise lab' printed into the address bar.")


def _token(scope: Scope) -> str | None:
    # latin-1, as any byte may stand in a query
    given = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=20)
    return given["token"][0] if "token" in given else None


def _equal(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())
