"""XLM-RoBERTa's tokenizer, as much of it as the texts need.

Building the ``tokenizers`` Unigram model over all 250,002 pieces takes about a second, most of the wait of a cold
question. But how a text is cut depends only on the pieces that occur in it. So we look up every substring of
the text in a sorted table of piece hashes, and give the pieces found to the very same ``tokenizers`` model: the
result is exact, and a question takes under a millisecond. Each word is cut for itself, so that what came of it is
remembered: passages are mostly made of words that came before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from embeddings.packed import Pieces

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer
    from tokenizers.models import Unigram

Value = TypeVar("Value")

LONGEST_PIECE = 16
"""In characters, measured on the vocabulary; ``write_piece_table`` refuses a longer one."""
REMEMBERED = 200_000
"""Words whose tokens are kept, some 270 bytes each. A French corpus of a million passages has more, but rare ones."""
PLACED = 4000
"""Texts whose tokens and places are kept for the reader, some five kilobytes a passage."""
_WORD = re.compile("▁[^▁]*")
Placed: TypeAlias = "tuple[list[int], NDArray[np.int64]]"
"""The ids of a text's tokens (t,) and the characters [start, end) of each, shape (t, 2)."""
SIEVE_BITS = 22
_SIEVE_SHIFT = np.uint64(64 - SIEVE_BITS)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def special_tokens(pieces: Pieces) -> list[int]:
    """Ids of the tokens that mark structure; XLM-RoBERTa's mask is the last piece."""
    return [pieces.begin, pieces.pad, pieces.end, pieces.unknown, len(pieces) - 1]


def tokenizer_json(pieces: Pieces, tokens: Sequence[int]) -> dict[str, Any]:
    """The ``tokenizers`` description of XLM-RoBERTa's tokenizer over ``tokens``, renumbered from 0.

    ``tokens`` must contain the special tokens. Nmt and NFKC stand for SentencePiece's ``nmt_nfkc`` rules: over
    every single code point the two differ on U+FF5E and U+1F23B only.
    """
    number = {token: n for n, token in enumerate(tokens)}
    begin, end = pieces.text(pieces.begin), pieces.text(pieces.end)
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added_token(pieces, token, number[token]) for token in special_tokens(pieces)],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Nmt"},
                {"type": "NFKC"},
                {"type": "Strip", "strip_left": False, "strip_right": True},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        "pre_tokenizer": metaspace,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [_special(begin), _sequence("A"), _special(end)],
            "pair": [_special(begin), _sequence("A"), _special(end), _sequence("B"), _special(end)],
            "special_tokens": {
                text: {"id": text, "ids": [number[token]], "tokens": [text]}
                for text, token in ((begin, pieces.begin), (end, pieces.end))
            },
        },
        "decoder": metaspace,
        "model": {
            "type": "Unigram",
            "unk_id": number[pieces.unknown],
            "vocab": [[pieces.text(token), float(pieces.scores[token])] for token in tokens],
            "byte_fallback": False,
        },
    }


def _added_token(pieces: Pieces, token: int, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "content": pieces.text(token),
        "single_word": False,
        "lstrip": token == len(pieces) - 1,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def _special(text: str) -> dict[str, Any]:
    return {"SpecialToken": {"id": text, "type_id": 0}}


def _sequence(name: str) -> dict[str, Any]:
    return {"Sequence": {"id": name, "type_id": 0}}


def write_piece_table(path: Path, pieces: Pieces) -> None:
    """Writes a uint64 array ``(2, len(pieces))``: the sorted hashes of all pieces, and their token ids."""
    texts = [pieces.text(token) for token in range(len(pieces))]
    lengths = np.array([len(text) for text in texts])
    if lengths.max() > LONGEST_PIECE:
        raise ValueError(f"a piece of {lengths.max()} characters is longer than {LONGEST_PIECE}")
    hashes = np.empty(len(texts), np.uint64)
    for length in np.unique(lengths):
        chosen = np.flatnonzero(lengths == length)
        letters = _code_points("".join(texts[token] for token in chosen)).reshape(len(chosen), length)
        value = np.zeros(len(chosen), np.uint64)
        for letter in letters.T:
            value = _mix(value, letter)
        hashes[chosen] = value
    order = np.argsort(hashes, kind="stable")
    if (np.diff(hashes[order]) == 0).any():
        raise ValueError("two pieces share a hash")
    np.save(path, np.stack([hashes[order], order.astype(np.uint64)]))


def _code_points(text: str) -> NDArray[np.uint64]:
    return np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.uint64)


