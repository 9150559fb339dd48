"""Derives the skill list that ships with the sandbox (names, other names, weights of words) from O*NET and ESCO.

Run it again when a newer edition comes: python benchmarks/ebsv/derive_skills.py ONET.tsv.gz ESCO.csv.xz OUT.json.xz
"""

from __future__ import annotations

import ast
import collections
import csv
import gzip
import json
import lzma
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from cvsense_async.sandbox.ebsv.words import stems

ATTRIBUTION = (
    "O*NET 28.2 Database, U.S. Department of Labor, Employment and Training Administration (CC BY 4.0); "
    "ESCO v1.1.1, European Commission. Derived: names were shortened, merged and stemmed."
)
_VENDORS = re.compile(
    r"^(?:Microsoft|Adobe Systems|Adobe|Apache|Oracle|IBM|Google|Autodesk|SAP|Atlassian|Apple|ESRI)\s+"
)
_TRAILING = re.compile(r"^(.{6,}?)\s+\(?([A-Z][A-Za-z]?[A-Z/&]{1,6})\)?$")
_PARTS = re.compile(r"[A-Za-z][\w+#]*")
_FIELDS = re.compile(r"(?:ing|ity|phy|py|metric|logy|ics|feedback|ers|connectivity)$")  # fields of work, not tools
_TAILS = re.compile(r"\s+(?:software|programming language|system|tool)s?$", re.IGNORECASE)


def technologies(path: Path) -> Iterator[tuple[str, int]]:
    """Names of technologies in O*NET, and in how many occupations each is used."""
    counts: collections.Counter[str] = collections.Counter()
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            counts[row["Example"]] += 1
    yield from counts.items()


def skills(path: Path) -> Iterator[tuple[list[str], bool]]:
    """The labels of each ESCO skill (the preferred one first), and whether it is knowledge or a digital skill."""
    labels: dict[str, list[str]] = collections.defaultdict(list)
    solid: dict[str, bool] = {}
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["type"] == "preferredLabel":
                labels[row["id"]].insert(0, row["description"])
                levels = ast.literal_eval(row["hierarchy_levels"] or "[]")
                solid[row["id"]] = any(level[0] in "KL" or str(level[1]).startswith("S5") for level in levels)
            elif row["type"] == "altLabels":
                labels[row["id"]].append(row["description"])
    for skill, names in labels.items():
        yield names, solid.get(skill, False)


def tools(onet: Path, esco: Path) -> tuple[list[str], list[str]]:
    """Names of tools of one word as they are written, in small letters, and the stems of those of several words.

    A word that the labels of ESCO write in small letters is prose as well ("billing", "react"), and stays out.
    """
    single: set[str] = set()
    several: set[str] = set()
    prose: set[str] = set()
    with lzma.open(esco, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            label = row["description"].split(" (")[0]
            prose.update(word for word in _PARTS.findall(label) if word.islower())
            ict = any("K06" in level for level in ast.literal_eval(row["hierarchy_levels"] or "[]"))
            if row["type"] == "preferredLabel" and ict and label[:1].isupper():
                (several if " " in label else single).add(label)
    for name, count in technologies(onet):
        short = _VENDORS.sub("", _TAILS.sub("", name))
        if count >= 2:
            (several if " " in short else single).add(short)
    capitals = {name for name in several if all(part[0].isupper() for part in name.split())}
    keys = {" ".join(stems(name)) for name in capitals}
    return (
        sorted({name.lower() for name in single if _PARTS.fullmatch(name) and not _FIELDS.search(name)} - prose),
        sorted(key for key in keys if 2 <= len(key.split()) <= 4),
    )


def main(onet: Path, esco: Path, out: Path) -> None:
    """Writes the derived file."""
    groups: dict[str, set[str]] = collections.defaultdict(set)
    seen: collections.Counter[str] = collections.Counter()
    total = 0
    for name, count in technologies(onet):
        if count < 2:
            continue
        plain = _TAILS.sub("", name)
        abbreviated = _TRAILING.match(plain)
        base = abbreviated.group(1) if abbreviated else plain
        key = " ".join(stems(base))
        if not key or len(key.split()) > 4:
            continue
        if abbreviated:
            groups[key].add(" ".join(stems(abbreviated.group(2))))
        short = " ".join(stems(_VENDORS.sub("", base)))
        if short != key and len(short) > 4:
            groups[key].add(short)
        groups[key].add(key)
    for names, solid in skills(esco):
        total += 1
        every = {word for name in names for word in stems(name)}
        seen.update(every)
        if not solid:
            continue
        key = " ".join(stems(names[0].split("(")[0]))
        if not key or len(key.split()) > 4:
            continue
        groups[key].add(key)
        for name in names[1:]:
            other = " ".join(stems(name.split("(")[0]))
            if other and len(other.split()) <= 3 and len(other) > 3:
                groups[key].add(other)
    owners: dict[str, set[str]] = collections.defaultdict(set)
    for key, others in groups.items():
        for other in others:
            owners[other].add(key)
    listed = {
        key: sorted(other for other in others if other != key and len(owners[other]) == 1 and other not in groups)
        for key, others in sorted(groups.items())
    }
    weights = {
        word: round(10 * math.log((total + 1) / (count + 1))) for word, count in sorted(seen.items()) if count > 1
    }
    single, several = tools(onet, esco)
    content = {
        "attribution": ATTRIBUTION,
        "skills": listed,
        "weights": weights,
        "tools": single,
        "products": [key for key in several if key in listed or any(key in others for others in listed.values())],
    }
    raw = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    out.write_bytes(lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME))
    print(
        len(listed),
        "skills",
        sum(map(len, listed.values())),
        "other names",
        len(weights),
        "words",
        out.stat().st_size,
        "bytes",
    )


if __name__ == "__main__":
    main(*(Path(name) for name in sys.argv[1:4]))
