"""What ships with the sandbox about words: names of skills, background weights, and the fields of work they belong to.

Weights that ship make one CV alone score as it does among a thousand. Skill names and weights are derived from the
O*NET 28.2 Database, U.S. Department of Labor, Employment and Training Administration (CC BY 4.0), and from ESCO v1.1.1,
European Commission; see benchmarks/ebsv/derive_skills.py.
"""

from __future__ import annotations

import json
import lzma
import math
import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

import attrs

from cvsense_async.sandbox.ebsv.words import STOP, stems

_PACKAGE = "cvsense_async.sandbox.ebsv"
_LONGEST = 4
_PLAIN = frozenset(
    stems(
        """
    experience skill ability knowledge work team year years month good strong excellent proven demonstrated
    professional responsible responsibility duties manage management manager lead leader leadership develop
    development support provide ensure assist maintain perform include various multiple new use using used
    process procedure requirement job position role company business organization department staff employee
    member people person individual environment time daily day week weekly monthly annual level high highly
    quality effective effectively efficient efficiency success successful successfully result goal objective
    issue problem solve solving need able well best great wide variety range area field general specific related
    relevant appropriate necessary required preferred desired minimum plus must full part current currently
    previous basic advanced working knowledge understanding familiar proficient proficiency expert expertise
    communication communicate communicator written verbal oral interpersonal relationship build create implement
    implementation improve improvement increase plan planning organize organized coordinate prepare review
    report reporting monitor meet meeting meetings standard policy task activity information system service
    program project tool technology technical solution customer client self motivated detail oriented fast paced
    driven dedicated flexible multi office complete completed follow handle identify make take help keep give
    set get base basis order state city name university college school degree bachelor master education graduate
    training trained equivalent practical candidate applicant ideal looking join opportunity career employment
    employer industry sector world global international national local internal external key main major core
    other additional large small complex strategic strategy innovative creative dynamic positive proactive
    independently initiative responsibilities achieve achievement deliver delivery drive contribute participate
    collaborate collaboration partner stakeholder cross functional senior junior assistant associate head chief
    director executive specialist coordinator officer supervisor representative lead hand hands track record
    deadline pressure priority timely manner accurate accuracy accordance regular perform performance operation
    operations resource resources tasks data document documentation computer software application microsoft word
    internet email phone group public point product develops developing maintains ensures works start end hour
    hours shift salary pay benefit apply application applications process january february march april june july
    august september october november december present today date city state country united states usa uk
    england america american london york los angeles california texas company's etc including include includes
    based via per within value core ability demonstrate possess hold valid successful evaluate assess determine
    establish oversee supervise direct conduct execute facilitate analyze analysis research train
    """
    )
)

_MAKERS = frozenset(
    stems("microsoft ms adobe google oracle sap ibm apple amazon aws salesforce cisco autodesk sage intuit zoho azure")
)
_JOINING = frozenset({"of", "for", "and", "on"})


