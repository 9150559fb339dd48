"""CVs in other languages than English: their parts and dates are read, and a person is told what is not."""

from __future__ import annotations

import pytest
from ebsv.read_builders import as_docx

from cvsense_async.sandbox.ebsv import JobText, Screener
from cvsense_async.sandbox.ebsv.document import SectionKind
from cvsense_async.sandbox.ebsv.engine import Classification
from cvsense_async.sandbox.ebsv.extract import read_bytes

Written = tuple[str, str, str, str, str, str, str, str]
_CVS: dict[str, Written] = {
    "French": (
        "Expérience professionnelle",
        "Ingénieur logiciel, Corbel Paiements, mars 2018 à aujourd'hui",
        "Développement de services en Python pour la gestion des paiements avec une équipe de cinq personnes.",
        "Formation",
        "Licence d'informatique, Université de Nantes, 2012",
        "Compétences techniques",
        "Terraform, Docker",
        "Langues",
    ),
    "German": (
        "Berufliche Erfahrung",
        "Softwareingenieur, Corbel Zahlungen, März 2018 – heute",
        "Entwicklung von Diensten mit Python für die Kunden und Leitung einer Gruppe bei der Einführung der Plattform.",
        "Ausbildung",
        "Diplom in Informatik, Universität Kassel, 2012",
        "Kenntnisse und Fähigkeiten",
        "Terraform, Docker",
        "Sprachen",
    ),
    "Spanish": (
        "Experiencia laboral",
        "Ingeniero de software, Corbel Pagos, marzo 2018 - actualidad",
        "Desarrollo de los servicios en Python para la gestión de pagos con un equipo y como responsable del proyecto.",
        "Formación académica",
        "Licenciatura en informática, Universidad de Oviedo, 2012",
        "Conocimientos técnicos",
        "Terraform, Docker",
        "Idiomas",
    ),
    "Italian": (
        "Esperienze lavorative",
        "Ingegnere del software, Corbel Pagamenti, marzo 2018 - oggi",
        "Sviluppo dei servizi in Python per la gestione degli ordini con una squadra nel reparto e anche dei dati.",
        "Istruzione e formazione",
        "Laurea in informatica, Università di Parma, 2012",
        "Competenze tecniche",
        "Terraform, Docker",
        "Lingue",
    ),
    "Dutch": (
        "Werkervaring",
        "Software engineer, Corbel Betalingen, maart 2018 - heden",
        "Het bouwen van diensten in Python voor de klanten en het leiden van een groep bij de invoering van het platform.",
        "Opleidingen",
        "Bachelor informatica, Universiteit Utrecht, 2012",
        "Technische vaardigheden",
        "Terraform, Docker",
        "Talen",
    ),
    "Polish": (
        "Doświadczenie zawodowe",
        "Programista, Corbel Płatności, marzec 2018 – obecnie",
        "Tworzenie usług w języku Python dla klientów oraz praca przy projekcie i nadzór nad zespołem od początku do wdrożenia.",
        "Wykształcenie",
        "Inżynier informatyki, Politechnika Łódzka, 2012",
        "Umiejętności techniczne",
        "Terraform, Docker",
        "Języki obce",
    ),
}


@pytest.mark.parametrize(("language", "written"), _CVS.items(), ids=_CVS.keys())
def test_parts_and_dates_in_six_languages(language: str, written: Written) -> None:
    """Headings, months and "until today" are read; tools used at work are evidenced, listed ones claimed; it is told."""
    work, job, told, school, degree, skills, tools, tongues = written
    cv = (
        ("name", "Ada Okafor"),
        *(("heading", work), ("job", job), ("bullet", told), ("heading", school), ("line", degree)),
        *(("heading", skills), ("line", tools), ("heading", tongues), ("line", "English, Deutsch")),
    )
    document = read_bytes(as_docx(cv))
    assert [section.kind for section in document.sections] == [
        SectionKind.HEADER,
        SectionKind.EXPERIENCE,
        SectionKind.EDUCATION,
        SectionKind.SKILLS,
        SectionKind.LANGUAGES,
    ]
    (role,) = document.sections[1].roles
    assert role.start is not None
    assert (role.start.year, role.start.month, role.current) == (2018, 3, True)
    assert document.flags == ("language_partly_read", f"language_is_{language.lower()}")
    screener = Screener()
    asked = JobText("", "Required:\n- Python\n- Terraform\n- Kafka")
    found = screener.judge(screener.prepare(asked), document)
    assert [one.classification for one in found.skills] == [
        Classification.EVIDENCED,
        Classification.CLAIMED,
        Classification.MISSING,
    ]
    assert "language_partly_read" in found.flags
    assert "not in English" in found.reasoning


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ανάπτυξη υπηρεσιών για την τράπεζα και υποστήριξη των πελατών από το 2018 έως σήμερα", "greek"),
        (
            "Datblygu gwasanaethau yn Python gyda thîm. Mae hefyd gan y tîm waith ar gyfer y cyhoedd ac am yr iaith.",
            "welsh",
        ),
        ("Разработка сервисов для банка и поддержка клиентов", "cyrillic_letters"),
    ],
)
def test_any_other_language_is_told(text: str, language: str) -> None:
    """A CV in a language that is not read at all is not silently given a low score."""
    document = read_bytes(as_docx((("name", "Ada Okafor"), ("line", text), ("line", "Python, Docker"))))
    assert document.flags[:2] == ("language_partly_read", f"language_is_{language}")


def test_an_english_cv_with_foreign_names_is_english() -> None:
    """Names of people, places and firms, and a list of languages, make no CV a foreign one."""
    cv = (
        ("name", "Ximena de la Cruz y Ortega"),
        ("heading", "Experience"),
        ("job", "Night porter, Hotel de la Paix et du Lac, Jan 2018 - Dec 2020"),
        ("bullet", "Kept the house for the guests of the Compagnie des Wagons-Lits and was the voice of the desk."),
        ("heading", "Languages"),
        ("line", "Español, français, Deutsch und etwas Polnisch"),
    )
    assert read_bytes(as_docx(cv)).flags == ()
