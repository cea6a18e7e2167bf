"""The page's Chinese for what the server says: a phrasebook with every sentence a person can meet, and no other."""

from __future__ import annotations

import ast
import asyncio
import gzip
import json
import re
import sys
import time
from functools import cache
from pathlib import Path

import httpx
import pytest
from moments import moment

import layerwise.lab
from layerwise.errors import LayerwiseError
from layerwise.lab import Experiments, Tables, checked, examples, presets, uploads, views
from layerwise.lab.examples import dataset_of
from layerwise.lab.exports import export
from layerwise.lab.server import Desk, Guard, Keys, create_app, hosts_of, limits
from layerwise.lab.server import events as events_module
from layerwise.lab.server.rooms import Rooms
from layerwise.lab.uploads import read_upload

PAGE = Path(__file__).parents[2] / "lab-page" / "src"
LAB = Path(layerwise.lab.__file__).parent
BOOK = [(entry["en"], entry["zh"]) for entry in json.loads((PAGE / "texts" / "sentences.json").read_text("utf-8"))]
PLACE = re.compile(r"\{(\w+)\}")
QUOTED = re.compile(r"(['\"])((?!\1)[^\\]|\\.)*\1", re.DOTALL)
HOST = "127.0.0.1:8765"

UNSEEN = {
    "the page's program sends nothing else, and no person types it": [
        "The content type must be *. Got *.",
        "* must be JSON with finite numbers.",
        "* must be a JSON object. Got *.",
        "* must be nested at most * deep.",
        "* must be a whole number. Got *.",
        "epoch must be a whole number. Got *.",
        "n_x and m must be whole numbers.",
        "settings must be a JSON object of settings by name.",
        "a JSON object of settings by name",
        "The 'plane' of a view must be of kind 'columns' or 'components'. Got *.",
        (
            "The 'm' parameter of the lab must leave at most * products n_x m for the loop. "
            "Got * x *: take fewer examples."
        ),
        "The * of a homework must be matrices by name. Got *.",
        "Unknown answer *.*",
        "Unknown parameter *.*",
        "* must have the shape *. Got *.",
    ],
    "a browser shows it in the place of the page, or a program gets it": [
        "This server is not of that name: open the link that 'layerwise lab' printed.",
        "A POST must say by its Origin which page it comes from.",
        "This request comes from another page than the lab's own.",
        "Another page led here. Copy the link that 'layerwise lab' printed into the address bar.",
        "The lab answers * alone. Got *.",
        "The lab speaks HTTP alone. Got *.",
        "The lab's page is not built here. Build it with: make lab-page",
        "The page has no such file.",
    ],
    "the command says it in the terminal, before there is a page": [
        "--host must be an address of this machine. * is not known.",
        "--host must be an address of this machine. * cannot be listened at: *.",
        "--port * cannot be used at *: *. Give another, or leave it out.",
        "*: cannot be read: *.",
    ],
    "the lessons are the package's own, and tested": ["Lesson *: * must be *. Got * instead.", "Lesson *: *: *"],
}
"""What the modules of the lab raise and the phrasebook leaves out, with the reason; a star is any text."""

ROWS = "".join(f"{20 + k},{'Oslo' if k % 3 else 'Rome'},{k % 2}\n" for k in range(40))
CSV = f"age,city,buys\n{ROWS}".encode()


# ---------- the phrasebook, as sentences.ts reads it ----------


@cache
def pattern(entry: int) -> re.Pattern[str]:
    parts = PLACE.split(BOOK[entry][0])
    texts = [f"(?P<{part}>.+?)" if k % 2 else re.escape(part) for k, part in enumerate(parts)]
    return re.compile("".join(texts), re.DOTALL)


def hits(said: str) -> list[int] | None:
    """Return the entries that a text is said with, or None where there are none."""
    if not said:
        return []
    for end in [found.end() for found in re.finditer(r"[.?!](?= )|\Z", said)]:
        first = phrase_hits(said[:end])
        rest = None if first is None else hits(said[end + 1 :])
        if first is not None and rest is not None:
            return first + rest
    return None


def phrase_hits(said: str) -> list[int] | None:
    for entry in range(len(BOOK)):
        if found := pattern(entry).fullmatch(said):
            return [entry, *(hit for place, text in found.groupdict().items() for hit in hits_of(place, text))]
    return None


def hits_of(place: str, text: str) -> list[int]:
    unquoted = text[1:-1] if QUOTED.fullmatch(text) else text
    if place == "setting":
        return hits(unquoted) or []
    phrases = {"phrase": [unquoted], "phrases": re.split(r", (?=['\"])", text)}.get(place, [])
    found = [hits(one) for one in phrases]
    assert None not in found, f"The phrasebook lacks a phrase of {text!r}"
    return [hit for one in found for hit in one or []]


# ---------- what the lab can say ----------


def refused(work, *given, **named):
    """Return what an error says."""
    with pytest.raises(LayerwiseError) as caught:
        work(*given, **named)
    return str(caught.value)


