"""What the routes answer: the page's files, limits, errors, and the way from a table to a trained network."""

import asyncio
import gzip
import json
import threading
import time

import httpx
import pytest

from layerwise.lab.server import Desk, Guard, Keys, create_app, hosts_of, limits
from layerwise.lab.server.rooms import Rooms

HOST = "127.0.0.1:8765"
CSV = "age,city,buys\n" + "".join(
    f"{20 + k % 40},{'Oslo' if k % 3 else 'Rome'},{'yes' if k % 40 > 20 else 'no'}\n" for k in range(80)
)
SCRIPT = "console.log('layerwise');" * 200


@pytest.fixture
def static(tmp_path):
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Lab</title>")
    (folder / "assets" / "index-AbCd_123.js").write_text(SCRIPT)
    (folder / "assets" / "katex.woff2").write_bytes(b"font")
    (folder / "notes.exe").write_text("not of a page")
    (tmp_path / "secret.html").write_text("secret")
    (folder / "link.html").symlink_to(tmp_path / "secret.html")
    return folder


@pytest.fixture
def desk():
    desk = Desk(lambda: Rooms({}))
    desk.open()
    yield desk
    desk.close()


@pytest.fixture
def ask(desk, static):
    """Send requests as the lab's page does; an `Origin` of None is not sent."""
    keys = Keys(8765)
    app = Guard(create_app(desk, static), keys, hosts_of(8765))
    cookie = keys.exchange(keys.token).partition(";")[0]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def one(method, path, **more):
        async def asked():
            headers = {"host": HOST, "origin": f"http://{HOST}", "cookie": cookie, **more.pop("headers", {})}
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
                return await client.request(method, path, headers=headers, **more)

        return asyncio.run(asked())

    return one


