"""What a study sets about its reports is checked, shown and harmless; code is there on demand."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from nbformat import NotebookNode, v4
from PIL import Image

from carebench import language
from carebench.reporting.brand import Brand, contrast, read
from carebench.reporting.page import Content, UnsafePage, contents_page, report_page
from carebench.reporting.sanitise import faults
from carebench.reporting.sections import without_skipped
from carebench.schema import DataError
from carebench.study import load_study

TABLE = '[tables.attempts]\npath = "attempts.csv"\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'


@pytest.fixture
def study(tmp_path):
    """A function that loads a study whose table `brand` holds the lines given."""

    def load(*lines, **overrides):
        path = tmp_path / "study.toml"
        text = "\n".join(['title = "Care"', "[brand]", *lines, TABLE])
        path.write_text(text, encoding="utf-8")
        return load_study(path, **overrides)

    return load


def cell_of(source, *tags, shown=""):
    cell = v4.new_code_cell(source)
    cell.metadata["tags"] = list(tags)
    if shown:
        cell.outputs = [v4.new_output("display_data", {"text/html": f"<p>{shown}</p>"})]
    return cell


def page_of(*cells, **content):
    first = [v4.new_markdown_cell("# Title"), cell_of("answer()", "summary", shown="The answer")]
    section = v4.new_markdown_cell("## Who answered?\n\nText.")
    notebook = v4.new_notebook(cells=[*first, section, *cells])
    return report_page(notebook, Content("Title", **content))


def order(page, *words):
    """Whether the words stand in the page in this order."""
    body = page[page.index("<body>") :]
    places = [body.index(word) for word in words]
    return places == sorted(places)


def test_a_study_without_a_brand_has_none(tmp_path):
    (tmp_path / "study.toml").write_text(f'title = "Care"\n{TABLE}', encoding="utf-8")
    assert read(load_study(tmp_path / "study.toml")) == Brand()
    assert "logo" not in page_of().partition("<body>")[2]


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_logo_is_put_into_the_page(study, tmp_path, kind):
    Image.new("RGB", (9, 9), "red").save(tmp_path / f"logo.{kind}")
    brand = read(study(f'logo = "logo.{kind}"', 'client = "Acme & Sons"'))
    page = page_of(brand=brand)
    data = base64.b64encode((tmp_path / f"logo.{kind}").read_bytes()).decode()
    picture = f'src="data:image/{kind};base64,{data}" alt="Logo of Acme &amp; Sons">'
    assert picture in page and picture in contents_page([], Content("t", brand=brand))


def test_a_drawing_is_a_picture_of_the_study_and_of_nobody_else(study, tmp_path):
    whole = SVG.format(
        '<rect width="9" height="9" fill="url(#g)"/><style>a{fill:url( \'#g\' )}</style>'
    )
    (tmp_path / "logo.svg").write_text(whole, encoding="utf-8")
    brand = read(study('logo = "logo.svg"'))
    page = page_of(brand=brand)
    assert f'src="{brand.logo}" alt="Logo"' in page and "<svg" not in page
    assert faults(page) == [f"it loads {brand.logo[:80]!r}"]


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ("<script>1</script>", "<script>"),
        ("<foreignObject/>", "<foreignobject>"),
        ('<g onload="x()"/>', "the attribute onload"),
        ('<image href="https://example.org/x.png"/>', "a link to 'https://example.org/x.png'"),
        ('<image xmlns:x="http://www.w3.org/1999/xlink" x:href="javascript:x"/>', "a link to"),
        ('<g style="fill: url( //example.org/x)"/>', "the style"),
        ("<style>@import 'x'</style>", "a style sheet that loads something"),
        ("<style>a{fill:url(#g)} b{fill:url('x')}</style>", "a style sheet that loads something"),
    ],
)
def test_a_drawing_that_could_run_or_call_out_is_refused(study, tmp_path, inside, found):
    (tmp_path / "logo.svg").write_text(SVG.format(inside), encoding="utf-8")
    with pytest.raises(DataError) as error:
        read(study('logo = "logo.svg"'))
    assert f"an SVG with {found}" in str(error.value) and "or as PNG" in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GIF89a", "is no picture. Expected a PNG, JPEG or SVG file"),
        (b"<html/>", "is no picture"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "an SVG with a document type"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 200_000, "200,008 bytes. Expected at most 200,000"),
    ],
)
def test_a_logo_that_is_no_small_picture_is_one_clear_error(study, tmp_path, content, said):
    (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(DataError, match=r"study\.toml: brand\.logo names 'logo\.png'") as error:
        read(study('logo = "logo.png"'))
    assert said in str(error.value)


@pytest.mark.parametrize("key", ["logo", "introduction", "conclusions"])
def test_files_are_read_from_the_study_s_folder_alone(study, tmp_path, key):
    (tmp_path.parent / "out.md").write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match=rf"brand\.{key} is '../out\.md', outside the study"):
        read(study(f'{key} = "../out.md"'))
    with pytest.raises(DataError, match=r"'no\.md', which cannot be read: No such file"):
        read(study(f'{key} = "no.md"'))


def test_contrast_is_that_of_the_guidelines():
    # The lightest grey that passes on white, and the next: WCAG 2.2, 1.4.3 and its examples.
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#ffffff", "#777777") == pytest.approx(4.48, abs=0.005)


def test_a_pale_colour_is_refused_with_its_ratio_and_a_shade_that_can_be_read(study):
    with pytest.raises(DataError, match=r"contrast with a light page is 1\.\d:1") as error:
        read(study('accent = "#ffd500"'))
    remedy = re.search(r"take '(#[0-9a-f]{6})'", str(error.value))[1]
    assert read(study(f'accent = "{remedy}"')).style
    with pytest.raises(DataError, match="contrast with a dark page"):
        read(study('accent_dark = "#333333"'))


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#0b5c8a; } * { x: url(x)"])
def test_a_colour_that_is_no_colour_is_refused(study, colour):
    with pytest.raises(DataError, match="Expected six digits behind a #"):
        read(study(f'accent = "{colour}"'))


def test_a_colour_reaches_light_pages_dark_pages_and_paper_under_the_policy(study):
    brand = read(study('accent = "#7a1f5c"'))
    (dark,) = re.findall(r"dark\) { :root { --accent: (#\w{6});", brand.style)
    assert contrast(dark, "#1d2329") >= 4.5 > contrast("#7a1f5c", "#1d2329")
    assert brand.style.count("--accent: #7a1f5c") == 2
    page = page_of(brand=brand)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert brand.style in style and f"style-src &#39;sha256-{digest}&#39;" in page


def test_words_of_the_author_stand_around_the_sections_and_in_the_contents(study, tmp_path):
    (tmp_path / "intro.md").write_text("Why we *asked*.\n\n## Scope\n\nAll.", encoding="utf-8")
    brand = read(study(
        'introduction = "intro.md"', 'conclusions = """\n# We advise\n\n$k/n$"""',
        'client = "Acme"', 'author = "Minh"',
    ))  # fmt: skip
    page = page_of(brand=brand)
    assert order(
        page, "For Acme", "By Minh", "The answer", 'href="#introduction"', 'href="#we-advise"',
        '<h2 id="introduction">Introduction</h2>', "<em>asked</em>", '<h3 id="scope">Scope</h3>',
        '<h2 id="who-answered">', '<h2 id="we-advise">We advise</h2>', "<math", "<footer>",
    )  # fmt: skip


