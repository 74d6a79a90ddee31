"""Which period a question asks articles of, and that "in 2007" alone is none."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.followup import Turn
from rag.hits import Filters
from rag.period import period_of
from rag.retrieve import Retriever

TODAY = date(2026, 3, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("articles de 2013", "2013-01-01", "2013-12-31"),
        ("Quels articles de l'année 2013 parlent de Bloctel ?", "2013-01-01", "2013-12-31"),
        ("Que disent les articles publiés en 2013 sur le SECA ?", "2013-01-01", "2013-12-31"),
        ("un billet paru avant 2010 sur les délocalisations", None, "2009-12-31"),
        ("délocalisations, paru avant 2010", None, "2009-12-31"),
        ("Que dit l'article du 5 février 2013 ?", "2013-02-05", "2013-02-05"),
        ("les articles de mars 2012", "2012-03-01", "2012-03-31"),
        ("articles sur Bloctel publiés en février 2016", "2016-02-01", "2016-02-29"),
        ("articles parus le mois dernier", "2026-02-01", "2026-02-28"),
        ("les articles du mois dernier", "2026-02-01", "2026-02-28"),
        ("les articles publiés l'an dernier", "2025-01-01", "2025-12-31"),
        ("des articles de l'année dernière ?", "2025-01-01", "2025-12-31"),
        ("les articles publiés cette année", "2026-01-01", "2026-12-31"),
        ("articles parus la semaine dernière", "2026-03-09", "2026-03-15"),
        ("articles parus ces 3 derniers mois", "2025-12-18", "2026-03-18"),
        ("les articles publiés depuis 2023", "2023-01-01", None),
        ("les articles parus après 2010", "2011-01-01", None),
        ("les articles parus jusqu'en 2010", None, "2010-12-31"),
        ("articles publiés entre 2010 et 2013", "2010-01-01", "2013-12-31"),
        ("articles de 2010 à 2013", "2010-01-01", "2013-12-31"),
        ("Qu'a-t-on écrit en 2013 sur SFR ?", "2013-01-01", "2013-12-31"),
        ("Which articles published in 2013 mention SFR?", "2013-01-01", "2013-12-31"),
        ("articles since 2023", "2023-01-01", None),
        ("What was published before March 2010 about quality?", None, "2010-02-28"),
        ("posts from last month", "2026-02-01", "2026-02-28"),
        ("artículos publicados desde 2023", "2023-01-01", None),
        ("articulos del mes pasado", "2026-02-01", "2026-02-28"),
        ("ARTICLES PUBLIES EN 2013", "2013-01-01", "2013-12-31"),
    ],
)
def test_a_period_of_publication(question, since, until):
    expected = Filters(since and date.fromisoformat(since), until and date.fromisoformat(until))
    assert period_of(question, TODAY) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Qu'a fait SFR de ses centres d'appels en 2007 ?",
        "En quelle année SFR a-t-il transféré ses centres, en 2007 ou en 2008 ?",
        "Combien de téléopérateurs au Maroc avant 2005 ?",
        "Quel décret a été publié en octobre 2022 ?",
        "Quelle loi est parue en 2014 ?",
        "Quels articles parlent du décret publié en 2022 ?",
        "un article sur les décrets publiés en 2022",
        "Les articles sur la grève de 2009",
        "Que dit l'article 105 de la loi de 2016 ?",
        "Quel article de la loi du 30 juin 2025 ?",
        "des articles de 2000 mots",
        "Qui a écrit l'article ?",
        "What happened to SFR in 2007?",
        "What has Sitel been called since 2023?",
        "les articles du 31 juin 2013",
        "",
    ],
)
def test_a_time_that_something_happened_is_no_period(question):
    assert period_of(question, TODAY) is None


def test_of_several_periods_the_last_holds():
    assert period_of("Les articles de 2012 ? Et les articles de 2013 ?", TODAY) == period_of("articles de 2013", TODAY)


@settings(deadline=None)
@given(st.integers(1950, 2090))
def test_before_in_and_after_a_year_leave_no_day_out_and_share_none(year):
    before, within, after = (period_of(f"articles parus {time} {year}", TODAY) for time in ("avant", "en", "après"))
    assert before.until + timedelta(1) == within.since
    assert within.until + timedelta(1) == after.since


@settings(deadline=None)
@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)))
def test_last_month_and_this_month_meet_at_the_first(today):
    last, this = period_of("articles du mois dernier", today), period_of("articles de ce mois", today)
    assert last.until + timedelta(1) == this.since == today.replace(day=1)
    assert this.since <= today <= this.until
    assert last.since.day == 1


@settings(deadline=None)
@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.sampled_from(["", "de ", "en ", "avant ", "depuis ", "le "]))
def test_a_period_is_never_upside_down(today, word):
    months = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre")
    for month in months:
        period = period_of(f"articles publiés {word}{today.day} {month} {today.year}", today)
        assert period is None or not (period.since and period.until) or period.since <= period.until


@settings(deadline=None)
@given(st.text(max_size=80), st.dates())
def test_any_text_has_a_period_of_days_or_none(text, today):
    period = period_of(f"articles {text}", today)
    assert period is None or period.since or period.until
    assert period is None or not period.publication


def test_the_period_narrows_the_search(filled, encoder):
    found = Retriever(filled, encoder).search("articles de 2015 sur les visiteurs")
    assert {hit.article for hit in found.hits} == {"prix"}
    assert found.period == Filters(date(2015, 1, 1), date(2015, 12, 31))


def test_a_period_that_leaves_nothing_is_dropped(filled, encoder):
    found = Retriever(filled, encoder).search("articles de 1999 sur les visiteurs")
    assert {hit.article for hit in found.hits} == {"prix", "salon"}
    assert not found.period


def test_relative_times_count_from_the_given_day(filled, encoder):
    retriever = Retriever(filled, encoder, today=lambda: date(2012, 5, 2))
    assert {hit.article for hit in retriever.search("articles du mois dernier").hits} == {"salon"}


def test_a_period_that_was_chosen_beats_the_one_in_the_question(filled, encoder):
    chosen = Filters(since=date(2012, 1, 1), until=date(2012, 12, 31))
    found = Retriever(filled, encoder).search("articles de 2015 sur les visiteurs", filters=chosen)
    assert {hit.article for hit in found.hits} == {"salon"}


def test_a_follow_up_stays_in_the_period(filled, encoder):
    history = [Turn("user", "Que disent les articles de 2015 ?"), Turn("assistant", "Que les prix baissent.")]
    assert {hit.article for hit in Retriever(filled, encoder).search("Pourquoi ?", history).hits} == {"prix"}