@attrs.frozen
class Lexicon:
    """The shipped knowledge, loaded once a process."""

    weights: dict[str, float]  # how much a stem says, about 0.1 to 1
    names: dict[str, str]  # stems of a name, joined by spaces, to its skill
    pairs: frozenset[str]  # what names of several words begin with: two stems, joined by a space
    fields: dict[str, tuple[tuple[int, float], ...]]  # a stem, or two joined by a space, to its fields of work
    field_names: tuple[str, ...]
    twins: dict[str, frozenset[str]]  # a stem to those that say the same in prose
    kin: dict[str, frozenset[str]]  # a stem to those that may stand for it in prose beside a word that says more
    tools: frozenset[str]  # names of tools of one word, as they are written, in small letters
    tool_stems: frozenset[str]
    named_things: frozenset[str]  # those products whose names are in small letters, too ("machine learning")
    products: dict[str, frozenset[str]]  # names whose words must stand together, as stems, to what may join the words

    def weight(self, stem: str) -> float:
        """How much a stem says; a word that is in no list is probably a name of something, and says something."""
        known = self.weights.get(stem)
        if known is not None:
            return known
        return 0.1 if stem.isdigit() or len(stem) < 2 else 0.7

    def known(self, stem: str) -> bool:
        """Whether the stem is a word of work that the lists know."""
        return stem in self.weights or stem in self.fields or stem in self.names

    def named(self, run: Sequence[str]) -> bool:
        """Whether a run of stems is the name of a maker's product, which no other word can stand for."""
        return not _MAKERS.isdisjoint(run)

    def fields_of(self, run: Sequence[str]) -> dict[int, float]:
        """How strongly a run of stems belongs to each field of work."""
        found: dict[int, float] = {}
        counts: Counter[str] = Counter(run)
        counts.update(" ".join(pair) for pair in pairwise(run))
        for key, count in counts.items():
            mine = self.fields.get(key)
            if mine is None:
                continue
            strength = saturated(count) * (1.4 if " " in key else self.weight(key))
            for field, weight in mine:
                found[field] = found.get(field, 0.0) + strength * weight
        return found

    def concepts(self, run: Sequence[str]) -> list[tuple[int, int, str]]:
        """The skills named in a run of stems: first, one past the last, and the skill; the longest name wins."""
        found: list[tuple[int, int, str]] = []
        at = 0
        while at < len(run):
            length = 0
            if at + 1 < len(run) and f"{run[at]} {run[at + 1]}" in self.pairs:
                for size in range(min(_LONGEST, len(run) - at), 1, -1):
                    skill = self.names.get(" ".join(run[at : at + size]))
                    if skill is not None:
                        found.append((at, at + size, skill))
                        length = size
                        break
            if not length:
                skill = self.names.get(run[at])
                if skill is not None:
                    found.append((at, at + 1, skill))
                length = 1
            at += length
        return found

    def every_concept(self, run: Sequence[str]) -> list[tuple[int, int, str]]:
        """The skills named anywhere in a run of stems, those within longer names, too ("SQL" in "SQL Server")."""
        found: list[tuple[int, int, str]] = []
        for at, one in enumerate(run):
            skill = self.names.get(one)
            if skill is not None:
                found.append((at, at + 1, skill))
            if at + 1 < len(run) and f"{one} {run[at + 1]}" in self.pairs:
                for size in range(2, min(_LONGEST, len(run) - at) + 1):
                    skill = self.names.get(" ".join(run[at : at + size]))
                    if skill is not None:
                        found.append((at, at + size, skill))
        return found


