"""From a question to a checked answer, over a real store with a model that says what it is told."""

from __future__ import annotations

import json

import pytest
from stand_ins import Replay

from rag.answer import Assistant
from rag.answerable import threshold
from rag.llm import ModelUnavailable
from rag.numbering import marked
from rag.prompt import NO_ANSWER
from rag.result import CitedSentence as Cited
from rag.result import Draft, Finished, Found

QUESTION = "À qui le salon Téléphonia a-t-il été vendu ?"


@pytest.fixture(autouse=True)
def always_answerable(monkeypatch):
    """The fitted decision knows real vectors, not the stand-in's; what follows it is tested here."""
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.9)


@pytest.fixture
def ask(filled, encoder):
    def ask(*answers, question=QUESTION, **options):
        return Assistant(filled, encoder, Replay(*answers)).ask(question, **options)

    return ask


def assert_sound(answer, store):
    """Quotes are verbatim, numbers count from 1 in order of first use, and every mark has its citation."""
    assert [citation.n for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    used = [n for sentence in answer.sentences for n in sentence.citations]
    assert list(dict.fromkeys(used)) == [citation.n for citation in answer.citations]
    for citation in answer.citations:
        assert citation.quote == store.article(citation.article).text[citation.start : citation.end]
    for sentence in answer.sentences:
        for n in sentence.citations:
            assert f"[{n}]" in answer.answer


def test_a_supported_answer_is_cited(ask, filled):
    answer = ask("Le salon Téléphonia a été vendu au groupe Borealis en 2012.")
    assert answer.status == "answered"
    assert answer.model == "replay"
    assert answer.answer.startswith("Le salon Téléphonia a été vendu au groupe Borealis en 2012 [1].")
    assert answer.citations[0].title == "Un salon change de nom"
    assert_sound(answer, filled)


def test_marks_of_the_model_do_not_count(ask, filled):
    answer = ask("Le salon Téléphonia a été vendu au groupe Borealis en 2012 [7]. Les exposants étaient 240 [0].")
    assert answer.answer.startswith(
        "Le salon Téléphonia a été vendu au groupe Borealis en 2012 [1]. Les exposants étaient 240 [2]."
    )
    assert "[7]" not in answer.answer
    assert "[0]" not in answer.answer


def test_an_answer_that_leaves_the_best_sentence_out_gets_it_as_a_quotation(ask, filled):
    answer = ask("Les exposants étaient 240 cette année-là.")
    beside = answer.sentences[1:]
    assert beside
    for sentence in beside:
        quote = answer.citations[sentence.citations[0] - 1].quote
        assert sentence.text == f"« {' '.join(quote.split())} »"
    assert "Borealis" in answer.answer
    spans = [(citation.article, citation.start) for citation in answer.citations]
    assert len(spans) == len(set(spans))
    assert_sound(answer, filled)


def test_a_figure_that_the_answer_leaves_out_comes_along_in_its_sentence(ask):
    answer = ask("Le salon Téléphonia a été vendu au groupe Borealis.")
    assert "2012" not in answer.sentences[0].text
    assert answer.sentences[1].text.startswith("« ")
    assert "2012" in answer.sentences[1].text


def test_an_answer_that_says_what_the_best_sentence_says_stands_alone(ask):
    answer = ask("Le salon Téléphonia a été vendu au groupe Borealis en 2012.")
    assert len(answer.sentences) == 1


def test_quotes_of_another_language_are_introduced_in_that_of_the_question(assistant, filled):
    answer = assistant.ask("Who was the Téléphonia show sold to?")
    first, *others = answer.sentences
    assert first.text.startswith("The articles say, in their own language: « ")
    assert all(one.text.startswith("« ") for one in others)
    for sentence in answer.sentences:
        quote = answer.citations[sentence.citations[0] - 1].quote
        assert sentence.text.endswith(f"« {' '.join(quote.split())} »")
    assert_sound(answer, filled)


def test_two_claims_are_two_citations(ask, filled):
    answer = ask("Le salon Téléphonia a été vendu au groupe Borealis en 2012. Les exposants étaient 240.")
    assert_sound(answer, filled)


def test_what_nothing_supports_is_removed_and_said(ask, filled):
    answer = ask("Le salon Téléphonia a été vendu au groupe Borealis en 2012. Il valait 90 millions de dollars.")
    assert "90" not in answer.answer
    assert answer.status == "answered"
    assert any("1 phrase" in notice for notice in answer.notices)
    assert_sound(answer, filled)


def test_swapped_roles_are_not_supported(ask):
    answer = ask("Le groupe Borealis a été vendu au salon Téléphonia en 2012.")
    assert "été vendu au salon" not in answer.answer
    assert answer.status == "extractive"


def test_an_answer_without_any_support_becomes_quotes(ask, filled):
    answer = ask("Les vendeurs de la Gazette du Casque ont acheté un recrutement.")
    assert answer.status == "extractive"
    assert answer.model is None
    assert "acheté" not in answer.answer
    assert "Borealis" in answer.answer
    assert_sound(answer, filled)


def test_quotes_without_what_was_asked_for_are_not_shown(filled, encoder, monkeypatch):
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.6)
    assistant = Assistant(filled, encoder)
    assert assistant.ask("Combien de dollars le salon Téléphonia a-t-il coûté ?").status == "not_found"
    assert assistant.ask("Qui a acheté le salon Téléphonia ?").status == "extractive"
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.9)
    assert assistant.ask("Combien de dollars le salon Téléphonia a-t-il coûté ?").status == "extractive"


