"""Measures how well scores rank CVs: one invented advert an occupation, over CVs whose file names begin with theirs.

python benchmarks/ebsv/ranking.py FOLDER [--each]. AUC: the chance that a CV of the occupation is above one of another.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from cvsense_async.sandbox.ebsv import JobText, Screener, read_document

ADVERTS = Path(__file__).with_name("adverts")


def auc(marks: Sequence[bool], scores: Sequence[float]) -> float:
    """The area under the ROC curve; ties count half."""
    own = [score for mark, score in zip(marks, scores, strict=True) if mark]
    others = [score for mark, score in zip(marks, scores, strict=True) if not mark]
    won = sum((mine > other) + 0.5 * (mine == other) for mine in own for other in others)
    return won / (len(own) * len(others))


def average_precision(marks: Sequence[bool], scores: Sequence[float]) -> float:
    """The mean of the precision at each CV of the occupation."""
    ranked = sorted(zip(scores, marks, strict=True), key=lambda pair: (-pair[0], pair[1]))
    hits, total = 0, 0.0
    for place, (_, mark) in enumerate(ranked, 1):
        if mark:
            hits += 1
            total += hits / place
    return total / hits


def main(folder: Path, each: bool) -> None:
    """Prints the means, and each occupation where asked."""
    screener = Screener()
    documents = {
        path.stem.rsplit("-", 1)[0] + "/" + path.stem: read_document(path) for path in sorted(folder.glob("*-*.pdf"))
    }
    areas: list[float] = []
    precisions: list[float] = []
    own_bands: dict[str, int] = {}
    other_bands: dict[str, int] = {}
    for path in sorted(ADVERTS.glob("*.txt")):
        title = ""
        job = screener.prepare(JobText(title, path.read_text("utf-8")))
        found = {name: screener.judge(job, document) for name, document in documents.items()}
        scores = [one.score for one in found.values()]
        marks = [name.split("/")[0] == path.stem for name in found]
        for mark, one in zip(marks, found.values(), strict=True):
            bands = own_bands if mark else other_bands
            bands[one.match_status] = bands.get(one.match_status, 0) + 1
        areas.append(auc(marks, scores))
        precisions.append(average_precision(marks, scores))
        if each:
            mine = [one.score for mark, one in zip(marks, found.values(), strict=True) if mark]
            top = sorted(((one.score, name.split("/")[1]) for name, one in found.items()), reverse=True)[:4]
            print(f"{path.stem:24} AUC {areas[-1]:.3f} AP {precisions[-1]:.3f} own {mine} top {top}")
    print(
        f"adverts {len(areas)}  CVs {len(documents)}  mean AUC {sum(areas) / len(areas):.4f}  "
        f"mean AP {sum(precisions) / len(precisions):.4f}"
    )
    print("own occupation:", own_bands, " others:", other_bands)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--each" in sys.argv)
