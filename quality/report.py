"""Puts judgements into words: a table for people, JSON for programs, a page for the documentation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes.german import ANALYSIS
from indexes.rank import settings
from quality.marked import replace_marked
from quality.metrics import MEASURES, difference_p, interval

if TYPE_CHECKING:
    from quality.evaluate import Judgement


def as_json(judgements: Sequence[Judgement], fingerprint: str) -> str:
    """Everything, query by query."""
    sets = [_as_dict(judgement) for judgement in judgements]
    facts = {"fingerprint": fingerprint, "analysis": ANALYSIS, "settings": settings(fingerprint)}
    return json.dumps({**facts, "sets": sets, "differences": differences(judgements)}, ensure_ascii=False, indent=1)


def _as_dict(judgement: Judgement) -> dict[str, Any]:
    means = {name: interval(list(values.values())) for name, values in judgement.values.items()}
    golden = judgement.golden
    return {
        "set": judgement.set_name,
        "side": judgement.side,
        "documents": judgement.documents,
        "passages": judgement.passages,
        "model_has_learnt": judgement.has_learnt,
        "queries": judgement.queries,
        "median_ms": round(judgement.median_ms, 2),
        "metrics": {name: {"mean": i.mean, "low": i.low, "high": i.high} for name, i in means.items()},
        "golden": golden
        and {
            "document_in_top_3": golden.document_in_top_3,
            "passage_first": golden.passage_first,
            "missed": list(golden.missed),
        },
        "failed": list(judgement.failed),
        "per_query": judgement.values,
    }


def as_text(judgements: Sequence[Judgement]) -> str:
    """A table for the terminal, and which differences are more than chance."""
    lines = [f"{'Prüfsatz':<16}{'Seite':<8}" + "".join(f"{name:>11}" for name in MEASURES) + f"{'95 %':>14}{'ms':>7}"]
    for one in judgements:
        means = [interval(list(one.values[name].values())) for name in MEASURES]
        span = f"{means[0].low:.3f}–{means[0].high:.3f}"
        figures = "".join(f"{mean.mean:>11.3f}" for mean in means)
        lines.append(f"{one.set_name:<16}{one.side:<8}{figures}{span:>14}{one.median_ms:>7.1f}")
        if one.golden:
            lines.append(
                f"  {one.side}: richtiges Dokument unter den ersten drei bei {one.golden.document_in_top_3} von "
                f"{one.queries} Fragen, richtige Stelle zuerst bei {one.golden.passage_first}"
            )
        lines += [f"  nicht lesbar: {name}" for name in one.failed]
    for gap in differences(judgements):
        lines.append(
            f"{gap['set']}: {gap['first']} gegen {gap['second']} nDCG@10 {gap['difference']:+.3f} "
            f"(p = {gap['p']:.4f}; besser bei {gap['better']}, schlechter bei {gap['worse']} Fragen)"
        )
    return "\n".join(lines)


def differences(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """Each set's last side against its others, question by question, in nDCG@10."""
    found = []
    for name in dict.fromkeys(one.set_name for one in judgements):
        *others, last = [one for one in judgements if one.set_name == name]
        for other in others:
            first = last.values["nDCG@10"]
            gaps = [first[query] - other.values["nDCG@10"][query] for query in first]
            found.append(
                {
                    "set": name,
                    "first": last.side,
                    "second": other.side,
                    "difference": sum(gaps) / max(1, len(gaps)),
                    "p": difference_p(list(first.values()), [other.values["nDCG@10"][query] for query in first]),
                    "better": sum(gap > 0 for gap in gaps),
                    "worse": sum(gap < 0 for gap in gaps),
                }
            )
    return found


def write_table(path: Path, judgements: Sequence[Judgement], model: str, fingerprint: str, distractors: int) -> None:
    """Replace the part of the page between this model's two marks; what people wrote around it stays."""
    table = "\n".join(_table(judgements, model, fingerprint, distractors))
    replace_marked(path, f"eval-{Path(model).name}", table, "Suchqualität")


def _table(judgements: Sequence[Judgement], model: str, fingerprint: str, distractors: int) -> list[str]:
    chosen = ", ".join(f"{name} {value}" for name, value in settings(fingerprint).items())
    known = f"Fingerabdruck `{fingerprint[:16]}`"
    known += "; es lernt vorher aus den Passagen des Satzes" if judgements[-1].has_learnt else ""
    lines = [
        f"Gemessen am {datetime.now(UTC):%d.%m.%Y} mit dem Modell „{model}“ ({known}).",
        f"Analyse `{ANALYSIS}`; {chosen}. In Klammern das 95-%-Intervall über die Fragen.",
        "",
        "| Prüfsatz | Dokumente / Passagen / Fragen | Seite | " + " | ".join(MEASURES) + " |",
        "|---|---|---|" + "---|" * len(MEASURES),
    ]
    for one in judgements:
        figures = []
        for name in MEASURES:
            mean = interval(list(one.values[name].values()))
            span = f" ({mean.low:.3f}–{mean.high:.3f})" if name == "nDCG@10" else ""
            figures.append(f"{mean.mean:.3f}{span}")
        sizes = f"{one.documents} / {one.passages} / {one.queries}"
        lines.append(f"| {one.set_name} | {sizes} | {one.side} | " + " | ".join(figures) + " |")
    lines += _golden_lines(judgements, distractors)
    lines += [
        f"\n{gap['set']}: {gap['first']} gegen {gap['second']} {gap['difference']:+.3f} nDCG@10, p = {gap['p']:.4f}."
        for gap in differences(judgements)
    ]
    return lines


def _golden_lines(judgements: Sequence[Judgement], distractors: int) -> list[str]:
    return [
        f"\n{one.set_name} ({one.side}, mit {distractors} fremden Dokumenten daneben): richtiges Dokument unter den "
        f"ersten drei bei {one.golden.document_in_top_3} von {one.queries}, richtige Stelle zuerst bei "
        f"{one.golden.passage_first}."
        for one in judgements
        if one.golden
    ]
