"""A report is whole or not there, says why when it fails, and can neither run nor call out."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from browser import chromium, console
from carebench.locks import locked
from carebench.reporting import report as reporting
from carebench.reporting.execute import execute
from carebench.reporting.files import A_DAY, prepare, publish
from carebench.reporting.index import manifests
from carebench.reporting.names import free_name, slug
from carebench.reporting.page import Content, UnsafePage, contents_page, report_page
from carebench.reporting.plan import plan
from carebench.reporting.sanitise import clean, faults
from carebench.schema import DataError

pytestmark = pytest.mark.usefixtures("lasting_workers")
ATTACK = "<img src=x onerror=alert(1)><script>alert(1)</script>\"'><svg onload=alert(1)>"
PARAMETERS = """study: str = "study.toml"  # the study file
wave: str = ""  # round of fieldwork
provider: str = ""  # one provider only
language: str = ""  # "en" or "vi"
confidence_level: float = 0.0  # of every interval"""
GOOD = """
from carebench.estimate import Estimate, frame
from carebench.finding import Finding, Skipped
from carebench.reporting import show_answer, show_figure, show_table, show_text
name = {name!r}
rows = frame([({{"provider": name}}, Estimate(0.5, 0.2, 0.8, 10, "Wilson score", k=5))])
rates = Finding("rates", rows, "Half answered " + name, "Share.", "One dot.",
                {{"provider": "Provider", "value": "Answered"}})
"""


def code(source, *tags):
    cell = v4.new_code_cell(source)
    cell.metadata["tags"] = list(tags)
    return cell


def notebook_of(*cells):
    first = [v4.new_markdown_cell("# How care works"), code(PARAMETERS, "parameters")]
    return v4.new_notebook(cells=[*first, *cells])


def good_cells(name="Firm A"):
    return [
        code(GOOD.format(name=name), "setup"),
        code('show_answer(["**50%** (20% to 80%, n = 10) answered. " + name])', "summary"),
        v4.new_markdown_cell("## Who answered?\n\nA rate $k/n$, or $$\\frac{k}{n}$$"),
        code("show_figure(lambda rows, *, ax: ax.plot(rows['value'], [0], 'o'), rates)"),
        code("show_table(rates)"),
        v4.new_markdown_cell("## Method\n\nSee [Wilson](https://example.org/w)."),
    ]


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "bank"
    folder.mkdir()
    (folder / "attempts.csv").write_text("attempt_id,outcome\n1,answered\n", encoding="utf-8")
    path = folder / "study.toml"
    path.write_text(
        'title = "Care of <b>banks</b>"\nwave = "2026-Q3"\nsimulated = true\n'
        '[tables.attempts]\npath = "att*.csv"\n',
        encoding="utf-8",
    )
    return path


def write(folder, name, notebook):
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def render(study, out, *notebooks, **more):
    lines = []
    results = reporting.report(study, out=out, notebooks=notebooks, say=lines.append, **more)
    return results, lines


class Elements(HTMLParser):
    """The elements of a page, as (tag, attributes)."""

    def __init__(self, page):
        super().__init__()
        self.all = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.all.append((tag, dict(attrs)))

    def named(self, tag):
        return [attributes for name, attributes in self.all if name == tag]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """Two reports of one study, of which the second fails, rendered once for many claims."""
    folder = tmp_path_factory.mktemp("reports")
    (folder / "bank").mkdir()
    (folder / "bank" / "attempts.csv").write_text("attempt_id,outcome\n1,answered\n")
    path = folder / "bank" / "study.toml"
    path.write_text(
        'title = "Care of <b>banks</b>"\nwave = "2026-Q3"\nsimulated = true\n'
        '[tables.attempts]\npath = "att*.csv"\n'
    )
    good = write(folder, "02_audit", notebook_of(*good_cells(ATTACK)))
    bad = write(folder, "03_bad", notebook_of(v4.new_markdown_cell("## Costs"), code("1/0")))
    results, lines = render(path, folder / "out", good, bad)
    return results, lines, folder / "out"


@pytest.fixture(scope="module")
def page(rendered):
    return rendered[0][0].html.read_text(encoding="utf-8")


def test_one_report_is_made_though_another_fails(rendered):
    results, lines, out = rendered
    assert [bool(result.failure) for result in results] == [False, True]
    assert sorted(p.name for p in out.iterdir()) == [
        "bank-2026-q3-02_audit.html",
        "bank-2026-q3-02_audit.json",
        "index.html",
    ]
    assert lines[0] == "Rendering 2 reports of “Care of <b>banks</b>” …"
    assert any(re.fullmatch(r"bank-2026-q3-02_audit … done, \d+\.\d s", line) for line in lines)


