"""Tells in which language a CV is written, by its small words or its script; English is judged, others are told.

A list of words for each language is enough to say "this is Polish" of a whole CV; a model that tells 200 languages of
one line would weigh more than the rest of the screening.
"""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"[^\W\d_]+")
_LEAST = 6  # small words of another language: fewer may be names and quotations
_MOST_READ = 6000  # words

_SMALL: dict[str, str] = {
    "English": "the and of to in for with on at by from as was is that this which were have has been are an or who",
    "French": "le la les de des du en et une dans pour avec sur au aux par est sont ces cette qui que ont été mes leur",
    "German": "der die das und von mit für den dem des ein eine einer bei zur zum auf im am durch sowie als nach wurde",
    "Spanish": "el la los las de del y en una con para por al como más su sus que fue entre sobre desde mi años hasta",
    "Italian": "il gli dei della delle di e per con una nel nella del dal dalla alla che è sono presso anche come",
    "Dutch": "het een van en voor met op aan bij door naar is zijn werd de tot uit deze als ook wordt over mijn",
    "Polish": "w i na z do oraz dla od po przez za się jest przy pod jako nad w tym ze był była o",
    "Portuguese": "o os as da do das dos e em uma com para por ao no na nos nas que foi mais pela pelo são",
    "Catalan": "els les del dels i amb per una al als en de la que és va més entre des fins",
    "Romanian": "și în de la cu pentru din pe un o ale lui prin care este sunt sau după către",
    "Welsh": "y yr a yn i o ar gyda am gan oedd mae wedi fy ei eu dros wrth hefyd ac",
    "Irish": "an na agus le ar ag i do is go bhí mé sa don leis ó chun faoi",
    "Swedish": "och att för med som på av den det ett en till i är var från vid samt har inom",
    "Danish": "og at for med som på af den det et en til i er var fra ved samt har inden",
    "Finnish": "ja on oli että sekä kanssa myös tai joka mutta kuin jossa olen olin",
    "Czech": "a v na s z do pro od po při jako se je byl byla ve také které nebo podle",
    "Slovak": "a v na s z do pre od po pri ako sa je bol bola vo tiež ktoré alebo podľa",
    "Hungarian": "a az és egy hogy is volt nem meg mint vagy által valamint során",
    "Croatian": "i u na za s od do je su kao te po iz uz koji koja bio bila",
    "Turkish": "ve bir ile için olarak bu da de en çok daha olan tarafından",
    "Lithuanian": "ir į su iš už apie nuo iki per buvo kaip pas",
    "Indonesian": "dan di yang untuk dengan dari pada dalam sebagai ini oleh",
}
_COUNTED: dict[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in _SMALL.items()}
_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("Greek", "\u0370-\u03ff\u1f00-\u1fff"),
    ("Cyrillic letters", "\u0400-\u052f"),
    ("Arabic letters", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff"),
    ("Hebrew", "\u0590-\u05ff"),
    ("Devanagari letters", "\u0900-\u097f"),
    ("Thai", "\u0e00-\u0e7f"),
    ("Japanese", "\u3040-\u30ff"),
    ("Korean", "\uac00-\ud7af"),
    ("Chinese", "\u4e00-\u9fff"),
)
_LETTERS = tuple((name, re.compile(f"[{letters}]")) for name, letters in _SCRIPTS)


def language_of(text: str) -> str | None:
    """The name of the language, or of the script, that a text is mostly in; None: English, or not plain."""
    words = _WORD.findall(text.lower())[:_MOST_READ]
    letters = sum(map(len, words))
    if not letters:
        return None
    sample = " ".join(words)
    if not sample.isascii():
        for name, pattern in _LETTERS:
            if len(pattern.findall(sample)) > 0.25 * letters:
                return name
    counts = Counter(words)
    found = {name: sum(counts[word] for word in small) for name, small in _COUNTED.items()}
    english = found.pop("English")
    best = max(found, key=lambda name: (_distinct(counts, name), found[name]))
    if found[best] < _LEAST or _distinct(counts, best) < 4 or found[best] <= 1.5 * english:
        return None
    return best


def _distinct(counts: Counter[str], name: str) -> int:
    """How many different small words of a language stand in the text: one letter, often said, is no language."""
    return sum(1 for word in _COUNTED[name] if counts[word])
