"""Who is let in, asked of every route with every method, cookie, Host and Origin."""

import asyncio
import itertools
import re

import httpx
import pytest

from layerwise.lab.server import Desk, Guard, Keys, create_app, hosts_of
from layerwise.lab.server.rooms import Rooms
from layerwise.lab.server.security import HEADERS

PORT = 8765
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"

# A new route fails the first test until it stands here: what it takes, and whether it changes something.
READS, CHANGES = "reads", "changes"
CLASSIFIED = {
    "/": READS,
    "/static/{path:path}": READS,
    "/api/about": READS,
    "/api/lessons": READS,
    "/api/experiments/{id}/events": READS,
    "/api/experiments/{id}/points": READS,
    "/api/experiments/{id}/snapshot": READS,
    "/api/experiments/{id}/strip": READS,
    "/api/experiments/{id}/layer": READS,
    "/api/experiments/{id}/unit": READS,
    "/api/tables": CHANGES,
    "/api/vectorization": CHANGES,
    "/api/experiments": CHANGES,
    "/api/experiments/{id}/settings": CHANGES,
    "/api/experiments/{id}/run": CHANGES,
    "/api/experiments/{id}/gradients": CHANGES,
    "/api/experiments/{id}/homework": CHANGES,
    "/api/experiments/{id}/export": CHANGES,
}
METHODS = ["GET", "POST", "HEAD", "PUT", "OPTIONS", "get"]
COOKIES = ["none", "wrong", "right"]
OURS = [HOST, f"localhost:{PORT}", f"[::1]:{PORT}"]
FORGED = [
    "evil.example",
    f"evil.example:{PORT}",
    "127.0.0.1",
    f"127.0.0.1:{PORT + 1}",
    f"127.0.0.1.evil.example:{PORT}",
    f"127.0.0.1@evil.example:{PORT}",
    f"user@127.0.0.1:{PORT}",
    f"2130706433:{PORT}",
    f"{HOST}, evil.example",
    " ",
    "",
]
HOSTS = [*OURS[:2], f"evil.example:{PORT}", f"127.0.0.1:{PORT + 1}", None]
ORIGINS = [None, "same", "null", "http://evil.example", f"http://127.0.0.1:{PORT + 1}"]


class Lab:
    """The server's application, spoken to without a socket."""

    def __init__(self, static):
        self.keys = Keys(PORT)
        self.desk = Desk(lambda: Rooms({}))
        self.desk.open()
        self.routes = create_app(self.desk, static)
        self.app = Guard(self.routes, self.keys, hosts_of(PORT))

    def cookie(self):
        return self.keys.exchange(self.keys.token).partition(";")[0]

    def ask(self, *requests):
        return asyncio.run(self._ask(requests))

    async def _ask(self, requests):
        return [await self._one(*request) for request in requests]

    async def _one(self, method, path, headers, body=b""):
        """Ask as ASGI has it, since clients correct some of what is asked here; a stream is left after its head."""
        path, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", PORT),
        }  # fmt: skip
        sent, inbox = [], [{"type": "http.request", "body": body, "more_body": False}]

        async def receive():
            if inbox:
                return inbox.pop()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        try:
            await self.app(scope, receive, send)
        except Exception:
            if not sent:
                raise
        head = sent[0]
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return httpx.Response(head["status"], headers=head["headers"], content=content)


@pytest.fixture
def static(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>lab</title>")
    (tmp_path / "assets" / "index-AbCd_123.js").write_text("console.log(1)" * 100)
    return tmp_path


@pytest.fixture
def lab(static):
    lab = Lab(static)
    yield lab
    lab.desk.close()


def route_table(app):
    return {route.path: route.methods - {"HEAD"} for route in app.routes}


def filled(path):
    return path.replace("{id}", "unknown").replace("{path:path}", "assets/index-AbCd_123.js")


def headers_of(host, origin, cookie, right, name):
    headers = [] if host is None else [("host", host)]
    if origin is not None:
        headers.append(("origin", f"http://{host}" if origin == "same" else origin))
    if cookie != "none":
        headers.append(("cookie", right if cookie == "right" else f"{name}={'A' * 32}"))
    return headers


def test_every_route_is_classified(lab):
    table = route_table(lab.routes)
    assert set(table) == set(CLASSIFIED)
    for path, methods in table.items():
        assert methods == ({"GET"} if CLASSIFIED[path] == READS else {"POST"}), path


def test_the_matrix_of_routes_methods_cookies_hosts_and_origins(lab):
    right = lab.cookie()
    table = {**route_table(lab.routes), "/nowhere": set(), "/api/nowhere": set()}
    asked, expected = [], []
    for path, method, cookie, host, origin in itertools.product(table, METHODS, COOKIES, HOSTS, ORIGINS):
        asked.append((method, filled(path), headers_of(host, origin, cookie, right, lab.keys.cookie_name)))
        good_host = host in OURS
        good_origin = origin == "same" or (origin is None and method != "POST")
        if not good_host or not good_origin:
            expected.append({403})
        elif method not in ("GET", "POST"):
            expected.append({405})
        elif cookie != "right":
            expected.append({403})
        elif not table[path]:
            expected.append({404})
        elif method not in table[path]:
            expected.append({405})
        else:  # let in: what the route then says of an unknown experiment and of no body is its own affair
            expected.append({200, 400, 410, 415})
    for request, answer, statuses in zip(asked, lab.ask(*asked), expected, strict=True):
        assert answer.status_code in statuses, (request[:2], request[2], answer.status_code, answer.text)
        assert all(answer.headers[name] == value for name, value in HEADERS.items()), request
        assert "set-cookie" not in answer.headers
        assert lab.keys.token not in answer.text


@pytest.mark.parametrize("forged", FORGED)
def test_forged_hosts_are_refused_whatever_their_form(lab, forged):
    right = lab.cookie()
    page, missing = lab.ask(*(("GET", path, [("host", forged), ("cookie", right)]) for path in ("/", "/nowhere")))
    assert (page.status_code, missing.status_code) == (403, 403)


@pytest.mark.parametrize(
    "origin", ["", "null", ORIGIN + "/", f"https://{HOST}", f"http://localhost:{PORT}", f"{ORIGIN}.evil"]
)
def test_only_the_origin_of_the_host_that_was_asked_may_post(lab, origin):
    right = lab.cookie()
    headers = [("host", HOST), ("origin", origin), ("cookie", right)]
    assert [answer.status_code for answer in lab.ask(("POST", "/api/experiments", headers), ("GET", "/", headers))] == [
        403
    ] * 2


@pytest.mark.parametrize(
    "method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "post", ""]
)
def test_methods_that_are_not_listed_are_refused(lab, method):
    headers = [("host", HOST), ("origin", ORIGIN), ("cookie", lab.cookie())]
    assert [answer.status_code for answer in lab.ask((method, "/", headers), (method, "/nowhere", headers))] == [
        405,
        405,
    ]


def test_fetch_metadata_of_other_sites_is_refused(lab):
    right = lab.cookie()
    for site, status in [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403), ("?", 403)]:
        (answer,) = lab.ask(("GET", "/", [("host", HOST), ("cookie", right), ("sec-fetch-site", site)]))
        assert answer.status_code == status, site


