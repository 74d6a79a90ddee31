"""The layers of training: texts without padding see what padded ones see, and learn alike."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from training.attention import attend

HEADS, SIZE = 3, 4


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5), seed=st.integers(0, 999))
def test_every_text_attends_to_itself_alone_as_in_torch(lengths: list[int], seed: int) -> None:
    """States and gradients are those of torch's attention of each text by itself."""
    draw = torch.Generator().manual_seed(seed)
    ours = torch.randn(sum(lengths), 3 * HEADS * SIZE, generator=draw, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    found = attend(ours, lengths, HEADS)
    expected = torch.cat([
        functional.scaled_dot_product_attention(*text.view(-1, 3, HEADS, SIZE).permute(1, 2, 0, 3)).transpose(0, 1)
        for text in theirs.split(lengths)
    ]).flatten(1)  # fmt: skip
    torch.testing.assert_close(found, expected)
    towards = torch.randn(found.shape, generator=draw)
    found.backward(towards)
    expected.backward(towards)
    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.slow
def test_the_reader_in_training_reads_what_bert_reads() -> None:
    """With padding of different lengths, its scores and spans are those of its own BERT run as usual."""
    from training.model import ReaderModel

    model = ReaderModel(layers=2).eval()
    ids = torch.randint(5, 50_000, (3, 12), generator=torch.Generator().manual_seed(7))
    kinds = ids % 3
    mask = (torch.arange(12) < torch.tensor([[12], [7], [9]])).long()
    passage = mask * (torch.arange(12) > 3)
    with torch.no_grad():
        found = model(ids, kinds, mask, passage)
        state = model.bert(input_ids=ids, attention_mask=mask, token_type_ids=kinds).last_hidden_state
        start = model.span(state)[..., 0]
    seen = passage.bool()
    torch.testing.assert_close(found.start[seen], start[seen], rtol=1e-4, atol=1e-5)
    assert (found.start[~seen] < -1e3).all()


@pytest.mark.slow
def test_the_question_encoder_in_training_begins_where_the_encoder_is() -> None:
    """Questions of different lengths, together, have the vectors that the encoder gives each of them."""
    from embeddings.encoder import load_encoder
    from training.train_question import QuestionModel

    questions = [
        "Bloctel ?",
        "Qui a racheté le SECA, et à qui l’a-t-il revendu depuis ?",
        "durée moyenne de traitement",
    ]
    with torch.no_grad():
        found = QuestionModel()(questions)
    expected = torch.from_numpy(load_encoder().encode_queries(questions))
    assert (found * expected).sum(1).min() > 0.998