def test_words_in_a_file_are_taken_in_the_language_of_the_report(study, tmp_path):
    (tmp_path / "intro.md").write_text("Why", encoding="utf-8")
    (tmp_path / "intro.vi.md").write_text("Vì sao", encoding="utf-8")
    line = 'introduction = "intro.md"'
    assert read(study(line)).introduction == "Why"
    assert read(study(line, language="vi")).introduction == "Vì sao"


def test_words_of_the_author_are_cleaned():
    attack = "<script>alert(1)</script><p onclick=x style=y>seen <b>bold</b></p>"
    page = page_of(brand=Brand(introduction=attack, conclusions=attack))
    assert page.count("<p>seen <b>bold</b></p>") == 2 and "alert" not in page
    with pytest.raises(UnsafePage, match="an image is not embedded in the page"):
        page_of(brand=Brand(introduction="![x](https://example.org/x.png)"))


def test_words_without_end_are_refused(study):
    with pytest.raises(DataError, match=r"brand\.conclusions has 20,001 characters"):
        read(study(f'conclusions = "{"x" * 20_001}"'))


REPLIES = Brand(replies={"Rùa Bay": "We thank.\n\nWe <b>differ</b>.", "A": "No."})


def test_a_page_about_all_ends_in_the_replies_exactly_as_they_were_sent():
    page = page_of(brand=REPLIES)
    assert order(
        page, "Text.", "What the providers replied</h2>", "<h3>A</h3>", "<h3>Rùa Bay</h3>",
        "<blockquote><p>We thank.</p><p>We &lt;b&gt;differ&lt;/b&gt;.</p></blockquote>", "<footer>",
    )  # fmt: skip


