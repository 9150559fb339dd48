"""Measures how well scores rank CVs: one invented advert an occupation, over CVs whose file names begin with theirs.

python benchmarks/ebsv/ranking.py FOLDER [--each]. AUC: the chance that a CV of the occupation is above one of another;
the pooled AUC takes all jobs' scores together, and so says whether scores can be compared between jobs.
"""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cvsense_async.sandbox.ebsv import JobText, Screener, read_document
from cvsense_async.sandbox.ebsv.engine import band

ADVERTS = Path(__file__).with_name("adverts")
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


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
    pooled: dict[bool, list[float]] = {True: [], False: []}
    for path in sorted(ADVERTS.glob("*.txt")):
        title = ""
        job = screener.prepare(JobText(title, path.read_text("utf-8")))
        found = {name: screener.judge(job, document) for name, document in documents.items()}
        scores = [one.score for one in found.values()]
        marks = [name.split("/")[0] == path.stem for name in found]
        for mark, score in zip(marks, scores, strict=True):
            pooled[mark].append(score)
        areas.append(auc(marks, scores))
        precisions.append(average_precision(marks, scores))
        if each:
            mine = [one.score for mark, one in zip(marks, found.values(), strict=True) if mark]
            top = sorted(((one.score, name.split("/")[1]) for name, one in found.items()), reverse=True)[:4]
            print(f"{path.stem:24} AUC {areas[-1]:.3f} AP {precisions[-1]:.3f} own {mine} top {top}")
    for name, every in (("all", slice(None)), ("one half", slice(0, None, 2)), ("other half", slice(1, None, 2))):
        auc_mean, precision = statistics.mean(areas[every]), statistics.mean(precisions[every])
        print(f"{name:12}{len(areas[every]):3} adverts  mean AUC {auc_mean:.4f}  mean AP {precision:.4f}")
    marks = [mark for mark, scores in pooled.items() for _ in scores]
    print(f"{len(documents)} CVs, pooled AUC {auc(marks, [*pooled[True], *pooled[False]]):.4f}")
    for mark, scores in pooled.items():
        scores.sort()
        points = " ".join(f"{share:.0%} {scores[round(share * (len(scores) - 1))]:.1f} " for share in QUANTILES)
        print(f"{'own occupation' if mark else 'other occupations'}: {points}")
        shares = Counter(map(band, scores))
        print("   ", ", ".join(f"{name} {count / len(scores):.1%} ({count})" for name, count in shares.items()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--each" in sys.argv)
