"""The reader in torch: the lower layers of the default encoder, reading a question and a passage together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from embeddings.encoder import load_sentence_transformer
from embeddings.reader import KINDS
from training.attention import attend

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
        """``ids``, ``kinds``, ``mask`` and ``passage`` (the tokens an answer may hold) are (batch, tokens).

        Padding stands at the end; the layers do not see it.
        """
        rows = mask.flatten().nonzero().squeeze(1)
        state = mask.new_zeros(mask.numel(), self.span.in_features, dtype=torch.float32)
        state = state.index_copy(0, rows, self._layers(ids, kinds, mask, rows).float()).view(*mask.shape, -1)
        weights = mask[..., None].to(state.dtype)
        mean = (state * weights).sum(1) / weights.sum(1)
        pooled = torch.tanh(self.pool(torch.cat([state[:, 0], mean], -1)))
        start, end = self.span(state).float().masked_fill(~passage[..., None].bool(), -1e4).unbind(-1)
        return Read(self.answers(pooled).float().squeeze(-1), start, end)

    def _layers(self, ids: Tensor, kinds: Tensor, mask: Tensor, rows: Tensor) -> Tensor:
        """The last layer's states (tokens, hidden) of all tokens that are none of padding."""
        places = torch.arange(mask.shape[1]).expand_as(mask)
        ids, kinds, places = (each.flatten()[rows][None] for each in (ids, kinds, places))
        state = self.bert.embeddings(input_ids=ids, token_type_ids=kinds, position_ids=places)[0]
        *_, last = layered(self.bert, state, mask.sum(1).tolist())
        return last


def layered(bert: Any, state: Tensor, lengths: Sequence[int]) -> Iterator[Tensor]:  # noqa: ANN401 - untyped torch model
    """The states (tokens, hidden) after each layer of texts of ``lengths`` tokens that stand one behind the other."""
    for layer in bert.encoder.layer:
        parts = layer.attention.self
        projections = (parts.query, parts.key, parts.value)
        weight, bias = (torch.cat([getattr(part, of) for part in projections]) for of in ("weight", "bias"))
        found = attend(functional.linear(state, weight, bias), lengths, parts.num_attention_heads)
        state = layer.attention.output(found, state)
        state = layer.output(layer.intermediate(state), state)
        yield state
