"""Attention within each of several texts that stand one behind the other, without padding.

torch's own kernel for processors spends four fifths of a training step's attention on the way back; here both ways are
plain products in float32, a text at a time, so that its weights stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


class _Attention(torch.autograd.Function):
    """Softmax attention of each text's tokens to its own tokens."""

    @staticmethod
    def forward(context: Any, packed: Tensor, bounds: Sequence[tuple[int, int]], heads: int) -> Tensor:  # noqa: ANN401
        hidden = packed.shape[1] // 3
        found = torch.empty(packed.shape[0], hidden)
        weights = []
        for begin, end in bounds:
            query, key, value = _split(packed[begin:end], heads).contiguous()
            weight = torch.softmax(torch.bmm(query * query.shape[-1] ** -0.5, key.transpose(1, 2)), -1)
            found[begin:end].view(end - begin, heads, -1).copy_(torch.bmm(weight, value).transpose(0, 1))
            weights.append(weight)
        context.save_for_backward(packed, *weights)
        context.bounds, context.heads = bounds, heads
        return found

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        packed, *weights = context.saved_tensors
        back = torch.empty_like(packed)
        for (begin, end), weight in zip(context.bounds, weights, strict=True):
            query, key, value = _split(packed[begin:end], context.heads).contiguous()
            gradient = gradients[0][begin:end].view(end - begin, context.heads, -1).transpose(0, 1).contiguous()
            score = torch.bmm(gradient, value.transpose(1, 2))
            score = torch._softmax_backward_data(score, weight, -1, weight.dtype) * query.shape[-1] ** -0.5
            to_query, to_key, to_value = _split(back[begin:end], context.heads)
            to_query.copy_(torch.bmm(score, key))
            to_key.copy_(torch.bmm(score.transpose(1, 2), query))
            to_value.copy_(torch.bmm(weight.transpose(1, 2), gradient))
        return back, None, None


def _split(packed: Tensor, heads: int) -> Tensor:
    """(3, heads, tokens, size) of (tokens, 3 x heads x size)."""
    return packed.view(packed.shape[0], 3, heads, -1).permute(1, 2, 0, 3)


def attend(packed: Tensor, lengths: Sequence[int], heads: int) -> Tensor:
    """``packed`` (tokens, 3 x hidden): queries, keys and values of texts of ``lengths`` tokens → (tokens, hidden)."""
    bounds, begin = [], 0
    for length in lengths:
        bounds.append((begin, begin + length))
        begin += length
    with torch.autocast("cpu", enabled=False):
        return _Attention.apply(packed.float(), bounds, heads)  # type: ignore[no-any-return, no-untyped-call]
