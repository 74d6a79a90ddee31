"""The reader in torch: the lower layers of the default encoder, reading a question and a passage together."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from embeddings.encoder import load_sentence_transformer
from embeddings.reader import KINDS

LAYERS = 8


class Read(NamedTuple):
    """``score`` (batch,): the log odds that the passage answers; ``start``, ``end`` (batch, tokens): log odds."""

    score: Tensor
    start: Tensor
    end: Tensor


class ReaderModel(nn.Module):
    """BERT's first ``layers`` layers over a pair, with a head for the answer's being there and one for its place.

    A token's kind (see ``embeddings.reader``) takes the place of BERT's token type, so that the model sees from the
    start which words the two texts share. Word and position embeddings are frozen: they are the encoder's own.
    """

    def __init__(self, layers: int = LAYERS) -> None:
        super().__init__()
        first: Any = load_sentence_transformer()[0]
        bert = first.auto_model
        bert.encoder.layer = bert.encoder.layer[:layers]
        bert.config.num_hidden_layers = layers
        hidden = bert.config.hidden_size
        kinds = nn.Embedding(KINDS, hidden)
        kinds.weight.data[:] = bert.embeddings.token_type_embeddings.weight.data[0]
        bert.embeddings.token_type_embeddings = kinds
        for name, parameter in bert.embeddings.named_parameters():
            parameter.requires_grad = "word" not in name and "position" not in name
        for module in bert.modules():
            if isinstance(module, nn.Dropout):
                # Twice the training steps in the same time; what it guards against is left to early stopping.
                module.p = 0.0
        self.bert: Any = bert
        self.pool = nn.Linear(2 * hidden, hidden)
        self.answers = nn.Linear(hidden, 1)
        self.span = nn.Linear(hidden, 2)

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor, passage: Tensor) -> Read:
        """``ids``, ``kinds``, ``mask`` and ``passage`` (the tokens an answer may hold) are (batch, tokens)."""
        state = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=kinds).last_hidden_state
        weights = mask[..., None].to(state.dtype)
        mean = (state * weights).sum(1) / weights.sum(1)
        pooled = torch.tanh(self.pool(torch.cat([state[:, 0], mean], -1)))
        start, end = self.span(state).float().masked_fill(~passage[..., None].bool(), -1e4).unbind(-1)
        return Read(self.answers(pooled).float().squeeze(-1), start, end)
