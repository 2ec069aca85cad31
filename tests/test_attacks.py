"""Twenty-three ways by which data or a notebook could run something in a reader's browser.

Each payload calls a listener on loopback, once by a script and once by a request. The same
payloads are first shown to be live: a page without our guards does run and send them.
"""

from __future__ import annotations

import time
from html import escape

import pandas as pd
import pytest
from nbconvert import HTMLExporter
from nbformat import v4

from browser import beacon, chromium, console
from carebench.estimate import Estimate, frame
from carebench.finding import Finding
from carebench.reporting.brand import Brand
from carebench.reporting.page import Content, UnsafePage, contents_page, report_page
from carebench.reporting.sanitise import faults
from carebench.reporting.tables import text_table

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload=\"{js}\"><text>drawn</text></svg>"


def payload(call, *, pictures=True):
    """HTML that runs a script in four ways and loads something in three."""
    js = f"new Image().src='{call}/js'"
    html = (
        f'<script>{js}</script><svg onload="{js}"></svg><details open ontoggle="{js}"></details>'
        f'<div style="background:url({call}/net)">x</div><video src="{call}/net"></video>'
    )
    return html + pictures * f'<img src="x:" onerror="{js}"><img src="{call}/net">'


def frame_of(html):
    return pd.DataFrame({html: [html]}, index=[html])


def styled(html, **form):
    return pd.DataFrame({"x": [html]}).style.format(**form).to_html()


def output(data, **metadata):
    """A cell that shows `data`."""
    cell = v4.new_code_cell("show(data)")
    cell.outputs = [v4.new_output("display_data", data, metadata=metadata)]
    return cell


def html_cell(html):
    return output({"text/html": html})


def stream(text):
    cell = v4.new_code_cell("print(data)")
    cell.outputs = [v4.new_output("stream", name="stdout", text=text)]
    return cell


def traceback(text):
    cell = v4.new_code_cell("fail()")
    cell.outputs = [v4.new_output("error", ename=text, evalue=text, traceback=[text])]
    return cell


def wide_picture(html, width):
    size = {"image/png": {"width": width, "height": html}}
    ours = {"carebench": {"alt": html, "caption": html, "figure": html}}
    return output({"image/png": PIXEL}, **size, **ours)


# By name: what makes the cell of an executed notebook from hostile HTML and an address.
ROUTES = {
    "to_html": lambda html, _: html_cell(frame_of(html).to_html()),
    "repr_html": lambda html, _: html_cell(frame_of(html)._repr_html_()),
    "styler escaped": lambda html, _: html_cell(styled(html, escape="html")),
    "styler links": lambda html, _: html_cell(styled(html, escape="html", hyperlinks="html")),
    "stdout": lambda html, _: stream(html),
    "ansi": lambda html, _: stream(f"\x1b[31m{html}\x1b]8;;javascript:{html}\x07\x1b[0m"),
    "traceback": lambda html, _: traceback(html),
    "latex": lambda html, call: output({"text/latex": rf"$\href{{{call}/net}}{{{html}}}$"}),
    "svg": lambda _, call: output({"image/svg+xml": SVG.format(js=f"fetch('{call}/js')")}),
    "to_html unescaped": lambda html, _: html_cell(frame_of(html).to_html(escape=False)),
    "styler": lambda html, _: html_cell(frame_of(html).style.set_caption(html).to_html()),
    "markdown output": lambda html, _: output({"text/markdown": f"**x**\n\n{html}"}),
    "mermaid": lambda html, _: output({"text/vnd.mermaid": f"graph TD; A[{html}]-->B"}),
    "width of a picture": lambda html, call: wide_picture(html, f"1 onload=fetch('{call}/js')"),
    "javascript": lambda _, call: output({"application/javascript": f"fetch('{call}/js')"}),
    "img": lambda _, call: html_cell(f'<img alt="x" src="{call}/net" srcset="{call}/net 2x">'),
    "iframe": lambda html, call: html_cell(
        f'<iframe src="{call}/net"></iframe><iframe srcdoc="{escape(html)}"></iframe>'
    ),
    "link": lambda _, call: html_cell(
        f'<link rel="stylesheet" href="{call}/net"><style>@import "{call}/net"</style>'
    ),
    "object": lambda _, call: html_cell(
        f'<object data="{call}/net"></object><embed src="{call}/net">'
    ),
    "refresh": lambda _, call: html_cell(f'<meta http-equiv="refresh" content="0;url={call}/net">'),
    "widget": lambda html, _: output(
        {"application/vnd.jupyter.widget-view+json": {"model_id": html}}
    ),
    "markdown cell": lambda html, _: v4.new_markdown_cell(f"## A\n\n{html}\n\n[x](javascript:1)"),
    "raw cell": lambda html, _: v4.new_raw_cell(html, metadata={"raw_mimetype": "text/html"}),
}
# Where our page refuses to hold a picture that is not embedded, and is not published at all.
REFUSED = {
    "to_html unescaped",
    "styler",
    "markdown output",
    "markdown cell",
    "img",
}