def _mix(value: NDArray[np.uint64], letter: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The hash of a text one letter longer. Two texts sharing a hash only cost a needless piece."""
    mixed: NDArray[np.uint64] = (value + letter + np.uint64(1)) * _MULTIPLIER
    return mixed ^ (mixed >> np.uint64(29))


def _without_lone_surrogates(text: str) -> str:
    """``text`` as Unicode allows it: JSON from a browser may hold half a surrogate pair, which Rust refuses."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class PieceTokenizer:
    """Token ids of texts, exactly those of the whole ``tokenizers`` tokenizer. Safe to share by threads."""

    def __init__(self, pieces: Pieces, table: Path) -> None:
        """``table`` was written by ``write_piece_table``."""
        self._pieces = pieces
        self._hashes, self._tokens = np.load(table)
        # One look here spares nine substrings in ten the search in the sorted table.
        self._sieve = np.zeros(1 << SIEVE_BITS, bool)
        self._sieve[self._hashes >> _SIEVE_SHIFT] = True
        # Without the lowest score an unknown character would cost less than in the whole vocabulary.
        self._always = np.unique([*special_tokens(pieces), int(np.argmin(pieces.scores))])
        self._spelt = [pieces.text(token) for token in special_tokens(pieces)]
        self._bare = _described(pieces, self._always)
        self._special = list(self._bare.get_added_tokens_decoder().values())
        self._words: dict[str, list[int]] = {}
        self._placed: dict[str, Placed] = {}

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special tokens included, never cut."""
        texts = [_without_lone_surrogates(text) for text in texts]
        cuts = [self._cut_to_words(text) for text in texts]
        wanted = {word for words in cuts for word in words or ()}
        self._words = known = _remembering(self._words, wanted, REMEMBERED)
        if new := wanted.difference(known):
            known.update(self._tokens_of(new))
        begin, end = self._pieces.begin, self._pieces.end
        return [
            [begin, *(token for word in words for token in known[word]), end]
            if words is not None
            else self._encoding_of([text], special=True)[0][0]
            for text, words in zip(texts, cuts, strict=True)
        ]

    def encode_places(self, texts: Sequence[str]) -> list[Placed]:
        """Token ids of each text, without special tokens, and where each token stands in it, without the white space
        that a piece has at its front.
        """  # noqa: D205
        # A character each way: places in the one are places in the other.
        texts = [_without_lone_surrogates(text) for text in texts]
        self._placed = known = _remembering(self._placed, set(texts), PLACED)
        if new := [text for text in dict.fromkeys(texts) if text not in known]:
            for text, (ids, encoding) in zip(new, self._encoding_of(new, special=False), strict=True):
                known[text] = (ids, _trimmed(text, encoding.offsets))
        return [known[text] for text in texts]

    def _cut_to_words(self, text: str) -> list[str] | None:
        """``text`` as the normaliser and Metaspace leave it; None if it spells a special token: that is seen before."""
        if "<" in text and any(token in text for token in self._spelt):
            return None
        marked: str = self._bare.normalizer.normalize_str(text).replace(" ", "▁")
        if not marked:
            return []
        return _WORD.findall(marked if marked.startswith("▁") else "▁" + marked)

    def _tokens_of(self, words: set[str]) -> dict[str, list[int]]:
        """The token ids of words that ``_cut_to_words`` cut."""
        tokens = self._occurring("".join(words))
        ids = tokens.tolist()
        model = self._model(tokens)
        return {word: [ids[token.id] for token in model.tokenize(word)] for word in words}

    def _encoding_of(self, texts: Sequence[str], *, special: bool) -> list[tuple[list[int], Encoding]]:
        """Token ids of each text, with or without the special tokens around it, and what else is known of them."""
        joined = " ".join(texts)
        for token in self._spelt:
            # The tokenizer cuts the text there and starts a new word.
            joined = joined.replace(token, " ")
        words = set(self._bare.normalizer.normalize_str(joined).replace("▁", " ").split(" "))
        tokens = self._occurring("▁" + "▁".join(words))
        ids = tokens.tolist()
        found = self._tokenizer(tokens).encode_batch(texts, add_special_tokens=special)
        return [([ids[number] for number in encoding.ids], encoding) for encoding in found]

    def _occurring(self, words: str) -> NDArray[np.int64]:
        """Sorted ids of all pieces that may occur in ``words``, each after a ▁, and of those always needed."""
        letters = _code_points(words)
        value = np.zeros(len(letters), np.uint64)
        substrings = []
        for length in range(1, min(LONGEST_PIECE, len(letters)) + 1):
            value = _mix(value[: len(letters) - length + 1], letters[length - 1 :])
            substrings.append(value)
        hashes = np.concatenate(substrings)
        # Each once, and in order: the search in the table is the longest part of this.
        likely = np.unique(hashes[self._sieve[hashes >> _SIEVE_SHIFT]])
        place = np.minimum(np.searchsorted(self._hashes, likely), len(self._hashes) - 1)
        found = self._tokens[place[self._hashes[place] == likely]].astype(np.int64)
        return np.union1d(found, self._always)

    def _model(self, tokens: NDArray[np.int64]) -> Unigram:
        """The Unigram model over ``tokens``, renumbered from 0."""
        from tokenizers.models import Unigram

        numbers = tokens.tolist()
        vocabulary = list(zip(map(self._pieces.text, numbers), self._pieces.scores[tokens].tolist(), strict=True))
        return Unigram(vocabulary, numbers.index(self._pieces.unknown), byte_fallback=False)

    def _tokenizer(self, tokens: NDArray[np.int64]) -> Tokenizer:
        """What ``_described`` makes, in a quarter of the time: all but the pieces is taken from the bare one."""
        from tokenizers import Tokenizer

        built = Tokenizer(self._model(tokens))
        built.normalizer, built.pre_tokenizer = self._bare.normalizer, self._bare.pre_tokenizer
        # Its numbers of <s> and </s> hold here too: they are the first pieces of all.
        built.post_processor = self._bare.post_processor
        built.add_special_tokens(self._special)
        return built


def _described(pieces: Pieces, tokens: NDArray[np.int64]) -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_str(json.dumps(tokenizer_json(pieces, tokens.tolist())))


def _remembering(known: dict[str, Value], wanted: set[str], most: int) -> dict[str, Value]:
    """``known``, or a new one with the ``wanted`` of it when it has become too big: other threads may be reading it."""
    return known if len(known) <= most else {text: known[text] for text in wanted if text in known}


def _trimmed(text: str, places: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """The places of tokens without the white space that a piece has at its front."""
    return np.array(
        [(end - len(text[start:end].lstrip()), end) for start, end in places], np.int64
    ).reshape(-1, 2)  # fmt: skip