SETTINGS = [
    {"learning_rate": -1},
    {"seed": "three"},
    {"hidden": [0]},
    {"target": 5},
    {"table": "x" * 101},
    {"hidden": 3},
    {"columns": 3},
    {"columns": [1]},
    {"points": 3},
    {"points": [[1, 2]]},
    {"points": [[1, 2, 0.5]]},
    {"learning_rat": 1},
    {"nonsense": 1},
    {"activations": ["rely"]},
    {"activations": ["?"]},
    {"optimizer": "adma"},
    {"dtype": "a. b? c"},
]


def of_settings():
    yield from (refused(checked, given) for given in SETTINGS)
    lab = Experiments()
    for given in [
        {"dropout": 0.5, "hidden": []},
        {"loss": "categorical_cross_entropy"},
        {"loss": "binary_cross_entropy", "preset": "digits"},
        {"loss": "binary_cross_entropy", "preset": "waves"},
        {"preset": "table"},
        {"preset": "table", "table": "gone"},
        {"preset": "points", "points": [[0, 0, 1]]},
    ]:
        yield refused(lab.new, given)
    lab.close()


BROKEN = [
    b"",
    b"a,b\n",
    b"a,b\n1\n",
    b"a,b\n1,2,3\n",
    b"\x00\x01",
    b"a,a\n1,2\n",
    b"1,5\n2,3\n",
    "a,b\n1,ü".encode("cp1252"),
    "a,b\n1,2\n".encode("utf-16"),
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"PAR1",
    b"%PDF",
    b"a,b\r1,2\r",
    gzip.compress(CSV),
    b'a,b\n1,"x\n',
    b'a,b\n1,"x"y\n',
    b'"a,b\n1,2\n',
    b'a,b\n1,"' + b"x" * 140_000 + b'"\n',
    b"a,b\n1,2\ninf,3\n",
    b"a,b\n" + b"1,2\n" * 40 + b"one,2\n",
    b"a;b\n3,14;1\n2,5;2\n",
    b"d,b\n2020-01-01,1\n2020-13-45,2\n",
    b"a,b\n" + b"1,2\n" * 100_001,
    b",".join(b"c%d" % i for i in range(501)) + b"\n",
    b"a,b\n1," + b"x" * 10_001 + b"\n",
    b"a" * 10_001 + b",b\n1,2\n",
    b"a" * (16 << 20) + b"\n",
    b"\n" + b"," * (1 << 20) + b"\n",
    b"a,b\n1,2\n" + b"\n" * 2_000_000,
]


def of_uploads():
    yield from (refused(read_upload, "it's mine. Or not.csv", data) for data in BROKEN)
    with pytest.MonkeyPatch.context() as late:
        late.setattr(uploads, "SECONDS", 0.0)
        yield refused(read_upload, "t.csv", CSV)
    with pytest.MonkeyPatch.context() as without:
        without.setitem(sys.modules, "polars", None)
        yield refused(read_upload, "t.csv", CSV)
    yield refused(Tables().get, "none")


def of_tables():
    def columns(**cells):
        rows = zip(*cells.values(), strict=True)
        text = "\n".join(",".join(map(str, row)) for row in [tuple(cells), *rows])
        return read_upload("t.csv", f"{text}\n".encode()).table

    def made(table, **settings):
        return dataset_of(checked({"preset": "table", "table": "t", **settings}), table)

    number, k = range(40), [i * i % 37 for i in range(40)]
    plain = columns(k=k, y=[i % 2 for i in number])
    yield refused(made, plain)
    yield refused(made, plain, target="nope")
    yield refused(made, plain, target="y", columns=["kk"])
    yield refused(made, plain, target="y", columns=["k", "y"])
    yield refused(made, plain, target="y", columns=[])
    with pytest.MonkeyPatch.context() as narrow:
        narrow.setattr(examples, "NUMBERS", 10)
        yield refused(made, plain, target="y")
    yield refused(made, columns(k=k, y=["same"] * 40), target="y")
    yield refused(made, columns(k=k, y=[""] * 40), target="y")
    rare = columns(k=[i * i % 37 for i in range(61)], y=[*[0] * 40, *range(1, 22)])
    yield refused(made, rare, target="y", validation=0.9, data_seed=2)  # by which no other value is learnt from
    yield refused(made, columns(k=k, y=[f"word{i}" for i in number]), target="y")
    yield refused(made, columns(k=k, y=[f"2020-01-{1 + i % 28:02}" for i in number]), target="y")
    yield refused(made, columns(**{f"c{i}": [1] * 40 for i in range(12)}, y=[i % 2 for i in number]), target="y")
    odd = columns(
        k=k,
        row=number,
        one=[1] * 40,
        none=[""] * 40,
        text=[f"w{i}" for i in number],
        at=[f"{i % 24:02}:30" for i in number],
        y=["" if i == 3 else i % 2 for i in number],
    )
    yield from made(odd, target="y").notices
    yield refused(made, odd, target="y", columns=["one", "none"])
    with pytest.MonkeyPatch.context() as without:
        without.setattr(presets, "find_spec", lambda name: None)
        yield refused(dataset_of, checked({"preset": "digits"}))


