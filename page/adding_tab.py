"""The tab in which articles are added and removed. Imports Gradio: import it late."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from corpus.formats import SUFFIXES
from page.adding import AT_ONCE, Adder, Batch, Read, corrected, read_files
from page.chat import Refused
from page.texts import Texts
from rag.shelf import Removed
from rag.store import StoreError

log = logging.getLogger(__name__)

Update = dict[Any, Any]
Refresh = Callable[[], Update]


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields in which one article is corrected."""

    group: gr.Group
    name: gr.HTML
    inputs: tuple[gr.Textbox, ...]


class AddingTab:
    """Files come in, are shown as they were understood, and are indexed once somebody agrees."""

    def __init__(self, adder: Adder, texts: Texts, refreshed: Sequence[Any], refresh: Refresh) -> None:
        """``refresh`` fills the components ``refreshed`` anew when the library has changed."""
        self._adder, self._texts, self._refresh = adder, texts, refresh
        with gr.Tab(texts.adding_tab, elem_id="adding"):
            # All inside: anything else among the tabs is counted as one, and the strip shows tabs twice.
            self.read, self.batch, self.removed = gr.State(()), gr.State(None), gr.State(None)
            self.timer = gr.Timer(1.0, active=False)
            gr.HTML(f'<p class="hint">{escape(texts.adding_hint)}</p>', apply_default_css=False)
            self.files = gr.File(
                label=texts.files, file_count="multiple", file_types=sorted(SUFFIXES), height=140, elem_id="files"
            )
            self.said = gr.HTML(elem_id="adding-said", apply_default_css=False)
            self.fields = [self._lay_out_fields() for _ in range(AT_ONCE)]
            self.add = gr.Button(texts.add, variant="primary", visible=False, elem_id="add")
            gr.HTML(f"<h2>{escape(texts.removing)}</h2>", apply_default_css=False)
            with gr.Row():
                self.choice = gr.Dropdown([], value=None, label=texts.remove_which, elem_id="remove-which", scale=3)
                self.remove = gr.Button(texts.remove, scale=0, min_width=110, elem_id="remove")
                self.undo = gr.Button(texts.undo, scale=0, min_width=110, visible=False, elem_id="undo")
        self.filled = [self.choice]
        self._wire(list(refreshed))

    def _lay_out_fields(self) -> Fields:
        texts = self._texts
        with gr.Group(visible=False, elem_classes="understood") as group:
            name = gr.HTML(apply_default_css=False)
            with gr.Row():
                title = gr.Textbox(label=texts.title, scale=2, min_width=240, max_lines=2)
                author = gr.Textbox(label=texts.author, min_width=160, max_lines=1)
                publication = gr.Textbox(label=texts.publication, min_width=160, max_lines=1)
                day = gr.Textbox(label=texts.iso_date, placeholder="2013-02-06", min_width=120, max_lines=1)
        return Fields(group, name, (title, author, publication, day))

    def _wire(self, refreshed: list[Any]) -> None:
        shown: list[Any] = [self.read, self.said, self.add, self.files]
        shown += [part for fields in self.fields for part in (fields.group, fields.name, *fields.inputs)]
        inputs = [part for fields in self.fields for part in fields.inputs]
        common: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        now = {**common, "queue": False}
        self.files.upload(self.understand, self.files, shown, **common)
        self.add.click(self.agree, {self.read, *inputs}, [*shown, self.batch, self.timer], **now)
        self.timer.tick(self.follow, self.batch, [self.said, self.timer, *self.filled, *refreshed], **now)
        changed = [self.said, self.removed, self.undo, *self.filled, *refreshed]
        self.remove.click(self.take_out, self.choice, changed, **common)
        self.undo.click(self.put_back, self.removed, changed, **common)

    def fill(self) -> Update:
        """Offer what can be removed."""
        rows = self._adder.assistant.articles()
        return {self.choice: gr.update(choices=[(row.title, row.id) for row in rows], value=None)}

    def understand(self, files: Sequence[str] | None) -> Iterator[Update]:
        """Read the files one after the other, and show what was understood."""
        paths = [Path(file) for file in files or ()]
        if len(paths) > AT_ONCE:
            yield {self.said: self._sentence(self._texts.too_many.format(limit=AT_ONCE)), self.files: None}
            return
        found: list[Read] = []
        for number, path in enumerate(paths, 1):
            progress = self._texts.reading.format(number=number, count=len(paths), name=path.name)
            yield {self.said: f'<p role="status">{escape(progress)}</p>'}
            found += read_files([path])
            path.unlink(missing_ok=True)
        yield {**self._understood(found[:AT_ONCE]), self.files: None}

    def _understood(self, found: Sequence[Read]) -> Update:
        good = [one for one in found if one.article]
        bad = "".join(f"<li>{escape(one.error)}</li>" for one in found if not one.article)
        update: Update = {
            self.read: tuple(good),
            self.said: f'<ul class="problems" role="alert">{bad}</ul>' if bad else "",
            self.add: gr.update(visible=bool(good)),
        }
        for number, fields in enumerate(self.fields):
            article = good[number].article if number < len(good) else None
            update[fields.group] = gr.update(visible=article is not None)
            if article:
                update[fields.name] = f'<p class="hint">{escape(good[number].name)}</p>'
                day = article.date.isoformat() if article.date else ""
                values = (article.title, article.author or "", article.publication or "", day)
                update.update(zip(fields.inputs, values, strict=True))
        return update

    def agree(self, values: Update) -> Update:
        """Index the articles as they were corrected."""
        read: tuple[Read, ...] = values[self.read] or ()
        try:
            articles = [
                (corrected(one.article, [values[part] for part in fields.inputs], self._texts), one.name)
                for one, fields in zip(read, self.fields, strict=False)
                if one.article
            ]
        except Refused as refusal:
            return {self.said: self._sentence(str(refusal))}
        batch = self._adder.submit(articles)
        return {
            **self._understood(()),
            self.said: self._told(batch),
            self.batch: batch,
            self.timer: gr.update(active=True),
        }

    def follow(self, batch: Batch | None) -> Update:
        """Say how far the indexing is; show the library anew when it is done."""
        if batch is None:
            return {self.timer: gr.update(active=False)}
        update: Update = {self.said: self._told(batch)}
        if not batch.progress().waiting:
            update |= {self.timer: gr.update(active=False), **self.fill(), **self._refresh()}
        return update

    def take_out(self, article: str | None) -> Update:
        """Remove an article, and offer to put it back."""
        if not article:
            return {self.said: ""}
        try:
            removed = self._adder.remove(article)
        except StoreError as error:
            return {self.said: self._sentence(str(error))}
        said = f'<p role="status">{escape(self._texts.taken_out.format(title=removed.article.title))}</p>'
        return {
            self.said: said, self.removed: removed, self.undo: gr.update(visible=True), **self.fill(), **self._refresh()
        }  # fmt: skip

    def put_back(self, removed: Removed | None) -> Update:
        """Undo the last removal."""
        if removed is None:
            return {self.undo: gr.update(visible=False)}
        try:
            self._adder.restore(removed)
        except StoreError as error:
            return {self.said: self._sentence(str(error))}
        said = f'<p role="status">{escape(self._texts.put_back.format(title=removed.article.title))}</p>'
        return {
            self.said: said, self.removed: None, self.undo: gr.update(visible=False), **self.fill(), **self._refresh()
        }  # fmt: skip

    def _told(self, batch: Batch) -> str:
        texts, progress = self._texts, batch.progress()
        lines = [f"✓ {texts.was_added.format(title=title)}" for title in progress.added]
        lines += [f"✗ {name}{texts.colon} {error}" for name, error in progress.failed]
        if progress.waiting:
            lines.append(texts.indexing.format(count=progress.waiting))
        return f'<ul role="status">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>'

    @staticmethod
    def _sentence(text: str) -> str:
        return f'<p role="alert">{escape(text)}</p>'