def test_a_failure_names_notebook_cell_section_and_cause(rendered):
    assert rendered[0][1].failure == (
        "03_bad.ipynb, cell 2 (“Costs”): ZeroDivisionError: division by zero"
    )


def test_a_page_holds_no_script_and_asks_for_nothing(page):
    elements = Elements(page)
    assert not {"script", "link", "iframe", "svg", "object", "form"} & {t for t, _ in elements.all}
    assert all(a["src"].startswith("data:image/webp;base64,") for a in elements.named("img"))
    phone = elements.named("source")
    assert len(phone) == len(elements.named("img"))
    assert all(a["srcset"].startswith("data:image/webp;base64,") for a in phone)
    assert all(a["href"].startswith("#") for a in elements.named("a"))
    assert not [n for _, a in elements.all for n in a if n.startswith("on") or n == "style"]
    assert faults(page) == []


def test_the_policy_of_a_page_allows_its_style_and_nothing_else(page):
    (policy,) = [
        a["content"] for a in Elements(page).named("meta") if a.get("http-equiv") is not None
    ]
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )


def test_words_from_the_data_are_shown_and_not_obeyed(page):
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3
    assert "Care of &lt;b&gt;banks&lt;/b&gt;" in page


def test_a_figure_has_alternative_text_caption_size_and_anchor(page):
    (image,) = Elements(page).named("img")
    assert image["alt"] == "One dot."
    assert (image["width"], image["height"]) == ("691", "365")
    assert "<figcaption>Share.</figcaption>" in page
    assert [a["id"] for a in Elements(page).named("figure")] == ["figure-rates"]


def test_formulas_are_mathml_and_addresses_are_printed(page):
    assert [a.get("display") for a in Elements(page).named("math")] == ["inline", "block"]
    assert "$" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "Wilson (https://example.org/w)" in page


def test_a_page_leads_its_reader_from_the_answer_to_the_sections(page):
    elements = Elements(page)
    assert elements.named("html") == [{"lang": "en"}]
    assert page.index('class="answer"') < page.index('class="contents"') < page.index("<figure")
    assert [a["href"] for a in elements.named("a")] == ["#main", "#who-answered", "#method"]
    assert "import" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert page.count("Simulated data") == 1


def test_a_page_says_where_its_numbers_come_from(page, rendered):
    out = rendered[2]
    for file in (out.parent / "bank" / "attempts.csv", out.parent / "02_audit.ipynb"):
        assert f">{file.name}</th>" in page
        assert hashlib.sha256(file.read_bytes()).hexdigest() in page
    assert re.search(r"Python \d.*carebench \d.*duckdb \d", page)
    assert str(out.parent) not in page


def test_the_manifest_carries_the_headline_and_fits_its_page(rendered):
    results, _lines, out = rendered
    (manifest,) = manifests(out)
    assert manifest.headline == f"50% (20% to 80%, n = 10) answered. {ATTACK}"
    assert manifest.sha256 == hashlib.sha256(results[0].html.read_bytes()).hexdigest()
    assert (manifest.wave, manifest.language, manifest.simulated) == ("2026-Q3", "en", True)


def test_the_index_lists_what_there_is(rendered):
    index = (rendered[2] / "index.html").read_text(encoding="utf-8")
    elements = Elements(index)
    assert [a["href"] for a in elements.named("a")] == ["#main", "bank-2026-q3-02_audit.html"]
    assert "How care works" in index and "50% (20% to 80%, n = 10)" in index
    assert "03_bad" not in index and "<img" not in index


def test_a_manifest_that_does_not_fit_its_page_is_left_out(rendered, tmp_path):
    out = rendered[2]
    for path in out.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "notes.json").write_text("[1]", encoding="utf-8")
    assert len(manifests(tmp_path)) == 1
    (tmp_path / "bank-2026-q3-02_audit.html").write_text("half", encoding="utf-8")
    assert manifests(tmp_path) == []


@pytest.mark.parametrize("value", ['it\'s "x" \\n {study}', "Điện thoại", "'; import os #"])
def test_a_parameter_arrives_as_it_was_given(value, tmp_path):
    cells = notebook_of(code("print(repr(wave))"))
    done = execute(cells, {"study": "x", "wave": value}, name="n", folder=tmp_path)
    assert done.cells[-1].outputs[0].text.strip() == repr(value)