def cells_of(call, names=ROUTES, *, pictures=True):
    """The cells of an executed notebook, one by each route."""
    calls = {name: f"{call}/{name.replace(' ', '-')}" for name in names}
    return [ROUTES[name](payload(at, pictures=pictures), at) for name, at in calls.items()]


def our_page(call):
    """Every route but the one picture, code shown, in a study that is hostile all through."""
    html = payload(f"{call}/brand", pictures=False)
    cells = cells_of(call, [name for name in ROUTES if name != "img"], pictures=False)
    for cell in cells:
        cell.metadata["carebench_code"] = cell.metadata["carebench_html"] = html
        if cell.cell_type == "code":
            cell.source += f"  # {html}"
    words = {name: html for name in ("client", "author", "introduction", "conclusions")}
    brand = Brand(**words, replies={html: html})
    content = Content(html, [html], [(html, html)], [(html, html)], brand=brand, with_code=True)
    return report_page(v4.new_notebook(cells=cells), content)


def unguarded_page(call, names):
    """The page that nbconvert itself makes."""
    return HTMLExporter().from_notebook_node(v4.new_notebook(cells=cells_of(call, names)))[0]


def unclean_page(call):
    """What is hostile in HTML, under our policy but not cleaned."""
    shell = contents_page([], Content("t"))
    return shell.replace("<h1>", "".join(fragments(call)) + "<h1>")


def fragments(call):
    return [
        out["data"]["text/html"]
        for cell in cells_of(call, sorted(REFUSED & {"to_html unescaped", "styler", "img"}))
        + cells_of(call, ["iframe", "link", "object"])
        for out in cell.outputs
    ]


def heard_by(make, tmp_path):
    """The paths that a browser asks for while it has open what `make` writes for an address."""
    with beacon() as (call, heard):
        page = tmp_path / "page.html"
        page.write_text(make(call), encoding="utf-8")
        console(chromium(), page, tmp_path, "--virtual-time-budget=8000")
        time.sleep(0.5)
    return set(heard)


def test_there_are_twenty_three_routes():
    assert len(ROUTES) == 23


@pytest.mark.browser
def test_nothing_runs_and_nothing_leaves_by_any_route(tmp_path):
    assert heard_by(our_page, tmp_path) == set()


@pytest.mark.browser
def test_the_attacks_are_live_where_nothing_guards_the_page(tmp_path):
    live = [name for name in ROUTES if name not in ("refresh", "widget")]
    heard = heard_by(lambda call: unguarded_page(call, live), tmp_path)
    ran = (
        "to_html-unescaped",
        "styler",
        "markdown-output",
        "markdown-cell",
        "javascript",
        "iframe",
    )
    assert {f"/{name}/js" for name in ran} <= heard
    assert {f"/{name}/net" for name in ("img", "iframe", "link", "object")} <= heard
    heard = heard_by(lambda call: unguarded_page(call, ["refresh"]), tmp_path)
    assert heard == {"/refresh/net"}


@pytest.mark.browser
def test_the_policy_alone_stops_what_was_not_cleaned(tmp_path):
    assert heard_by(unclean_page, tmp_path) == set()


def test_the_last_check_alone_refuses_what_was_not_cleaned():
    shell = contents_page([], Content("t"))
    assert faults(shell) == []
    refresh = cells_of("http://127.0.0.1:9", ["refresh"])[0].outputs[0]["data"]["text/html"]
    for fragment in [*fragments("http://127.0.0.1:9"), refresh]:
        assert faults(shell.replace("<h1>", fragment + "<h1>"))


@pytest.mark.parametrize("name", ROUTES)
def test_a_picture_that_would_be_fetched_stops_a_page_and_nothing_else_does(name):
    notebook = v4.new_notebook(cells=cells_of("http://127.0.0.1:9", [name]))
    if name in REFUSED:
        with pytest.raises(UnsafePage, match="an image is not embedded in the page"):
            report_page(notebook, Content("t"))
    else:
        assert faults(report_page(notebook, Content("t"))) == []


def test_a_name_in_the_data_can_neither_run_nor_block_a_report():
    html = payload("http://127.0.0.1:9")
    rows = frame([({"provider": html}, Estimate(0.5, 0.2, 0.8, 10, html, k=5).warn(html))])
    answer = Finding("x", rows, html, labels={"provider": html, "value": html}, notes=(html,))
    shown = text_table(answer).html(name="x", title=html, caption=html)
    content = Content("t", [html], provider=html, brand=Brand(replies={html: html}))
    page = report_page(v4.new_notebook(cells=[html_cell(shown)]), content)
    assert page.count("&lt;script&gt;") >= 9


def test_the_list_of_reports_shows_hostile_words_and_links_to_nothing_else():
    html = payload("http://127.0.0.1:9")
    report = {"html": "a.html", "title": html, "headline": html, "language": "en"}
    page = contents_page([{**report, "group": html, "facts": [html]}], Content("t"))
    assert page.count("&lt;script&gt;") == 4
