"""What a wider world of Word documents holds: where their words may stand, and how they may be hidden."""

from __future__ import annotations

from base64 import b64encode

import pytest
from ebsv.read_builders import WORDS, packed, paragraph, word_package

from cvsense_async.sandbox.ebsv.document import SectionKind
from cvsense_async.sandbox.ebsv.extract import read_bytes

_HONEST = paragraph("A weaver with ten years at the upper mill")


def _run(text: str, looks: str = "") -> str:
    return f'<w:r><w:rPr>{looks}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def _line(inside: str) -> str:
    return f"<w:p>{inside}</w:p>"


def _part(tag: str, inside: str) -> str:
    return f'<w:{tag} xmlns:w="{WORDS}">{inside}</w:{tag}>'


_BOX = f"<w:txbxContent>{paragraph('Woollen')}</w:txbxContent>"
_TOLD: dict[str, str] = {
    "text box, told twice": _line(
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:wsp>'
        f"<wps:txbx>{_BOX}</wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape>"
        f"<v:textbox>{_BOX}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    ),
    "content control": f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('Woollen')}</w:sdtContent></w:sdt>",
    "control in a line": _line(f"<w:sdt><w:sdtContent>{_run('Woollen')}</w:sdtContent></w:sdt>"),
    "link": _line(f'<w:hyperlink w:anchor="a">{_run("Woollen")}</w:hyperlink>'),
    "smart tag": _line(f'<w:smartTag w:element="x">{_run("Woollen")}</w:smartTag>'),
    "inserted": _line(f'<w:ins w:id="1">{_run("Woollen")}</w:ins>'),
    "moved here": _line(f"<w:moveTo>{_run('Woollen')}</w:moveTo>"),
    "table in a table": f"<w:tbl><w:tr><w:tc><w:tbl><w:tr><w:tc>{paragraph('Woollen')}</w:tc></w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl>",
    "after a symbol": _line(f'<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>{_run("Woollen")}'),
    "cut in the middle": _line(_run("Wo") + _run("oll", "<w:b/>") + _run("en")),
    "field": _line(
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "http://Dyed"</w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{_run("Woollen")}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    ),
    "formula": _line('<m:oMath xmlns:m="m"><m:r><m:t>Woollen</m:t></m:r></m:oMath>'),
    "without an outline": _line(_run("Woollen", '<w14:textOutline xmlns:w14="x"><w14:noFill/></w14:textOutline>')),
    "white on black": _line(_run("Woollen", '<w:color w:val="FFFFFF"/><w:shd w:fill="000000"/>')),
    "automatic on black": _line(_run("Woollen", '<w:shd w:fill="000000"/>')),
    "set a little tighter": _line(_run("Woollen", '<w:spacing w:val="-10"/><w:w w:val="90"/>')),
}


@pytest.mark.parametrize("body", _TOLD.values(), ids=_TOLD.keys())
def test_places_where_words_stand(body: str) -> None:
    """Each is read once, and hides nothing."""
    document = read_bytes(word_package(_HONEST + body))
    assert document.text.split().count("Woollen") == 1
    assert document.flags == ()
    assert "Dyed" not in document.text


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("word/header1.xml", _part("hdr", paragraph("Woollen"))),
        ("word/footer2.xml", _part("ftr", paragraph("Woollen"))),
        ("word/footnotes.xml", _part("footnotes", f'<w:footnote w:id="2">{paragraph("Woollen")}</w:footnote>')),
        ("word/endnotes.xml", _part("endnotes", f'<w:endnote w:id="2">{paragraph("Woollen")}</w:endnote>')),
        (
            "word/diagrams/data1.xml",
            '<d:dataModel xmlns:d="d" xmlns:a="a"><a:p><a:r><a:t>Woollen</a:t></a:r></a:p></d:dataModel>',
        ),
    ],
)
def test_parts_beside_the_main_one(name: str, part: str) -> None:
    """Headers, footers, notes and diagrams are read; one that is broken is left out and ends nothing."""
    assert "Woollen" in read_bytes(word_package(_HONEST, **{name: part})).text
    assert "weaver" in read_bytes(word_package(_HONEST, **{name: part[:-9]})).text


