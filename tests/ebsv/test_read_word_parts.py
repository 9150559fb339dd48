"""What a wider world of Word documents holds: where their words may stand, and how they may be hidden."""

from __future__ import annotations

import pytest
from ebsv.read_builders import WORDS, packed, paragraph, word_package

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