def test_a_model_that_finds_nothing_leaves_the_nearest_sentences_and_a_notice(ask, filled):
    answer = ask(NO_ANSWER["fr"])
    assert answer.status == "extractive"
    assert answer.model is None
    assert "n’a pas trouvé" in answer.notices[0]
    assert_sound(answer, filled)


@pytest.mark.parametrize("failure", ["slow", "refused", "unreachable", "broken off", "not loaded"])
def test_a_failing_model_leaves_quotes_and_a_notice(ask, filled, failure):
    answer = ask(ModelUnavailable(failure, "secret-key-123"))
    assert answer.status == "extractive"
    assert len(answer.notices) == 1
    assert "secret" not in json.dumps(answer.to_json())
    assert_sound(answer, filled)


@pytest.mark.parametrize(
    "said",
    [
        "Les vendeurs de la Gazette du Casque ont acheté un recrutement.",
        NO_ANSWER["fr"],
        ModelUnavailable("busy", "503"),
    ],
)
def test_in_doubt_nothing_is_quoted_that_would_not_be_quoted_without_a_model(ask, said, monkeypatch):
    between = (threshold(with_model=True) + threshold()) / 2
    monkeypatch.setattr("rag.answer.probability", lambda values: between)
    answer = ask(said)
    assert answer.status == "not_found"
    assert answer.citations == ()


def test_without_a_model_the_answer_is_verbatim(assistant, filled):
    answer = assistant.ask(QUESTION)
    assert answer.status == "extractive"
    for sentence in answer.sentences:
        assert sentence.text == answer.citations[sentence.citations[0] - 1].quote
    assert_sound(answer, filled)


def test_a_question_that_the_articles_do_not_hold_is_refused_without_the_model(filled, encoder, monkeypatch):
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.01)
    model = Replay()
    answer = Assistant(filled, encoder, model).ask("Combien pèse la Lune ?")
    assert answer.status == "not_found"
    assert model.asked == []


@pytest.mark.parametrize(
    ("question", "language", "opening"),
    [
        ("Combien pèse la Lune ?", "fr", "Les articles"),
        ("How heavy is the Moon?", "en", "The articles"),
        ("¿Cuánto pesa la Luna?", "es", "Los artículos"),
    ],
)
def test_refusals_speak_the_language_of_the_question(assistant, monkeypatch, question, language, opening):
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.01)
    answer = assistant.ask(question)
    assert answer.language == language
    assert answer.answer.startswith(opening)


@pytest.mark.parametrize("question", ["", "  ", "\n\t"])
def test_a_blank_question_is_not_found(filled, encoder, monkeypatch, question):
    monkeypatch.undo()
    answer = Assistant(filled, encoder).ask(question)
    assert answer.status == "not_found"
    assert answer.hits == ()


@pytest.mark.parametrize("question", ["???", "! …", "🙂"])
def test_a_question_without_a_word_is_not_answered(filled, encoder, monkeypatch, question):
    monkeypatch.setattr("rag.answer.probability", lambda values: 1.0)
    assert Assistant(filled, encoder).ask(question).status == "not_found"


