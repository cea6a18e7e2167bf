"""`layerwise lab`: what it prints, refuses, and how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from layerwise.cli import main
from layerwise.lab.server import serving

LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]{32})\b")
ROWS = "age,buys\n" + "".join(f"{20 + k},{'yes' if k > 20 else 'no'}\n" for k in range(40))


@pytest.fixture
def layerwise(monkeypatch, capsys, tmp_path):
    """Run a command in an empty folder without serving; return its exit code, output, errors, and what it served."""
    served, opened = [], []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setenv("DISPLAY", ":0")

    def serve(open_rooms, listening, *, host, on_ready):
        rooms = open_rooms()
        served.append({"about": rooms.about(), "address": listening.getsockname()[:2], "host": host, "opened": opened})
        rooms.close()
        listening.close()
        on_ready(serving.link_of(host, listening.getsockname()[1] if listening.fileno() >= 0 else 8765, "T" * 32))
        raise KeyboardInterrupt

    monkeypatch.setattr(serving, "serve", serve)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["layerwise", "lab", *map(str, arguments)])
        handler = signal.getsignal(signal.SIGINT)
        with pytest.raises(SystemExit) as exit_:
            main()
        signal.signal(signal.SIGINT, handler)
        captured = capsys.readouterr()
        return exit_.value.code or 0, captured.out, captured.err, served[-1] if served else None

    return run


@pytest.fixture
def process():
    """Start the command with a pipe for its output; it is killed if the test forgets it."""
    started = []

    def start(*arguments):
        command = [sys.executable, "-m", "layerwise.cli", "lab", "--no-browser", *arguments]
        if not (Path(serving.__file__).parents[2] / "cli" / "__main__.py").exists():
            command[1:3] = ["-c", "from layerwise.cli import main; main()"]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        one = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        started.append(one)
        return one

    yield start
    for one in started:
        one.kill()
        one.communicate()


def link_of(one):
    for line in one.stdout:
        if match := LINK.search(line):
            return match
    raise AssertionError(one.stderr.read())


def test_it_serves_the_printed_link_until_ctrl_c(process):
    one = process("--port", "0")
    link = link_of(one)
    with httpx.Client(base_url=f"http://127.0.0.1:{link[1]}", timeout=30) as page:  # which waits while the rooms open
        assert page.get("/").status_code == 403
        assert page.get(link[0]).status_code == 303
        about = page.get("/api/about")
        assert about.status_code == 200
        assert "server" not in about.headers
        origin = {"origin": f"http://127.0.0.1:{link[1]}"}
        made = page.post("/api/experiments", json={"settings": {"epochs": 1_000_000}}, headers=origin).json()
        page.post(f"/api/experiments/{made['id']}/run", json={"action": "start"}, headers=origin)
        with page.stream("GET", f"/api/experiments/{made['id']}/events") as events:
            lines = events.iter_lines()
            assert any(line == "event: frame" for line in lines)
            one.send_signal(signal.SIGINT)
            for _ in lines:  # the stream is ended, and not left hanging
                pass
    out, err = one.communicate(timeout=10)
    assert one.returncode == 0
    assert "closed" in out
    assert err == ""
    assert link[2] not in out + err


def test_the_token_is_in_no_other_line_and_no_log(process):
    one = process("--port", "0")
    link = link_of(one)
    with httpx.Client(base_url=f"http://127.0.0.1:{link[1]}") as page:
        for path in (f"/?token={link[2]}&x=" + "y" * 20_000, f"/?token={link[2]}", f"/nowhere?token={link[2]}"):
            page.get(path)
    with socket.create_connection(("127.0.0.1", int(link[1]))) as raw:
        raw.sendall(f"GET /?token={link[2]} HTTP/9.9\r\nbad header\r\n\r\n".encode())
        raw.recv(4096)
    one.send_signal(signal.SIGINT)
    out, err = one.communicate(timeout=10)
    assert link[2] not in out + err


def test_a_taken_port_is_refused_and_the_usual_one_is_replaced(layerwise, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err, _ = layerwise("--port", port)
        assert code == 2
        assert f"--port {port} cannot be used at 127.0.0.1" in err
        monkeypatch.setattr(serving, "PORT", port)
        code, _, _, served = layerwise("--no-browser")
        assert code == 0
        assert served["address"][1] not in (0, port)


def test_it_binds_to_this_machine_alone_unless_asked(layerwise):
    _, _, err, served = layerwise("--port", "0")
    assert served["address"][0] == "127.0.0.1"
    assert err == ""
    _, _, err, served = layerwise("--port", "0", "--host", "0.0.0.0")
    assert served["address"][0] == "0.0.0.0"
    assert "other computers can reach this lab" in err
    code, _, err, _ = layerwise("--host", "no.such.host.invalid")
    assert code == 2
    assert "--host must be an address of this machine" in err


def test_the_browser_is_opened_with_the_link_unless_told_not_to(layerwise):
    _, out, _, served = layerwise("--port", "0")
    assert len(served["opened"]) == 1
    assert served["opened"][0] in out
    layerwise("--port", "0", "--no-browser")
    assert len(served["opened"]) == 1


def test_no_browser_is_opened_where_it_would_take_over_the_terminal(layerwise, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    _, out, _, served = layerwise("--port", "0")
    assert not served["opened"]
    assert "http://" in out


def test_a_table_and_settings_are_what_the_page_starts_with(layerwise, tmp_path):
    (tmp_path / "people.csv").write_text(ROWS)
    arguments = ["people.csv", "-t", "buys", "--hidden", "16,8", "--learning-rate", "0.1", "--batch-size", "8"]
    code, _, _, served = layerwise(*arguments, "--epochs", "50", "--seed", "7", "--port", "0")
    assert code == 0
    table, given = served["about"]["table"], served["about"]["given"]
    assert (table["name"], table["rows"]) == ("people.csv", 40)
    assert given == {
        "preset": "table", "table": table["id"], "target": "buys", "hidden": [16, 8],
        "learning_rate": 0.1, "batch_size": 8, "epochs": 50, "seed": 7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.csv"], "missing.csv"),
        (["people.csv", "--target", "income"], "income"),
        (["--target", "buys"], "--target 'buys' is a column of a TABLE"),
        (["--hidden", "9999"], "hidden"),
        (["--hidden", "many"], "--hidden must be whole numbers"),
        (["--learning-rate", "-1"], "learning-rate"),
        (["--port", "70000"], "--port"),
        (["."], "cannot be read"),
    ],
)
def test_bad_input_ends_with_2_and_one_line(layerwise, tmp_path, arguments, said):
    (tmp_path / "people.csv").write_text(ROWS)
    code, out, err, served = layerwise(*arguments)
    assert (code, out, served) == (2, "", None)
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("library", ["starlette", "uvicorn"])
def test_a_missing_extra_names_the_cure(layerwise, monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    code, _, err, _ = layerwise()
    assert code == 2
    assert f"layerwise lab needs {library}: pip install 'layerwise[lab]'" in err