def test_what_cannot_be_asked_is_refused_before_anything_runs(study, tmp_path):
    path = write(tmp_path, "02_audit", notebook_of(*good_cells()))
    out = tmp_path / "out"
    for given, message in (
        ({"wav": "x"}, "Did you mean 'wave'"),
        ({'a=1;open("PWNED","w");b': "2"}, "is no parameter"),
        ({"study": "/etc/passwd"}, "named first"),
        ({"confidence_level": "2"}, "confidence_level is 2"),
        ({"language": "fr"}, "'en' or 'vi'|one of 'en', 'vi'"),
    ):
        with pytest.raises(DataError, match=message):
            render(study, out, path, parameters=given)
    assert not out.exists()


def test_a_file_that_is_no_notebook_is_one_clear_error(study, tmp_path):
    broken = tmp_path / "n.ipynb"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"n\.ipynb is no notebook"):
        render(study, tmp_path / "out", broken)
    with pytest.raises(DataError, match="cannot be read: No such file"):
        render(study, tmp_path / "out", tmp_path / "absent.ipynb")


def test_reports_are_called_by_slug_and_never_by_a_value(study, tmp_path, monkeypatch):
    for check in ("_refuse_untranslated", "refuse_unknown_names"):
        monkeypatch.setattr(f"carebench.reporting.plan.{check}", lambda *_: None)
    path = write(tmp_path, "02_audit", notebook_of())
    given = {"provider": "../../etc/x", "language": "vi", "wave": "{wave}/.."}
    (job,) = plan(study, tmp_path, notebooks=[path], given=given)
    assert re.fullmatch(r"bank-wave-[0-9a-f]{4}-02_audit-etc-x-[0-9a-f]{4}-vi", job.slug)
    (plain,) = plan(study, tmp_path, notebooks=[path], given={"provider": "etc x"})
    assert plain.slug == "bank-2026-q3-02_audit-etc-x"


def test_names_are_plain_and_free():
    assert slug("Điện thoại: Đông Á <Bank>") == "dien-thoai-dong-a-bank"
    assert slug("日本") == ""
    assert free_name("a", {"a", "a-2"}) == "a-3"


def test_old_private_folders_are_swept_and_fresh_ones_left(tmp_path):
    old, fresh = tmp_path / ".carebench-old", tmp_path / ".carebench-fresh"
    for folder in (old, fresh):
        folder.mkdir()
        (folder / "draft.html").write_text("x", encoding="utf-8")
    past = time.time() - A_DAY - 60
    os.utime(old, (past, past))
    prepare(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [".carebench-fresh"]


def test_the_file_of_an_old_lock_is_swept_too_unless_it_is_held(tmp_path):
    held, left = tmp_path / ".carebench-held.lock", tmp_path / ".carebench-left.lock"
    past = time.time() - A_DAY - 60
    left.touch()
    with locked(held):
        for file in (held, left):
            os.utime(file, (past, past))
        prepare(tmp_path)
        assert [p.name for p in tmp_path.iterdir()] == [held.name]


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match="Reports cannot be written to the folder"):
        prepare(tmp_path / "file")


def test_publishing_keeps_the_old_file_when_the_disk_is_full(tmp_path, monkeypatch):
    target = tmp_path / "r.html"
    target.write_text("old", encoding="utf-8")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    (tmp_path / "private").mkdir()
    with pytest.raises(OSError, match="No space"):
        publish("new", target, private=tmp_path / "private")
    assert target.read_text(encoding="utf-8") == "old"


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<img alt="a" src="https://evil.example/x.png">',
    '<img alt="a" src="data:image/svg+xml;base64,AAAA">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="https://evil.example">x</a>',
    '<a href="data:text/html,x">x</a>',
    "<iframe srcdoc=x></iframe>",
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<object data=x></object>",
    '<meta http-equiv="refresh" content="0; url=https://evil.example">',
    '<base href="https://evil.example">',
    "<form action=x><input></form>",
    "<svg onload=alert(1)></svg>",
    "<math><mi><style><img src=x onerror=alert(1)></style></mi></math>",
    '<div style="background:url(https://evil.example)">x</div>',
    "<style>@import 'https://evil.example';</style>",
    "<video src=https://evil.example></video>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]


@pytest.mark.parametrize("fragment", HOSTILE)
def test_hostile_html_is_cleaned_and_would_not_pass_the_last_check(fragment):
    elements = Elements(clean(fragment)).all
    for _tag, attributes in elements:
        assert set(attributes) <= {"alt", "display"}
    shell = contents_page([], Content("t"))
    assert faults(shell) == []
    assert faults(shell.replace("<h1>", fragment + "<h1>"))
    assert faults(shell.replace("<h1>", clean(fragment) + "<h1>")) in (
        [],
        ["an image has no alternative text", "an image is not embedded in the page"],
        ["an image is not embedded in the page"],
    )