def saturated(count: float) -> float:
    """A count that grows ever slower: the tenth mention says little that the first did not."""
    return 1.0 + math.log(count) if count >= 1 else count


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon, read when first asked for."""
    home = files(_PACKAGE)
    shipped = json.loads(lzma.decompress((home / "skills.json.xz").read_bytes()))
    weights: dict[str, float] = {}
    for stem, tenth in shipped["weights"].items():
        weights[stem] = max(0.25, min(1.0, tenth / 75))
    field_names, fields = _fields((home / "fields.txt").read_text("utf-8"))
    for stem in fields:
        if " " not in stem:
            weights.setdefault(stem, 0.7)
    for stem in _PLAIN:
        weights[stem] = 0.12
    aliases = (home / "aliases.txt").read_text("utf-8")
    names = _names(shipped["skills"], shipped["weights"], aliases)
    every = [*shipped["tools"], *_lines((home / "everyday.txt").read_text("utf-8"))]
    tools = frozenset(word for line in every for word in line.split()) | _tools(aliases)
    things = _products(aliases)
    products = dict.fromkeys(shipped["products"], _JOINING) | things
    _add_families(names, products)
    pairs = frozenset(" ".join(name.split(" ", 2)[:2]) for name in names if " " in name)
    twins, kin = _kin((home / "kin.txt").read_text("utf-8"))
    tool_stems = frozenset(stem for tool in tools for stem in stems(tool)[:1]) - _prose_names(aliases)
    return Lexicon(
        weights, names, pairs, fields, field_names, twins, kin, tools, tool_stems, frozenset(things), products
    )


def _tools(aliases: str) -> frozenset[str]:
    """The single words of the lines that name things ("=="), as they are written."""
    named = (name.strip().lower() for line in _things(aliases) for name in re.split(r"==|\|", line))
    return frozenset(name for name in named if re.fullmatch(r"[^\W_]+(?:\+\+|#)?", name))


def _products(aliases: str) -> dict[str, frozenset[str]]:
    """The names of several words of the lines that name things, as stems, to the small words that they hold."""
    found: dict[str, frozenset[str]] = {}
    for line in _things(aliases):
        for name in re.split(r"==|\|", line):
            key = " ".join(stems(name))
            if " " in key:
                found[key] = frozenset(name.lower().split()) & STOP
    return found


def _prose_names(aliases: str) -> frozenset[str]:
    """The stems of the single words of the lines that name no things: any form of them will do."""
    lines = (line for line in _lines(aliases) if "==" not in line)
    return frozenset(" ".join(stems(name)) for line in lines for name in re.split(r"=|\|", line))


def _things(aliases: str) -> Iterable[str]:
    return (line for line in _lines(aliases) if "==" in line)


def _add_families(names: dict[str, str], products: Iterable[str]) -> None:
    """The other spellings of a product's name: without its "js", and of two words the one that they make together."""
    for name in products:
        skill = names.get(name)
        if skill is None or name.count(" ") != 1:
            continue
        first, second = name.split()
        names.setdefault(first + second, skill)
        if second == "js":
            names.setdefault(first, skill)


def _lines(text: str) -> Iterable[str]:
    return (line for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _kin(text: str) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Who may stand for whom: all of a line for one another (twins), or those after "<" for the one before it, too.

    Those after "<<" are twins of the one before it, and it is none of theirs.
    """
    twins: dict[str, set[str]] = {}
    kin: dict[str, set[str]] = {}
    for line in _lines(text):
        asked, _, rest = line.partition("<")
        circle = stems(asked)
        named = [f"={word}" for word in rest[1:].split()] if rest.startswith("<") else []
        for one in circle:
            twins.setdefault(one, set()).update(circle, named)
            kin.setdefault(one, set()).update(circle, named or stems(rest))
    first, second = ({one: frozenset(all_ - {one}) for one, all_ in found.items()} for found in (twins, kin))
    return first, second


def _names(skills: dict[str, list[str]], plain: Container[str], aliases: str) -> dict[str, str]:
    """Each name with its skill; a maker's product is not known by its last word if that is an everyday one."""
    names: dict[str, str] = {}
    for skill, others in skills.items():
        for name in (skill, *others):
            if name in _PLAIN and name != skill:
                continue  # "LED" is no light where somebody led
            if " " in name or name not in plain or not skill.endswith(f" {name}"):
                names.setdefault(name, skill)
    for line in _lines(aliases):
        first, rest = line.replace("==", "=").split("=", 1)
        every = [" ".join(stems(name)) for name in (first, *rest.split("|"))]
        skill = every[0]
        for name in every:
            if name:
                names[name] = skill
    return names


def _fields(text: str) -> tuple[tuple[str, ...], dict[str, tuple[tuple[int, float], ...]]]:
    names: list[str] = []
    gathered: dict[str, dict[int, float]] = {}
    for number, line in enumerate(_lines(text)):
        name, rest = line.split(":", 1)
        names.append(name)
        titles, _, terms = rest.partition(";")
        for words, strength in ((titles, 1.6), (terms, 1.0)):
            for word in words.split():
                key = " ".join(stems(word.replace("_", " ")))
                if key and key.count(" ") <= 1:
                    mine = gathered.setdefault(key, {})
                    mine[number] = max(mine.get(number, 0.0), strength)
    shared = {
        key: tuple((field, strength / len(mine) ** 0.7) for field, strength in mine.items())
        for key, mine in gathered.items()
    }
    return tuple(names), shared
