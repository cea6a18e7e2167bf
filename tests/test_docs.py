"""What the documentation names exists, what it quotes stands in the source, and what it shows runs."""

import ast
import doctest
import importlib
import importlib.util
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
COURSE_MAP = ROOT / "docs" / "course-map.md"

SECTIONS = [f"2.{k}" for k in range(1, 19) if k != 17] + [f"3.{k}" for k in range(1, 12)]
ROWS = [line.split(" | ") for line in COURSE_MAP.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
HEADINGS = [
    "Why deep representations?",
    "Circuit theory",
    "Building blocks",
    "Forward and backward functions",
    "Deep neural network notation",
    "Vectorized implementation",
    "Forward propagation for layer l",
    "Backward propagation for layer l",
    "Summary",
    "What are hyperparameters?",
    "What does this have to do with the brain?",
]

LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
NAMED = re.compile(r"\[`(?P<name>[\w.]+)`\]\((?P<target>[^)\s#]+\.py)\)(?P<quotes>: (?:`[^`]+`(?:, )?)+)?")
CODE = re.compile(r"`([^`\n]+)`")
DOTTED = re.compile(r"(?:lw|layerwise)(?:\.\w+)+")
PATH = re.compile(r"[\w./*-]+\.(?:py|md|toml|json)|(?:src|tests|docs|examples|benchmarks)/[\w./-]*")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def prose(page):
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def links(page):
    """Return the text and the target of every link; brackets within code make none."""
    return LINK.findall(CODE.sub("`code`", prose(page)))


def blocks(page, *languages):
    found = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return [text for language, text in found if language in languages]


def code(page):
    """Return every piece of code within the text, without what the links around them name."""
    return CODE.findall(NAMED.sub("", prose(page)))


@cache
def definitions(path):
    """Return what a file defines, by name: functions, classes, their methods and module constants."""
    source = path.read_text(encoding="utf-8")
    found = {}

    def collect(body, prefix):
        for node in body:
            text = ast.get_source_segment(source, node)
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found[prefix + node.name] = text
            if isinstance(node, ast.ClassDef):
                collect(node.body, f"{prefix}{node.name}.")
            for name in getattr(node, "targets", [getattr(node, "target", None)]):
                if isinstance(name, ast.Name):
                    found[prefix + name.id] = text

    collect(ast.parse(source).body, "")
    return found


def anchors(page):
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_links_lead_somewhere(page):
    for text, target in links(page):
        if re.match(r"https?://|mailto:", target):
            continue
        place, _, anchor = target.partition("#")
        path = (page.parent / place).resolve() if place else page
        assert path.exists(), f"[{text}]({target})"
        assert path.is_relative_to(ROOT), f"[{text}]({target}) leads out of the repository"
        assert not anchor or anchor in anchors(path), f"[{text}]({target})"


@pages
def test_linked_names_are_defined_and_quoted_lines_stand_there(page):
    for match in NAMED.finditer(prose(page)):
        name, path = match["name"], (page.parent / match["target"]).resolve()
        assert name in definitions(path), f"{name} in {match['target']}"
        for line in CODE.findall(match["quotes"] or ""):
            assert line in definitions(path)[name], f"{line!r} in {name} of {match['target']}"


@pages
def test_dotted_names_can_be_imported(page):
    for name in (match[0] for text in code(page) for match in DOTTED.finditer(text)):
        first, *rest = ("layerwise", *name.split(".")[1:])
        thing = importlib.import_module(first)
        for k, part in enumerate(rest):
            module = ".".join((first, *rest[: k + 1]))
            if not hasattr(thing, part):
                assert importlib.util.find_spec(module), name
                importlib.import_module(module)
            thing = getattr(thing, part)


@pages
def test_named_files_exist(page):
    for text in code(page):
        if PATH.fullmatch(text) and "NAME" not in text:
            bases = (ROOT, page.parent, ROOT / "src" / "layerwise")
            assert any(any(base.glob(text.rstrip("/"))) for base in bases), text


@pages
def test_commands_exist_with_their_options(page):
    typer = pytest.importorskip("typer")
    from layerwise.cli.app import app

    commands = typer.main.get_command(app).commands
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    lines = [*code(page), *(line for block in blocks(page, "", "sh", "bash", "console") for line in block.splitlines())]
    for line in lines:
        words = (
            shlex.split(line.removeprefix("$ "), comments=True) if re.match(r"(\$ )?(layerwise|make) ", line) else []
        )
        if words and words[0] == "make":
            assert set(words[1:]) <= set(targets), line
        if words and words[0] == "layerwise" and re.fullmatch(r"[a-z]+", words[1]):
            assert words[1] in commands, line
            known = {option for parameter in commands[words[1]].params for option in parameter.opts} | {"--help", "-h"}
            assert {word.partition("=")[0] for word in words[2:] if word.startswith("-")} <= known, line


@pages
def test_code_runs(page):
    """Blocks with prompts are one session a page; blocks without are Python at least."""
    text = "\n".join(block for block in blocks(page, "python") if ">>>" in block)
    session = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    report = []
    runner.run(session, out=report.append)
    assert not runner.failures, "".join(report)
    for block in blocks(page, "python"):
        if ">>>" not in block:
            ast.parse(block)


class TestCourseMap:
    @pytest.mark.parametrize("section", SECTIONS)
    def test_numbered_sections_lead_to_code_and_show_it(self, section):
        ((_, code, seen),) = [row for row in ROWS if row[0].startswith(f"| {section} ") and len(row) == 3]
        assert "](../src/layerwise/" in code
        assert "](../examples/" in seen or "](../tests/" in seen

    @pytest.mark.parametrize("heading", HEADINGS)
    def test_headings_of_week_4_are_there(self, heading):
        ((_, _, seen),) = [row for row in ROWS if heading in row[0]]
        assert "](../examples/" in seen or "](../tests/" in seen

    @pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.py")), ids=lambda path: path.stem)
    def test_every_example_is_named(self, path):
        assert f"](../examples/{path.name})" in COURSE_MAP.read_text(encoding="utf-8")