def test_a_name_that_looks_like_code_does_not_block_a_report():
    shell = contents_page([], Content("&lt;img onload=1&gt; url(javascript:x) @import"))
    assert faults(shell) == []


@pytest.mark.parametrize(
    ("source", "mimetype", "data"),
    [
        ("js", "application/javascript", "alert(1)"),
        ("mermaid", "text/vnd.mermaid", "graph TD; A-->B"),
        ("widget", "application/vnd.jupyter.widget-view+json", "{}"),
        ("svg", "image/svg+xml", "<svg onload=alert(1)></svg>"),
        ("latex", "text/latex", r"\href{javascript:alert(1)}{x}"),
    ],
)
def test_kinds_of_output_that_a_page_cannot_hold_are_dropped(source, mimetype, data):
    cell = code(source)
    cell.outputs = [v4.new_output("display_data", {mimetype: data})]
    page = report_page(notebook_of(cell), Content("t"))
    assert faults(page) == [] and data not in page


def test_a_picture_without_alternative_text_stops_the_page():
    cell = code("plt.show()")
    cell.outputs = [v4.new_output("display_data", {"image/png": "iVBORw0KGgo="})]
    with pytest.raises(UnsafePage, match="no alternative text"):
        report_page(notebook_of(cell), Content("t"))


def test_a_picture_that_would_be_fetched_stops_the_page():
    cell = v4.new_markdown_cell("![A map](https://example.org/map.png)")
    with pytest.raises(UnsafePage, match="an image is not embedded in the page"):
        report_page(notebook_of(cell), Content("t"))


def test_markdown_from_an_author_is_cleaned_too():
    attack = ATTACK.partition("<script>")[2]
    cell = v4.new_markdown_cell(f"<script>{attack} [x](javascript:alert(1)) <p style='x'>y</p>")
    page = report_page(notebook_of(cell, v4.new_markdown_cell("## A\n\n## A")), Content("t"))
    assert not {"script", "svg"} & {tag for tag, _ in Elements(page).all}
    assert 'id="a"' in page and 'id="a-2"' in page


@pytest.mark.parametrize("formula", [r"\frac", r"\unheard of"])
def test_a_formula_that_cannot_be_read_is_named(formula):
    cell = v4.new_markdown_cell(f"So ${formula}$.")
    with pytest.raises(UnsafePage, match=rf"the formula \${re.escape(formula)}\$ cannot be read"):
        report_page(notebook_of(cell), Content("t"))


def test_cells_tagged_hide_and_messages_for_the_author_stay_out():
    hidden, noisy = code("x", "hide"), code("y")
    hidden.outputs = [v4.new_output("stream", name="stdout", text="hidden words")]
    noisy.outputs = [
        v4.new_output("stream", name="stderr", text="a warning"),
        v4.new_output("stream", name="stdout", text="<b>seen</b>" + "x" * 30_000),
    ]
    page = report_page(notebook_of(hidden, noisy), Content("t"))
    assert "hidden words" not in page and "a warning" not in page
    assert "&lt;b&gt;seen&lt;/b&gt;" in page and "x" * 20_001 not in page


def test_a_notebook_imports_only_what_it_shows_with():
    program = (
        "import sys, carebench.reporting;"
        "heavy = {'papermill', 'nbconvert', 'matplotlib', 'seaborn', 'IPython', 'nh3'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_manifest_is_json_that_a_person_can_read(rendered):
    text = (rendered[2] / "bank-2026-q3-02_audit.json").read_text(encoding="utf-8")
    assert json.loads(text)["html"] == "bank-2026-q3-02_audit.html"
    assert str(Path(rendered[2]).parent) not in text


@pytest.mark.browser
def test_a_browser_finds_nothing_to_run_to_load_or_to_complain_of(rendered, tmp_path):
    browser = chromium()
    for name in ("bank-2026-q3-02_audit.html", "index.html"):
        said = console(browser, rendered[2] / name, tmp_path)
        assert "CONSOLE" not in said
    forbidden = tmp_path / "forbidden.html"
    whole = (rendered[2] / "index.html").read_text(encoding="utf-8")
    attack = "<script>document.title = 'ran'</script><img src='http://127.0.0.1:9/x'></main>"
    forbidden.write_text(whole.replace("</main>", attack), encoding="utf-8")
    said = console(browser, forbidden, tmp_path)
    assert "Executing inline script violates" in said and "Loading the image" in said