def of_runs():
    lab = Experiments(most=1)
    failed = lab.new({"epochs": 5})
    yield refused(failed.start, 0)
    yield refused(failed.moment, 7)
    with pytest.MonkeyPatch.context() as full:
        full.setattr(failed._course, "advance", lambda *_: (_ for _ in ()).throw(MemoryError("no room")))
        failed.start()
        yield str(until_it_ends(failed).error)
    yield refused(failed.start)
    dropped = lab.new({"preset": "waves", "hidden": [], "activations": [], "learning_rate": 1e6, "seed": 1})
    yield refused(lab.get, failed.id)
    dropped.start()
    until_it_ends(dropped)
    yield refused(dropped.start)
    lab.close()
    yield refused(dropped.start)


def until_it_ends(experiment):
    end = time.monotonic() + 30
    while (standing := experiment.progress()).status == "running" and time.monotonic() < end:
        experiment.wait(-1, 0.05)
    return standing


def of_looks():
    seen = moment(hidden=[3, 3], activations=["relu", "tanh"])
    yield refused(views.strip, seen, 1, 0)
    yield refused(views.strip, seen, 0, 90)
    yield refused(views.layer, seen, 0, 4)
    yield refused(views.unit, seen, 0, 0, 1, 3)
    yield refused(views.points, seen, {"plane": {"kind": "columns", "x": "x_9"}})
    yield refused(views.mark, seen, {"answers": {"Z[1]": [[None]]}})
    yield refused(export, seen, "sklearn")


def of_requests():
    desk = Desk(lambda: Rooms({}))
    desk.open()
    keys = Keys(8765)
    app = Guard(create_app(desk, LAB / "static"), keys, hosts_of(8765))
    cookie = keys.exchange(keys.token).partition(";")[0]

    def answer(method, path, **more):
        async def asked():
            headers = {"host": HOST, "origin": f"http://{HOST}", "cookie": cookie, **more.pop("headers", {})}
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
                return (await client.request(method, path, headers=headers, **more)).json()

        return asyncio.run(asked())

    async def never():
        yield b"a"
        await asyncio.sleep(1)

    upload = {"headers": {"content-type": "text/csv"}}
    one = answer("POST", "/api/experiments", json={"settings": {}})["id"]
    with pytest.MonkeyPatch.context() as strict:
        strict.setattr(Rooms, "upload_bytes", 100)
        strict.setattr(limits, "SECONDS", 0.05)
        strict.setattr(events_module, "STREAMS", 0)
        strict.setattr(Rooms, "about", lambda self: 1 / 0)
        yield answer("POST", "/api/tables?name=t.csv", content=CSV, **upload)["error"]
        yield answer("POST", "/api/tables?name=t.csv", content=never(), **upload)["error"]
        yield answer("GET", f"/api/experiments/{one}/events")["error"]
        yield answer("GET", "/api/about")["error"]
        yield answer("GET", "/api/about", headers={"cookie": ""})["error"]
    desk.close()


def of_the_page():
    """Yield what the page itself says in English, as a server would."""
    source = "".join(path.read_text("utf-8") for path in sorted(PAGE.glob("*.ts")) if ".test" not in path.name)
    found = re.findall(r'error: (?:said\.error \?\? )?(["`])(.+?)\1', source)
    assert len(found) >= 3
    yield from (re.sub(r"\$\{.*?\}", "500", text) for _, text in found)


@cache
def provoked() -> tuple[str, ...]:
    parts = (of_settings, of_uploads, of_tables, of_runs, of_looks, of_requests, of_the_page)
    return tuple(said for part in parts for said in part())


# ---------- what is asked of both ----------


def test_every_sentence_that_was_provoked_has_its_chinese():
    assert [said[:300] for said in provoked() if hits(said) is None] == []


def test_no_entry_is_unused():
    used = {hit for said in provoked() for hit in hits(said) or []}
    assert [en for entry, (en, _) in enumerate(BOOK) if entry not in used] == []


@pytest.mark.parametrize(("en", "zh"), BOOK)
def test_both_languages_have_the_same_places(en, zh):
    assert sorted(PLACE.findall(en)) == sorted(PLACE.findall(zh))
    assert zh != en


def test_no_entry_stands_twice():
    assert len({en for en, _ in BOOK}) == len(BOOK)


def raised() -> set[str]:
    """Return the texts of the errors that the lab's modules make, with a star for what is put in."""

    def text_of(node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.JoinedStr):
            return "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
        return ""

    texts = set()
    for path in LAB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and re.search(
                r"(Error|Refusal|Gone|_refused|_too)\b", ast.unparse(node.func)
            ):
                texts |= {text for argument in node.args if " " in (text := text_of(argument))}
    return texts


def test_every_error_of_the_labs_modules_was_provoked_or_is_no_persons_to_see():
    unseen = {text for texts in UNSEEN.values() for text in texts}
    said = "\n".join(provoked())
    patterns = {text: ".*".join(map(re.escape, text.split("*"))) for text in raised() - unseen}
    assert [text for text, found in patterns.items() if not re.search(found, said)] == []
    assert unseen - raised() == set(), "no module says this any more"
