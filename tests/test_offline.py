"""`unstructured` stays off the network, reads German, and a moved private name is noticed."""

from __future__ import annotations

import pytest

from catalogue.errors import BadSetting
from ingest.parse import offline
from ingest.parse.sentences import import_without_spacy


def test_installed_version_passes_the_self_test():
    offline.self_test()


def test_german_nouns_do_not_make_a_sentence_a_title():
    assert offline.reads_like_a_sentence(
        "Der Antrag auf Erteilung einer Erlaubnis ist bei der Stadt Kranichsbrück zu stellen."
    )
    assert not offline.reads_like_a_sentence("Erteilung einer Erlaubnis")


@pytest.mark.parametrize("name", ["_load_spacy_model", "_get_nlp"])
def test_moved_private_name_is_reported_with_the_installed_version(monkeypatch, name):
    offline.prepare()
    tokenize = import_without_spacy()
    monkeypatch.delattr(tokenize, name)
    monkeypatch.setattr(offline, "prepare", offline.prepare.__wrapped__)
    with pytest.raises(BadSetting, match=rf"unstructured \d.*{name}"):
        offline.prepare()


def test_classification_that_no_longer_listens_is_reported(monkeypatch):
    offline.prepare()
    from unstructured.partition import text

    monkeypatch.setattr(text, "is_possible_narrative_text", lambda *_, **__: False)
    with pytest.raises(BadSetting, match="text_type"):
        offline.self_test()