def test_events_come_in_order(filled, encoder):
    text = "Le salon Téléphonia a été vendu au groupe Borealis en 2012."
    events = list(Assistant(filled, encoder, Replay(text)).stream(QUESTION))
    assert isinstance(events[0], Found)
    assert isinstance(events[-1], Finished)
    drafts = [event.text for event in events[1:-1] if isinstance(event, Draft)]
    assert drafts[-1] == text
    assert all(later.startswith(earlier) for earlier, later in zip(drafts, drafts[1:], strict=False))


def test_the_prompt_numbers_passages_from_one_and_holds_no_question_as_instruction(filled, encoder):
    model = Replay("Le salon Téléphonia a été vendu au groupe Borealis en 2012.")
    Assistant(filled, encoder, model).ask(QUESTION)
    user = model.asked[0][-1]
    assert "[1]" in user["content"]
    assert "[0]" not in user["content"]
    assert user["content"].rstrip().endswith("Réponds en français.")


def test_json_has_the_contracts_keys(assistant):
    value = json.loads(json.dumps(assistant.ask(QUESTION).to_json()))
    assert set(value) == {
        "question", "search_question", "language", "status", "answer", "sentences", "citations", "hits", "answerable",
        "model", "notices", "seconds",
    }  # fmt: skip
    assert set(value["citations"][0]) == {
        "n", "article", "title", "author", "publication", "date", "quote", "start", "end",
    }  # fmt: skip
    assert set(value["hits"][0]) == {
        "rank", "article", "passage", "score", "text", "start", "end", "title", "author", "publication", "date",
        "source",
    }  # fmt: skip
    assert set(value["seconds"]) == {"retrieve", "first_token", "total"}
    assert value["citations"][0]["date"] == "2012-04-10"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Oui.", "Oui [1]."),
        ("Oui", "Oui [1]"),
        ("Oui !", "Oui [1] !"),
        ("Oui…", "Oui [1]…"),
        ("« Oui. »", "« Oui. » [1]"),
    ],
)
def test_marks_stand_before_the_stop(text, expected):
    assert marked(Cited(text, (1,), 1.0)) == expected


def test_search_goes_deep_enough_for_the_articles_asked_for(assistant):
    _, hits = assistant.search("les prestataires du salon", articles=2)
    assert {hit.article for hit in hits} == {"salon", "prix"}


def test_invented_figures_mean_that_the_evidence_has_none(ask, monkeypatch):
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.7)
    answer = ask("Le salon Téléphonia coûtait 90 millions.", question="Combien coûtait le salon Téléphonia ?")
    assert answer.status == "not_found"
    assert "90" not in answer.answer


def test_a_question_is_not_answered_by_its_own_words(ask):
    answer = ask("Le salon Téléphonia a été vendu.", question="À qui le salon Téléphonia a-t-il été vendu ?")
    assert answer.status == "extractive"
    assert "Borealis" in answer.answer


@pytest.mark.parametrize(("doubted", "status"), [(None, "answered"), (-12.0, "answered"), (0.0, "not_found")])
def test_a_model_that_nearly_found_nothing_answers_nothing(filled, encoder, monkeypatch, doubted, status):
    monkeypatch.setattr("rag.answer.probability", lambda values: threshold(with_model=True) + 0.05)
    model = Replay("Le salon Téléphonia a été vendu au groupe Borealis en 2012.")
    model.doubted = doubted
    assert Assistant(filled, encoder, model).ask(QUESTION).status == status


@pytest.mark.parametrize(
    ("question", "likely", "status"),
    [
        pytest.param("Combien d'exposants comptait le salon ?", 0.5, "answered", id="the number asked for"),
        pytest.param("Combien de journalistes comptait le salon ?", 0.5, "not_found", id="a number of something else"),
        pytest.param("Combien de sociétés comptait le salon ?", 0.9, "answered", id="surely in other words"),
    ],
)
def test_an_answer_without_the_number_asked_for_is_none(ask, monkeypatch, question, likely, status):
    monkeypatch.setattr("rag.answer.probability", lambda values: likely)
    answer = ask("Les exposants étaient 240 cette année-là.", question=question)
    assert answer.status == status
