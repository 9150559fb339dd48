"""Time spans as people write them, and what is not one."""

from __future__ import annotations

import pytest
from ebsv.read_builders import drawn

from cvsense_async.sandbox.ebsv.dates import cut_between, is_date, spans
from cvsense_async.sandbox.ebsv.document import Month, Role
from cvsense_async.sandbox.ebsv.extract import read_bytes

_NOW = None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("01/2010 to Current", (2010, 1), _NOW),
        ("Jan 2010 – Present", (2010, 1), _NOW),
        ("January 2010 - March 2012", (2010, 1), (2012, 3)),
        ("March 2015 - 04/2017", (2015, 3), (2017, 4)),
        ("Sept. 2009 — Dec. 2011", (2009, 9), (2011, 12)),
        ("2010-2013", (2010, 7), (2013, 6)),
        ("2010 to 2013", (2010, 7), (2013, 6)),
        ("2010-13", (2010, 7), (2013, 6)),
        ("2014/05 - 2016/11", (2014, 5), (2016, 11)),
        ("2014-05 – 2016-11", (2014, 5), (2016, 11)),
        ("05.2014 – 11.2016", (2014, 5), (2016, 11)),
        ("01.05.2014 - 30.11.2016", (2014, 5), (2016, 11)),
        ("Summer 2014 – Fall 2015", (2014, 7), (2015, 10)),
        ("since 2018", (2018, 7), _NOW),
        ("Seit 03/2018", (2018, 3), _NOW),
        ("2018 - heute", (2018, 7), _NOW),
        ("März 2012 bis Juni 2014", (2012, 3), (2014, 6)),
        ("janvier 2012 à juin 2014", (2012, 1), (2014, 6)),
        ("enero 2012 - actualidad", (2012, 1), _NOW),
        ("Jan '10 - Mar '12", (2010, 1), (2012, 3)),
        ("06/09 - 08/12", (2009, 6), (2012, 8)),
        ("June - August 2014", (2014, 6), (2014, 8)),
        ("2019 october - now", (2019, 10), _NOW),
        ("Apr 2020Jun 2020", (2020, 4), (2020, 6)),
        ("2021  now", (2021, 7), _NOW),
        ("Feb 2018 - Present (2 years)", (2018, 2), _NOW),
        ("(2018–present)", (2018, 7), _NOW),
        ("Jan2018-Dec2020", (2018, 1), (2020, 12)),
        ("Jan2018 - Present", (2018, 1), _NOW),
        ("2020-Pres.", (2020, 7), _NOW),
        ("Mar 2020 – pres", (2020, 3), _NOW),
        ("Q3/2018 - Q1/2020", (2018, 8), (2020, 2)),
        ("'98-'03", (1998, 7), (2003, 6)),
        ("’09 – present", (2009, 7), _NOW),
        ("5/1/2018 - 12/31/2020", (2018, 5), (2020, 12)),
        ("1/5/2018 - 31/12/2020", (2018, 5), (2020, 12)),
        ("Monday 5 January 2015 - Friday, 3 March 2017", (2015, 1), (2017, 3)),
        ("Michaelmas 2015 to Trinity 2018", (2015, 10), (2018, 5)),
        ("Autumn term 2015 - Summer term 2016", (2015, 10), (2016, 7)),
        ("April 2016, still in post", (2016, 4), _NOW),
        ("April 2016 - still employed", (2016, 4), _NOW),
        ("wrzesień 2015 – obecnie", (2015, 9), _NOW),
        ("marzo 2015 - in corso", (2015, 3), _NOW),
        ("maart 2015 - heden", (2015, 3), _NOW),
        ("mars 2015 à ce jour", (2015, 3), _NOW),
        ("depuis mars 2015", (2015, 3), _NOW),
    ],
)
def test_spans_are_read(text: str, start: tuple[int, int], end: tuple[int, int] | None) -> None:
    """A span gives its first and last month; a year alone counts from its middle."""
    (found,) = spans(f"Engineer, Acme, {text}")
    assert found.start == Month(*start)
    assert found.end == (Month(*end) if end else None)
    assert found.current == (end is None)


@pytest.mark.parametrize(
    "text",
    [
        "Windows Server 2003-2008",
        "Microsoft Office 2003-2011",
        "call +44 20 7946 0958",
        "grew sales from 1200 to 2400",
        "12,000 units",
        "ISO 2015 - 2018",
        "May we help",
        "no digits at all",
    ],
)
def test_what_is_no_span(text: str) -> None:
    """Versions of products, phones and plain numbers are not time spans."""
    assert spans(text) == ()


def test_lone_dates_and_cut_spans() -> None:
    """A date alone on its line is told, and so is a span that the line's end cuts."""
    assert is_date("July 2012")
    assert is_date("Present")
    assert not is_date("July 2012 was hot")
    assert cut_between("Cashier 08/2008 to", "02/2011 Contoso")
    assert cut_between("Coach Sep 2004 to Aug", "2007")
    assert not cut_between("Cashier", "02/2011 Contoso")


def test_reversed_and_single_year_spans() -> None:
    """A reversed span keeps its months as written and lasts none; one year alone is half a year."""
    (wrong,) = spans("09/2014 to 04/2014")
    assert wrong.end == Month(2014, 4)
    (short,) = spans("2012 - 2012")
    assert (short.start, short.end) == (Month(2012, 4), Month(2012, 9))


def _roles(*lines: str) -> tuple[Role, ...]:
    places = [(50.0, 780.0 - 16 * number, text) for number, text in enumerate(("Experience", *lines))]
    return read_bytes(drawn(*places)).sections[0].roles


def test_one_date_that_can_be_no_other_tells_the_order_of_all() -> None:
    """Where one date of a CV has its month first, 5/1/2018 is in May; else Europe's order holds."""
    american = _roles("Clerk, Contoso Ltd, 5/1/2018 - 7/2/2020", "Porter, Corbel Hotel, 2/28/2012 - 4/5/2018")
    assert [(role.start, role.end) for role in american] == [
        (Month(2018, 5), Month(2020, 7)),
        (Month(2012, 2), Month(2018, 4)),
    ]
    (european,) = _roles("Clerk, Contoso Ltd, 5/1/2018 - 7/2/2020")
    assert (european.start, european.end) == (Month(2018, 1), Month(2020, 2))


def test_two_spans_of_one_job_count_without_the_time_between() -> None:
    """A person who came back has worked in both stretches, and not between them."""
    (role,) = _roles("Baker, Mill Lane Bakery, Jan 2010 - Dec 2011 and Jan 2014 - Dec 2014", "Baked rye bread.")
    assert (role.title, role.start, role.end) == ("Baker", Month(2010, 1), Month(2014, 12))
    assert role.months(Month(2020, 1)) == 36


@pytest.mark.parametrize(
    ("dates", "told"),
    [("May 2015-May 2105", True), ("2015 - 2105", True), ("May 2015 - May 2025", False), ("2400 - 3100 lux", False)],
)
def test_a_year_that_cannot_be_is_flagged(dates: str, told: bool) -> None:
    """A slip of the keyboard is told, for its years do not count."""
    places = [(50.0, 780.0, "Experience"), (50.0, 760.0, f"Baker, Mill Lane Bakery, {dates}")]
    assert ("dates_impossible" in read_bytes(drawn(*places)).flags) is told