_STYLES = _part(
    "styles",
    '<w:style w:type="paragraph" w:styleId="White"><w:rPr><w:color w:val="FFFFFF"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Band"><w:basedOn w:val="White"/><w:pPr><w:shd w:fill="203040"/></w:pPr></w:style>'
    '<w:style w:type="character" w:styleId="Gone"><w:rPr><w:vanish/></w:rPr></w:style>',
)
_HIDDEN: dict[str, str] = {
    "vanished": _run("Dyed", "<w:vanish/>"),
    "vanished by its style": _run("Dyed", '<w:rStyle w:val="Gone"/>'),
    "white": _run("Dyed", '<w:color w:val="FFFFFF"/>'),
    "in the theme's white": _run("Dyed", '<w:color w:val="auto" w:themeColor="background1"/>'),
    "white by its style": '<w:pPr><w:pStyle w:val="White"/></w:pPr>' + _run("Dyed"),
    "black on black": _run("Dyed", '<w:color w:val="000000"/><w:shd w:fill="000000"/>'),
    "of one point": _run("Dyed", '<w:sz w:val="2"/>'),
    "squeezed": _run("Dyed", '<w:w w:val="1"/>'),
    "of no colour": _run("Dyed", '<w14:textFill xmlns:w14="x"><w14:noFill/></w14:textFill>'),
}


@pytest.mark.parametrize("inside", _HIDDEN.values(), ids=_HIDDEN.keys())
def test_ways_to_hide_words(inside: str) -> None:
    """What Word does not show is flagged and does not count."""
    document = read_bytes(word_package(_HONEST + _line(inside), **{"word/styles.xml": _STYLES}))
    assert "hidden_text" in document.flags
    assert "Dyed" not in document.text


def test_white_styles_on_bands_are_seen() -> None:
    """White letters of a style that has a dark ground, or with a colour of their own, are seen."""
    band = '<w:pPr><w:pStyle w:val="Band"/></w:pPr>' + _run("Woollen")
    own = '<w:pPr><w:pStyle w:val="White"/></w:pPr>' + _run("Carded", '<w:color w:val="203040"/>')
    document = read_bytes(word_package(_HONEST + _line(band) + _line(own), **{"word/styles.xml": _STYLES}))
    assert document.flags == ()
    assert {"Woollen", "Carded"} <= set(document.text.split())


@pytest.mark.parametrize(
    "inside",
    [
        '<w:del w:id="2"><w:r><w:delText>Dyed</w:delText></w:r></w:del>',
        f"<w:moveFrom>{_run('Dyed')}</w:moveFrom>",
        '<w:r><w:drawing><wp:docPr xmlns:wp="x" descr="Dyed"/></w:drawing></w:r>',
        f"<w:r><w:ruby><w:rt>{_run('Dyed')}</w:rt><w:rubyBase>{_run('Base')}</w:rubyBase></w:ruby></w:r>",
    ],
)
def test_words_that_are_no_text(inside: str) -> None:
    """Deleted and moved words, the names of pictures, readings over words and comments are not the document's text."""
    comments = {"word/comments.xml": _part("comments", f"<w:comment>{paragraph('Dyed')}</w:comment>")}
    assert "Dyed" not in read_bytes(word_package(_HONEST + _line(inside), **comments)).text


def test_other_name_spaces_and_encodings() -> None:
    """The strict form of the standard, and UTF-16, are read alike."""
    document = f'<?xml version="1.0"?><w:document xmlns:w="{WORDS}"><w:body>{_HONEST}</w:body></w:document>'
    strict = document.replace(WORDS, "http://purl.oclc.org/ooxml/wordprocessingml/main")
    for content in (strict.encode(), document.encode("utf-16")):
        assert "upper mill" in read_bytes(packed({"word/document.xml": content})).text


_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHUNK = f'<w:altChunk xmlns:r="{_REL}" r:id="rId7"/>'
_PAGE = (
    "<html><head><title>Dyed</title><style>p {}</style></head><body><h2>Experience</h2><p><b>Weaver, Upper Mill</b>"
    "<span>Mar 2019 - Present</span></p><ul><li>Wove 300 bolts of woollen cloth &amp; mended the looms.</li></ul>"
    '<p style="display:none">Unseen</p></body></html>'
)


def _with_chunk(target: str, name: str, content: str | bytes) -> bytes:
    relations = (
        f'<Relationships><Relationship Id="rId7" Type="{_REL}/aFChunk" Target="{target}"/>'
        f'<Relationship Id="rId8" Type="{_REL}/hyperlink" Target="http://a.example/" TargetMode="External"/>'
        "</Relationships>"
    )
    body = f"{_HONEST}{_CHUNK}{paragraph('The last line.')}"
    document = f'<w:document xmlns:w="{WORDS}"><w:body>{body}</w:body></w:document>'
    return packed(
        {
            "word/document.xml": document.encode(),
            "word/_rels/document.xml.rels": relations.encode(),
            name: content if isinstance(content, bytes) else content.encode(),
        }
    )