def test_a_page_about_one_provider_has_its_reply_under_the_answer_and_no_other():
    page = page_of(brand=REPLIES, provider="A")
    assert order(page, "The answer", "A replied:", "<p>No.</p>", 'id="who-answered"')
    assert "We thank" not in page and "What the providers replied" not in page
    assert "replied" not in page_of(brand=REPLIES, provider="B")


def test_replies_and_headings_speak_the_reader_s_language(monkeypatch):
    words = {"What the providers replied": "Phản hồi của các nhà cung cấp"}
    monkeypatch.setattr(language, "catalogue", lambda code: words)
    language.use("vi")
    assert "Phản hồi của các nhà cung cấp</h2>" in page_of(brand=REPLIES)


def test_an_author_s_heading_cannot_take_an_anchor_of_the_page():
    brand = Brand(introduction="# Main\n\n# Contents\n\n# Provenance", replies={"main": "x"})
    page = page_of(brand=brand, facts=[("a", "b")])
    assert all(f'<h2 id="{name}-2">' in page for name in ("main", "contents", "provenance"))


def test_code_is_hidden_unless_it_is_asked_for():
    cells = [cell_of("secret_name = 1", shown="seen")]
    assert "secret_name" not in page_of(*cells) and "seen" in page_of(*cells)


def test_code_stands_folded_above_what_it_shows_and_in_the_words_it_was_written():
    source = 'rates = audit.rates(care, "<b>e-mail</b>")  # why & how\nshow_table(rates)'
    page = page_of(cell_of(source, shown="the table"), with_code=True)
    assert page.count('<details class="code"><summary>Code</summary><pre>') == 2
    assert order(page, "# why &amp; how", "the table")
    assert faults(page) == [] and " open" not in page.partition("<body>")[2]
    code = re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)[1]
    plain = re.sub(r"<[^>]+>", "", code).replace("&lt;", "<").replace("&gt;", ">")
    assert plain.replace("&amp;", "&").strip() == source
    assert '<span class="c1">' in code


def test_code_that_names_the_machine_stays_hidden():
    cells = [
        cell_of('study = "/somewhere/study.toml"', "injected-parameters"),
        cell_of("x", "hide"),
    ]
    page = page_of(*cells, with_code=True)
    assert "/somewhere" not in page and page.count("<details") == 1


def test_a_notebook_cannot_bring_html_in_its_metadata():
    cell = cell_of("x", shown="seen")
    cell.metadata["carebench_code"] = "<p>forged</p>"
    assert "forged" not in page_of(cell)


def _cell(kind, source, *outputs):
    cell = NotebookNode(cell_type=kind, source=source, metadata=NotebookNode())
    if kind == "code":
        cell.outputs = [
            NotebookNode(metadata=NotebookNode(carebench={"skipped": why} if why else {}))
            for why in outputs
        ]
    return cell


def test_sections_that_could_not_be_asked_are_gathered_with_their_reasons():
    cells = [
        _cell("markdown", "# Title"),
        _cell("code", "answer", ""),
        _cell("markdown", "## Asked"),
        _cell("code", "a", "No table.", ""),
        _cell("markdown", "## Not asked\n\nProse of it."),
        _cell("code", "b", "No table."),
        _cell("code", "c", "No table.", "No column."),
        _cell("markdown", "## Half asked"),
        _cell("code", "d", "No column."),
        _cell("markdown", "### Below it"),
        _cell("code", "e", ""),
        _cell("markdown", "### Below it, not asked"),
        _cell("code", "f", "No time."),
        _cell("markdown", "### Not asked for the same reason"),
        _cell("code", "g"),
        _cell("markdown", "## Method"),
    ]
    kept, left_out = without_skipped(cells)
    assert left_out == [
        "Not asked — No table. No column.",
        "Below it, not asked — No time.",
        "Not asked for the same reason — No time.",
    ]
    assert [cell.source.partition("\n")[0] for cell in kept] == [
        "# Title", "answer", "## Asked", "a", "## Half asked", "d", "### Below it", "e",
        "## Method",
    ]  # fmt: skip
