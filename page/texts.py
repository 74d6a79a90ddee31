"""Every sentence that the page itself says, in French and in English."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """The page's own words in one language. Fields with ``{…}`` are filled in with ``str.format``."""

    language: str
    tagline: str
    chat_tab: str
    articles_tab: str
    conversation: str
    empty_chat: str
    question: str
    placeholder: str
    send: str
    stop: str
    new: str
    filters: str
    publication: str
    any_publication: str
    since: str
    until: str
    blank: str
    too_long: str
    bad_year: str
    years_reversed: str
    searching: str
    writing: str
    stopped: str
    failed: str
    unavailable: str
    answered: str
    extractive: str
    corrected: str
    not_found: str
    sources: str
    sources_hint: str
    found: str
    nothing_found: str
    cited: str
    consulted: str
    nearest: str
    earlier: str
    untitled: str
    unknown: str
    no_articles: str
    title: str
    author: str
    date: str
    passages: str
    own_name: str
    switch: str
    dark: str
    light: str
    examples: tuple[str, ...]
    question_label: str
    answer_label: str
    reader: str
    close_reader: str
    read_article: str
    article_gone: str
    article_changed: str
    article_unreadable: str
    origin: str
    copied: str
    copy_failed: str
    partly: str
    likely: tuple[str, ...]
    unlikely: str
    unsupported: str
    contradicted: str
    colon: str
    quoted: str
    suggestion: str
    suggestions: str
    retry: str
    edit: str
    editing: str
    copy: str
    waiting_one: str
    waiting: str
    good: str
    bad: str
    thanks: str
    not_kept: str
    reason: str
    reasons: tuple[str, ...]
    remark: str
    send_reason: str
    conversations: str
    conversations_hint: str
    conversation_choice: str
    conversation_name: str
    rename: str
    delete: str
    delete_sure: str
    export: str
    unnamed: str
    any_author: str
    overview: str
    reader_hint: str
    find: str
    shown: str
    read_whole: str
    counts: str
    french: str
    english: str
    spanish: str
    years: str
    year_count: str
    undated: str
    publications: str
    authors: str
    topics: str
    others: str
    year: str
    adding_tab: str
    adding_hint: str
    files: str
    too_many: str
    reading: str
    add: str
    title_needed: str
    bad_date: str
    iso_date: str
    was_added: str
    indexing: str
    removing: str
    remove_which: str
    remove: str
    undo: str
    taken_out: str
    put_back: str
    evaluation_tab: str
    evaluation_hint: str
    no_run: str
    this_run: str
    other_run: str
    compared_with: str
    no_other: str
    difference: str
    figure: str
    about_run: str
    failures: str
    nothing_failed: str
    no_result: str
    wrongly_refused: str
    wrongly_answered: str
    facts_missed: str
    figures: Mapping[str, str]
    months: tuple[str, ...]

    def day(self, day: datetime.date) -> str:
        """``day`` as one writes it in running text: "6 février 2013", "1er mai 2013", "6 February 2013"."""
        number = "1er" if self.language == "fr" and day.day == 1 else str(day.day)
        return f"{number} {self.months[day.month - 1]} {day.year}"

    def percent(self, share: float) -> str:
        """``share`` (0 to 1) in whole hundredths: "93 %" in French, with the space that does not break, "93%"."""
        space = "\u00a0" if self.language == "fr" else ""
        return f"{share * 100:.0f}{space}%"

    def number(self, number: int) -> str:
        """``number`` with its thousands apart: "12 345" in French, with the narrow space that does not break."""
        return f"{number:,}".replace(",", "\u202f" if self.language == "fr" else ",")