def post(ask, path, body):
    answer = ask("POST", path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


# ---------- the page ----------


def test_the_page_and_its_files(ask):
    page = ask("GET", "/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    script = ask("GET", "/static/assets/index-AbCd_123.js")
    assert script.text == SCRIPT
    assert script.headers["content-encoding"] == "gzip"
    assert int(script.headers["content-length"]) < len(SCRIPT) / 10
    assert "immutable" in script.headers["cache-control"]
    plain = ask("GET", "/static/assets/index-AbCd_123.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == gzip.decompress(gzip.compress(SCRIPT.encode()))
    font = ask("GET", "/static/assets/katex.woff2")
    assert (font.headers["content-type"], font.content) == ("font/woff2", b"font")
    assert "content-encoding" not in font.headers


@pytest.mark.parametrize(
    "path",
    [
        "../secret.html",
        "..%2fsecret.html",
        "assets/../../secret.html",
        "%2e%2e/secret.html",
        "..%5csecret.html",
        "assets//index-AbCd_123.js",
        "/etc/passwd",
        "%00.html",
        "index.html%00",
        "link.html",
        "notes.exe",
        "assets",
        "nothing.js",
        "",
        "...html",
        "x" * 5_000 + ".js",
    ],
)
def test_only_files_of_the_page_are_served(ask, path):
    answer = ask("GET", f"/static/{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_a_page_that_is_not_built_says_how(ask, static):
    (static / "index.html").unlink()
    answer = ask("GET", "/")
    assert answer.status_code == 500
    assert "make lab-page" in answer.text


# ---------- limits ----------


@pytest.mark.parametrize("announced", [True, False])
def test_bodies_over_the_limit_are_refused(ask, announced):
    body = b'{"settings": {"table": "' + b"x" * limits.JSON_BYTES + b'"}}'

    async def in_chunks():
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    content = body if announced else in_chunks()
    answer = ask("POST", "/api/experiments", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "large"


def test_an_upload_over_the_limit_is_refused(ask, monkeypatch):
    monkeypatch.setattr(Rooms, "upload_bytes", 100)
    answer = ask("POST", "/api/tables?name=people.csv", content=CSV, headers={"content-type": "text/csv"})
    assert answer.status_code == 413


def test_a_body_that_does_not_come_is_given_up(ask, monkeypatch):
    monkeypatch.setattr(limits, "SECONDS", 0.05)

    async def never():
        yield b"{"
        await asyncio.sleep(1)
        yield b"}"

    answer = ask("POST", "/api/experiments", content=never(), headers={"content-type": "application/json"})
    assert answer.status_code == 408


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_of_another_type_is_refused(ask, kind):
    answer = ask("POST", "/api/experiments", content=b'{"settings": {}}', headers={"content-type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"1", b'{"settings": 1}', b"{}", b'{"settings": {"noise": NaN}}', b'{"a":' * 5_000, b"\xff\xfe",
     b'{"settings": {"points": ' + b"[" * 20 + b"]" * 20 + b"}}"],
)  # fmt: skip
def test_bodies_that_are_no_json_of_ours_are_refused(ask, body):
    answer = ask("POST", "/api/experiments", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "setting", "code"}


@pytest.mark.parametrize("epoch", ["", "x", "1.5", "1e3", "²", "9" * 40, "-1", "1"])
def test_an_epoch_that_there_is_not_is_refused(ask, epoch):
    one = post(ask, "/api/experiments", {"settings": {}})["id"]
    answer = ask("GET", f"/api/experiments/{one}/snapshot", params={"epoch": epoch})
    assert answer.status_code == 400
    assert "epoch" in answer.json()["error"]


# ---------- errors ----------


def test_an_error_of_a_setting_names_it(ask):
    answer = ask("POST", "/api/experiments", json={"settings": {"learning_rate": -1}})
    assert answer.status_code == 400
    assert answer.json()["setting"] == "learning_rate"
    assert "-1" in answer.json()["error"]


def test_a_run_is_steered_while_every_worker_computes(desk, static, monkeypatch):
    steered = threading.Event()
    monkeypatch.setattr(Rooms, "gradients", lambda *_: steered.wait(30))
    monkeypatch.setattr(Rooms, "run", lambda *_: {"status": steered.set() or "paused"})
    transport = httpx.ASGITransport(create_app(desk, static))

    async def asked():
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}", timeout=60) as client:
            checks = [client.post("/api/experiments/one/gradients", json={"epoch": 0}) for _ in range(9)]
            return await asyncio.gather(*checks, client.post("/api/experiments/one/run", json={"action": "pause"}))

    assert all(answer.json() for answer in asyncio.run(asked()))


def test_what_was_dropped_is_gone(ask):
    for method, path, more in [
        ("GET", "points", {}),
        ("POST", "run", {"json": {"action": "start"}}),
        ("GET", "events", {}),
    ]:
        answer = ask(method, f"/api/experiments/none/{path}", **more)
        assert answer.status_code == 410
        assert answer.json()["code"] == "gone"


def test_addresses_that_there_are_not(ask):
    assert ask("GET", "/api/nothing").json()["code"] == "unknown"
    assert ask("GET", "/api/about/").status_code == 404
    assert ask("POST", "/api/about").status_code == 405


def test_a_fault_of_ours_is_one_plain_sentence_and_a_traceback_for_standard_error(ask, monkeypatch):
    def broken(self):
        raise KeyError("a detail of the inside")

    monkeypatch.setattr(Rooms, "about", broken)
    answer = ask("GET", "/api/about")
    assert answer.status_code == 500
    assert answer.json()["code"] == "unexpected"
    assert "detail" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_first_page_is_sent_before_the_rooms_open_and_they_open_once(static):
    order = []

    def open_rooms():
        order.append("rooms")
        return Rooms({})

    desk = Desk(open_rooms)
    app = create_app(desk, static)

    async def page():
        async def send(message):
            order.append(message["type"])

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        await app({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}, receive, send)

    asyncio.run(page())
    asyncio.run(page())
    assert desk._rooms.result(20)
    asyncio.run(page())
    desk.open()
    assert order[:2] == ["http.response.start", "http.response.body"]
    assert order.count("rooms") == 1
    desk.close()


def test_rooms_that_cannot_be_opened_are_an_error_and_no_hanging(static):
    desk = Desk(lambda: 1 / 0)
    desk.open()
    keys = Keys(8765)
    app = Guard(create_app(desk, static), keys, hosts_of(8765))
    cookie = keys.exchange(keys.token).partition(";")[0]

    async def asked():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            return await client.get("/api/about", headers={"cookie": cookie})

    assert asyncio.run(asked()).status_code == 500
    desk.close()


# ---------- from settings to a trained network ----------


def until_finished(ask, one, seconds=20):
    end = time.monotonic() + seconds
    while (status := post(ask, f"/api/experiments/{one}/run", {"action": "pause"})["status"]) not in (
        "finished",
        "diverged",
    ):
        assert time.monotonic() < end
        post(ask, f"/api/experiments/{one}/run", {"action": "start"})
        time.sleep(0.1)
    return status


def test_what_there_is_to_choose(ask):
    about = ask("GET", "/api/about").json()
    assert set(about) == {"version", "settings", "presets", "limits", "table", "given"}
    assert {"flower", "table", "points"} <= {preset["name"] for preset in about["presets"]}
    assert set(about["limits"]) == {"upload_bytes", "rows", "columns", "cell", "drawn_points", "hidden_layers", "units"}
    assert all(type(limit) is int for limit in about["limits"].values())


def test_a_table_becomes_a_trained_network(ask):
    answer = ask(
        "POST", "/api/tables?name=people.csv", content=CSV, headers={"content-type": "text/csv; charset=utf-8"}
    )
    table = answer.json()
    assert (table["name"], table["rows"]) == ("people.csv", 80)
    settings = {"preset": "table", "table": table["id"], "target": "buys", "epochs": 20}
    described = post(ask, "/api/experiments", {"settings": settings})
    assert (described["task"], described["target"], described["status"]) == ("binary", "buys", "ready")
    assert described["sizes"][0] == len(described["inputs"])
    assert described["m"] + described["m_validation"] == 80
    one = described["id"]
    assert until_finished(ask, one) == "finished"
    shown = ask(
        "GET", f"/api/experiments/{one}/snapshot", params={"epoch": 20, "view": json.dumps({"surface": 10})}
    ).json()
    assert (shown["epoch"], shown["surface"]["side"], len(shown["layers"])) == (20, 10, 2)
    points = ask("GET", f"/api/experiments/{one}/points").json()
    assert len(points["x"]) == len(points["label"]) == 80
    assert post(ask, f"/api/experiments/{one}/run", {"action": "reset"}) == {"status": "ready"}
    changed = post(ask, f"/api/experiments/{one}/settings", {"settings": {"hidden": []}})
    assert changed["id"] == one
    assert len(changed["sizes"]) == 2


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"action": "fly"},
        {"action": "start", "epochs": -1},
        {"action": "start", "pace": 0},
        {"action": "pace", "pace": "fast"},
        {"action": None},
    ],
)
def test_runs_that_cannot_be_are_refused(ask, asked):
    one = post(ask, "/api/experiments", {"settings": {}})["id"]
    assert ask("POST", f"/api/experiments/{one}/run", json=asked).status_code == 400


def test_every_route_of_a_trained_network_answers(ask):
    one = post(ask, "/api/experiments", {"settings": {"epochs": 30, "batch_size": 64}})["id"]
    assert until_finished(ask, one) == "finished"
    where = {"epoch": 10, "batch": 1, "example": 2, "layer": 1, "unit": 3}
    for path, keys in [("strip", "epoch batch example"), ("layer", "epoch batch layer"), ("unit", " ".join(where))]:
        answer = ask("GET", f"/api/experiments/{one}/{path}", params={name: where[name] for name in keys.split()})
        assert answer.status_code == 200, answer.text
    strip = ask("GET", f"/api/experiments/{one}/strip", params={"epoch": 10, "batch": 1, "example": 2}).json()
    assert (strip["epoch"], strip["batch"], strip["example"]) == (10, 1, 2)
    assert post(ask, f"/api/experiments/{one}/gradients", {"epoch": 10})["ok"]
    homework = {"epoch": 10, "batch": 0, "parameters": {}, "answers": {"b[2]": [[0]]}}
    assert ask("POST", f"/api/experiments/{one}/homework", json=homework).status_code in (200, 400)
    timed = post(ask, "/api/vectorization", {"n_x": 10, "m": 100})
    assert (timed["n_x"], timed["m"]) == (10, 100)
    assert len(ask("GET", "/api/lessons").json()) > 5


@pytest.mark.parametrize("kind", ["model", "script", "numpy", "sklearn", "pytorch", "predictions", "history"])
def test_exports_are_files_to_save(ask, kind):
    one = post(ask, "/api/experiments", {"settings": {"epochs": 30}})["id"]
    assert until_finished(ask, one) == "finished"
    answer = ask("POST", f"/api/experiments/{one}/export", json={"kind": kind, "epoch": 30})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert answer.content
    if kind == "history":
        assert len(answer.text.splitlines()) == 31
    nothing = ask("POST", f"/api/experiments/{one}/export", json={"kind": "exe", "epoch": 30})
    assert nothing.status_code == 400
