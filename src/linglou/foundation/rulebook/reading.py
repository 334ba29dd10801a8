"""The packs as they are read: YAML, checked row by row and then against each other.

A row may name a ``document`` of its file instead of repeating issuer, number, edition, jurisdiction, source and verification.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from linglou.foundation.rulebook.rules import Row, Text, TriageRule
from linglou.foundation.rulebook.rules.diseases import CaseDefinition, Disease, DiseaseRow, Release
from linglou.foundation.rulebook.rules.school import Area, LevelEffects, ReportClock, Screening, Threshold

KINDS: dict[str, type[Row]] = {
    "triage": TriageRule,
    "thresholds": Threshold,
    "report-clocks": ReportClock,
    "levels": LevelEffects,
    "areas": Area,
    "screening": Screening,
}


@dataclass(frozen=True)
class Pack:
    """One file: rows of one kind, or a disease with its rows."""

    name: str
    kind: str
    rows: tuple[Row, ...]
    disease: Disease | None = None


@dataclass(frozen=True)
class Words:
    """The vocabulary: what facts are called (by group), and diseases."""

    facts: Mapping[str, Text]
    groups: Mapping[str, str]
    diseases: Mapping[str, Text]


@dataclass(frozen=True)
class Shelf:
    """Every pack with the vocabulary they are written in."""

    packs: tuple[Pack, ...]
    words: Words
    diseases: Mapping[str, Disease] = field(default_factory=dict)

    def rows(self, kind: str) -> list[Row]:
        return [row for pack in self.packs if pack.kind == kind for row in pack.rows]


@functools.cache
def shelf() -> Shelf:
    """What ships. Raises ``ValueError`` when it is not in order."""
    return read_shelf(shipped())


def shipped() -> list[tuple[str, str]]:
    """The packs of this release: names and texts."""
    return [(name, file.read_text("utf-8")) for name, file in _files(files("linglou.foundation.rulebook") / "packs")]


def read_shelf(texts: Sequence[tuple[str, str]]) -> Shelf:
    """Read packs (name, YAML) and check them against each other. Raises ``ValueError`` that names pack, rule and what is wrong."""
    words = Words({}, {}, {})
    packs = []
    for name, text in texts:
        content = yaml.safe_load(text)
        if isinstance(content, dict) and content.get("kind") == "words":
            words = _words(name, content)
        else:
            packs.append(read_pack(name, text))
    diseases = {pack.disease.slug: pack.disease for pack in packs if pack.disease}
    found = Shelf(tuple(packs), words, diseases)
    complaints = list(check(found))
    if complaints:
        raise ValueError("\n".join(complaints))
    return found


def read_pack(name: str, text: str) -> Pack:
    """Parse one pack. Raises ``ValueError`` (pydantic's own included) that names the rule and what is wrong with it."""
    content: Any = yaml.safe_load(text)
    kind = content.get("kind") if isinstance(content, dict) else None
    if kind != "disease" and kind not in KINDS:
        raise ValueError(f"{name}: a pack starts with 'kind:' and one of {', '.join((*KINDS, 'disease'))}")
    documents = content.get("documents") or {}
    adapter: TypeAdapter[Row] = TypeAdapter(DiseaseRow if kind == "disease" else KINDS[kind])
    documents = content.get("documents") or {}
    rows = tuple(_row(name, row, documents, adapter) for row in content.get("rows") or ())
    if kind != "disease":
        return Pack(name, kind, rows)
    head = {key: value for key, value in content.items() if key not in ("kind", "documents", "rows")}
    disease = _validated(name, TypeAdapter(Disease), head | {"rows": rows})
    return Pack(name, kind, rows, disease)


def _row(name: str, row: Any, documents: Mapping[str, Any], adapter: TypeAdapter[Row]) -> Row:
    where = f"{name}: {row.get('rule_id')}" if isinstance(row, dict) else name
    if isinstance(row, dict) and "document" in row:
        document = documents.get(row["document"])
        if document is None:
            raise ValueError(f"{where}: no document {row['document']!r}; known: {', '.join(documents)}")
        row = document | {key: value for key, value in row.items() if key != "document"}
    return _validated(where, adapter, row)


def _validated(where: str, adapter: TypeAdapter[Any], value: Any) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ValueError(f"{where}: {said}") from error


def check(found: Shelf) -> Iterator[str]:
    """What is wrong between rows: the same edition twice, two editions of a rule at once, a word that is not in the vocabulary."""
    for pack in found.packs:
        yield from _check_editions(pack)
        for row in pack.rows:
            yield from (f"{pack.name}: {row.rule_id}: {complaint}" for complaint in _check_words(row, found))
    triage = {row.rule_id: row for row in found.rows("triage")}
    for row in triage.values():
        unknown = set(getattr(row, "outranks", ())) - triage.keys()
        if unknown:
            yield f"{row.rule_id}: outranks rules that are not there: {', '.join(sorted(unknown))}"


def _check_editions(pack: Pack) -> Iterator[str]:
    seen: dict[str, list[Row]] = {}
    for row in pack.rows:
        for other in seen.setdefault(row.rule_id, []):
            if other.edition == row.edition and other.effective_from == row.effective_from:
                yield f"{pack.name}: {row.rule_id} edition {row.edition} stands twice"
            elif row.meets(other):
                yield f"{pack.name}: {row.rule_id}: editions {other.edition} and {row.edition} hold on the same day"
        seen[row.rule_id].append(row)


def _check_words(row: Row, found: Shelf) -> Iterator[str]:
    if isinstance(row, CaseDefinition | Release):
        unknown = row.criterion.facts() - found.words.facts.keys()
        if unknown:
            yield f"facts that are not in the vocabulary: {', '.join(sorted(unknown))}"
    if isinstance(row, Threshold):
        for counted in row.counts:
            strange = sorted(set(counted.diseases) - found.words.diseases.keys())
            if strange:
                yield f"diseases that are not in the vocabulary: {', '.join(strange)}"
            if counted.rule and counted.rule not in {rule.rule_id for rule in found.rows("triage")}:
                yield f"counts reports by a triage rule that is not there: {counted.rule}"


def _words(name: str, content: dict[str, Any]) -> Words:
    facts: dict[str, Text] = {}
    groups: dict[str, str] = {}
    for group, members in (content.get("facts") or {}).items():
        for code, text in members.items():
            if code in facts:
                raise ValueError(f"{name}: the fact {code} stands twice")
            facts[code], groups[code] = Text.model_validate(text), group
    diseases = {slug: Text.model_validate(text) for slug, text in (content.get("diseases") or {}).items()}
    return Words(facts, groups, diseases)


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            yield prefix + entry.name, entry
