"""What the pages have in common: the document, its sections and tables, and texts that are no markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from layerwise._version import __version__
from layerwise.atomic import replacing
from layerwise.cli.streams import printable
from layerwise.errors import TableError

__all__ = ["details", "document", "headline", "section", "sentence", "table_of", "text_of", "write_page"]


def write_page(content: str, path: Path) -> None:
    """Write a page, whole or not at all.

    Raises
    ------
    TableError
        If it cannot be written.
    """
    try:
        with replacing(path) as file:
            file.write(content.encode("utf-8", errors="replace"))
    except OSError as error:
        raise TableError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error


def document(title: str, lead: str, head: str, main: str, model_file: str) -> str:
    """Return a page that needs nothing else; `lead`, `head` and `main` are markup."""
    css = (files("layerwise.cli") / "data" / "report.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{text_of(title)}</title>
<style>
{css}</style>
</head>
<body>
<header>
<h1>{text_of(title)}</h1>
<p class="lead">{lead}</p>
{head}
</header>
<main>
{main}
</main>
<footer><p>Model file <code>{text_of(model_file)}</code>. Written by layerwise {text_of(__version__)}.</p></footer>
</body>
</html>
"""


def headline(numbers: Iterable[tuple[str, str, str]]) -> str:
    """Return a few numbers in large type, each with its name and what is to be known of it."""
    shown = [
        f"<li><em>{text_of(name)}</em><b>{text_of(number)}</b><span>{text_of(about)}</span></li>"
        for name, number, about in numbers
    ]
    return f'<ul class="headline">{"".join(shown)}</ul>'


def section(heading: str, content: str, kind: str = "card") -> str:
    """Return a section; `content` is markup."""
    return f"<section class='{kind}'>\n<h2>{text_of(heading)}</h2>\n{content}\n</section>"


def details(summary: str, content: str) -> str:
    """Return what is seen when it is asked for; `content` is markup."""
    return f"<details><summary>{text_of(summary)}</summary>{content}</details>"


def table_of(
    headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = (), classes: Sequence[str] = ()
) -> str:
    """Return a table whose first column names its rows; `numbers` are places of columns, `classes` those of rows."""
    right = dict.fromkeys(numbers, ' class="n"')
    head = "".join(f'<th scope="col"{right.get(k, "")}>{text_of(text)}</th>' for k, text in enumerate(headings))
    body = [_row(cells, right, classes[i] if classes else "") for i, cells in enumerate(rows)]
    thead = f"<thead><tr>{head}</tr></thead>" if headings else ""
    return f'<div class="scroll"><table>{thead}<tbody>{"".join(body)}</tbody></table></div>'


def _row(cells: Sequence[str], right: Mapping[int, str], kind: str) -> str:
    first = f'<th scope="row"{right.get(0, "")}>{text_of(cells[0])}</th>'
    rest = "".join(f"<td{right.get(k, '')}>{text_of(text)}</td>" for k, text in enumerate(cells) if k)
    return f"<tr{f' class={kind}' if kind else ''}>{first}{rest}</tr>"


def sentence(text: str) -> str:
    """Return a line as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."


def text_of(text: object) -> str:
    """Return a text that is no markup."""
    return escape(printable(text), quote=True)