_MHT = (
    "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=here\r\n\r\n--here\r\n"
    'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    f"{b64encode(_PAGE.encode()).decode()}\r\n--here--\r\n"
)


@pytest.mark.parametrize(
    ("target", "name", "content"),
    [
        ("/word/afchunk.mht", "word/afchunk.mht", _MHT),
        ("chunk1.html", "word/chunk1.html", _PAGE),
        ("../other/Chunk%201.htm", "other/chunk 1.htm", _PAGE.encode("windows-1252")),
    ],
)
def test_text_of_another_kind_is_read_in_its_place(target: str, name: str, content: str | bytes) -> None:
    """HTML and MHT parts, which some programs write instead of paragraphs, are read where the document names them."""
    document = read_bytes(_with_chunk(target, name, content))
    experience = next(section for section in document.sections if section.kind is SectionKind.EXPERIENCE)
    assert [role.title for role in experience.roles] == ["Weaver"]
    assert "Wove 300 bolts of woollen cloth & mended the looms." in document.text
    assert document.text.index("upper mill") < document.text.index("looms") < document.text.index("The last line")
    assert "Dyed" not in document.text
    assert document.flags == ("hidden_text",)


@pytest.mark.parametrize(
    ("name", "content"),
    [("word/a.rtf", r"{\rtf1 Woollen}"), ("word/b.html", _PAGE), ("word/a.doc", b"\xd0\xcf\x11\xe0")],
)
def test_text_that_is_not_read_is_told(name: str, content: str | bytes) -> None:
    """A part of a kind that is not read, or that is not there, is flagged: a low score must not look like a judgement."""
    document = read_bytes(_with_chunk(name.removeprefix("word/").replace("b.html", "gone.html"), name, content))
    assert "partly_read" in document.flags
    assert "upper mill" in document.text


@pytest.mark.parametrize("inline", [True, False])
def test_prompts_that_nobody_filled_in_are_no_text(inline: bool) -> None:
    """What Word shows in an empty control is its template's word, not the person's; a filled one is read."""
    inside = _run("Describe your work with Dyed cloth") if inline else paragraph("Describe your work with Dyed cloth")
    prompt = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>"
    filled = '<w:sdt><w:sdtPr><w:showingPlcHdr w:val="0"/></w:sdtPr><w:sdtContent>'
    filled += f"{_run('Woollen') if inline else paragraph('Woollen')}</w:sdtContent></w:sdt>"
    body = _line(prompt + filled) if inline else prompt + filled
    document = read_bytes(word_package(_HONEST + body))
    assert "Dyed" not in document.text
    assert "Woollen" in document.text


@pytest.mark.parametrize(
    ("relation", "name"),
    [
        (f"<Relationship Target='/Text/Main%20Part.xml' Id='a' Type='{_REL}/officeDocument'/>", "text/main part.xml"),
        (f'<r:Relationship  Id = "a" Type="{_REL}/officeDocument" Target="w/body"\n/>', "w/body"),
        (
            '<Relationship Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" '
            'Target="./word/document9.xml"/>',
            "word/document9.xml",
        ),
    ],
)
def test_the_main_part_under_any_name_and_quoting(relation: str, name: str) -> None:
    """The package says which part holds the text: single quotes, capitals, spaces and prefixes are all legal."""
    document = f'<w:document xmlns:w="{WORDS}"><w:body>{_HONEST}</w:body></w:document>'
    package = {
        "_rels/.rels": f'<Relationships xmlns:r="r">{relation}</Relationships>'.encode(),
        name: document.encode(),
    }
    assert "upper mill" in read_bytes(packed(package)).text


def test_margins_under_names_of_their_own() -> None:
    """Headers and footers are those that the main part names, whatever their names."""
    margin = f'<w:hdr xmlns:w="{WORDS}">{paragraph("Woollen Lane 4")}</w:hdr>'
    relations = f'<Relationships><Relationship Id="a" Type="{_REL}/header" Target="margins/top.xml"/></Relationships>'
    document = f'<w:document xmlns:w="{WORDS}"><w:body>{_HONEST}</w:body></w:document>'
    parts = {"word/document.xml": document, "word/_rels/document.xml.rels": relations, "word/margins/top.xml": margin}
    assert "Woollen Lane 4" in read_bytes(packed({name: text.encode() for name, text in parts.items()})).text
