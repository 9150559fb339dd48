"""Measures the three verdicts against labels set by hand: evidenced, claimed or missing, for skills and requirements.

python benchmarks/ebsv/tristate.py FOLDER [--each]. tristate.json names each CV by the SHA-256 of its file, and holds no
word of it. The labels follow the definition, not the engine: evidenced is what a dated role, a project, a qualification
or an outcome shows; claimed is what only a list, a summary or an interest names. CVs whose hash begins with an even
byte are held out: their labels were not looked at while the engine was tuned. A second labeller, who saw neither the
labels nor a verdict, agrees in 1,141 of the 1,163 (kappa 0.97); where the two differ, the first label stands.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from cvsense_async.sandbox.ebsv import classify, read_document
from cvsense_async.sandbox.ebsv.engine import Classification

LABELS = Path(__file__).with_name("tristate.json")


def held_out(digest: str) -> bool:
    """Whether a CV is of the part that nothing was tuned on."""
    return int(digest[:2], 16) % 2 == 0


def f1(pairs: Counter[tuple[Classification, Classification]], one: Classification) -> float:
    """The F1 of one verdict, of pairs (label, verdict)."""
    hits = pairs[one, one]
    said = sum(count for (_, verdict), count in pairs.items() if verdict is one)
    true = sum(count for (label, _), count in pairs.items() if label is one)
    return 2 * hits / (said + true) if said + true else 1.0


def show(name: str, pairs: Counter[tuple[Classification, Classification]]) -> None:
    """Prints a confusion matrix with the F1 of each verdict, and their mean."""
    kinds = list(Classification)
    print(f"\n{name}: {sum(pairs.values())} pairs")
    print(f"{'label':12}" + "".join(f"{kind.value:>12}" for kind in kinds) + f"{'F1':>10}")
    for label in kinds:
        print(f"{label.value:12}" + "".join(f"{pairs[label, kind]:12}" for kind in kinds) + f"{f1(pairs, label):10.3f}")
    print(f"macro-F1 {sum(f1(pairs, kind) for kind in kinds) / len(kinds):.3f}")


def main(folder: Path, each: bool) -> None:
    """Prints the matrices, and each wrong verdict of the part that may be tuned on where asked."""
    labels: dict[str, dict[str, list[str]]] = json.loads(LABELS.read_text("utf-8"))
    parts = {name: Counter[tuple[Classification, Classification]]() for name in ("tuned on", "held out")}
    quotes = verbatim = 0
    for path in sorted((*folder.glob("*.pdf"), *folder.glob("*.docx"))):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest not in labels:
            continue
        wanted = {skill: Classification(label) for label, skills in labels[digest].items() for skill in skills}
        document = read_document(path)
        text = document.text
        for found in classify(document, list(wanted)):
            label = wanted[found.skill]
            parts["held out" if held_out(digest) else "tuned on"][label, found.classification] += 1
            quotes += len(found.quotes)
            verbatim += sum(quote.quote in text for quote in found.quotes)
            if each and label is not found.classification and not held_out(digest):
                quote = found.quotes[0].quote[:90] if found.quotes else ""
                print(f"{path.stem:24} {found.skill:44} {label.value:10} {found.classification.value:10} {quote}")
    for name, pairs in parts.items():
        show(name, pairs)
    show("all", parts["tuned on"] + parts["held out"])
    print(f"\nquotes found verbatim: {verbatim} of {quotes}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--each" in sys.argv)