def test_two_hosts_or_two_origins_are_refused(lab):
    right = lab.cookie()
    twice = [("host", HOST), ("host", HOST), ("cookie", right)]
    mixed = [("host", HOST), ("origin", ORIGIN), ("origin", "http://evil.example"), ("cookie", right)]
    assert [answer.status_code for answer in lab.ask(("GET", "/", twice), ("GET", "/", mixed))] == [403, 403]


def test_the_token_is_exchanged_once_for_a_cookie(lab):
    link, host = f"/?token={lab.keys.token}", ("host", HOST)
    wrong, first, again = lab.ask(("GET", f"/?token={'A' * 32}", [host]), ("GET", link, [host]), ("GET", link, [host]))
    assert wrong.status_code == again.status_code == 403
    assert "set-cookie" not in wrong.headers
    assert "link" in again.text
    assert len(again.text.splitlines()) == 1
    assert first.status_code == 303
    assert first.headers["location"] == "/"
    assert first.headers["cache-control"] == "no-store"
    cookie, *flags = first.headers["set-cookie"].split("; ")
    assert flags == ["HttpOnly", "SameSite=Strict", "Path=/"]
    secret = cookie.partition("=")[2]
    assert re.fullmatch(r"[\w-]{32}", secret)  # 32 characters of 6 bits are 192
    assert re.fullmatch(r"[\w-]{32}", lab.keys.token)
    assert secret != lab.keys.token
    page, spent = lab.ask(("GET", "/", [host, ("cookie", cookie)]), ("GET", link, [host, ("cookie", cookie)]))
    assert page.status_code == 200
    assert spent.status_code == 303
    assert "set-cookie" not in spent.headers


def test_the_token_alone_opens_no_other_route_and_no_post(lab):
    link = f"?token={lab.keys.token}"
    paths = [("GET", "/api/about"), ("GET", "/static/index.html"), ("POST", "/"), ("POST", "/api/experiments")]
    answers = lab.ask(*((method, path + link, [("host", HOST), ("origin", ORIGIN)]) for method, path in paths))
    assert [answer.status_code for answer in answers] == [403] * 4


def test_a_forged_host_does_not_spend_the_token(lab):
    link = f"/?token={lab.keys.token}"
    forged, right = lab.ask(("GET", link, [("host", "evil.example")]), ("GET", link, [("host", HOST)]))
    assert (forged.status_code, right.status_code) == (403, 303)


def test_cookies_of_other_programs_do_not_lock_out(lab):
    noise = 'a={"x": [1, 2]}; b="un;closed; =; '
    (answer,) = lab.ask(("GET", "/", [("host", HOST), ("cookie", noise + lab.cookie())]))
    assert answer.status_code == 200


@pytest.mark.parametrize("value", ["", "é", "\x80\xff", "A" * 10_000])
def test_strange_tokens_and_cookies_are_wrong_and_no_error(lab, value):
    headers = [("host", HOST), ("cookie", f"{lab.keys.cookie_name}={value}")]
    token, cookie = lab.ask(("GET", "/?token=%ff%00%e9", [("host", HOST)]), ("GET", "/", headers))
    assert (token.status_code, cookie.status_code) == (403, 403)


def test_an_asked_host_is_let_in_and_no_other():
    assert "192.168.1.5:8765" in hosts_of(PORT, "192.168.1.5")
    assert "[fe80::1]:8765" in hosts_of(PORT, "fe80::1")
    assert hosts_of(80) == {"127.0.0.1:80", "localhost:80", "[::1]:80", "127.0.0.1", "localhost", "[::1]"}
    assert "evil.example:8765" not in hosts_of(PORT, "0.0.0.0")


def test_the_policy_of_the_page_has_nothing_unsafe():
    policy = HEADERS["content-security-policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    for directive in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"):
        assert directive in policy


def test_refusals_are_objections_for_the_page_and_a_sentence_for_a_person(lab):
    api, page = lab.ask(("GET", "/api/about", [("host", HOST)]), ("GET", "/", [("host", HOST)]))
    assert set(api.json()) == {"error", "setting", "code"}
    assert page.headers["content-type"].startswith("text/plain")
