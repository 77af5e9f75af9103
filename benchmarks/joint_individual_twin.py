"""The network of joint and individual coordinates and its loss, written in eager PyTorch.

It is fused by attention and begins at closed forms, as in ``neuropil.cohorts.joint.models``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from neuropil.cohorts.joint.models.network import Sizes, Start
    from neuropil.cohorts.joint.models.variational import VariationalPlan

__all__ = ["Batch", "Twin", "compute_loss"]

_LOG_VARIANCE = -4.0
_LEAST, _MOST = -10.0, 6.0


class Batch(NamedTuple):
    """Some subjects, what is hidden of them, and the noise of their coordinates.

    Parameters
    ----------
    scores : list of (n, k_m) tensors
        White components of each modality.
    there, seen : (n, 2) tensors of 0 and 1
        Which modalities subjects have, and which of them the network sees.
    noise : (n, k) tensor
        For all coordinates, the joint ones first.
    """

    scores: list[Tensor]
    there: Tensor
    seen: Tensor
    noise: Tensor


class Posterior(NamedTuple):
    """Means and log variances of one set of coordinates."""

    mean: Tensor
    level: Tensor


class _Head(nn.Module):
    def __init__(self, seen: int, hidden: int, out: int) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(seen, hidden), nn.Linear(hidden, out)

    def forward(self, values: Tensor) -> Tensor:
        return self.out(functional.gelu(self.hidden(values), approximate="tanh"))


class _Tokens(nn.Module):
    def __init__(self, components: int, sizes: Sizes) -> None:
        super().__init__()
        self.make = _Head(components, sizes.hidden, sizes.tokens * sizes.width)
        self.name = nn.Parameter(torch.zeros(sizes.width))

    def forward(self, scores: Tensor) -> Tensor:
        return self.make(scores).unflatten(1, (-1, len(self.name))) + self.name


class _Attention(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        width, self.heads = sizes.width, sizes.heads
        self.query, self.key, self.value, self.output = (
            nn.Linear(width, width, bias=False) for _ in range(4)
        )
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix = _Head(width, 2 * width, width)

    def forward(self, tokens: Tensor, there: Tensor) -> Tensor:
        parts = (
            project(tokens).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for project in (self.query, self.key, self.value)
        )
        found = functional.scaled_dot_product_attention(*parts, attn_mask=there[:, None, None, :])
        tokens = self.first(tokens + self.output(found.transpose(1, 2).flatten(2)))
        tokens = self.second(tokens + self.mix(tokens))
        weights = there.to(tokens.dtype)
        return (tokens * weights[:, :, None]).sum(1) / weights.sum(1, keepdim=True)


class Twin(nn.Module):
    """Encoders, attention and decoders of two modalities.

    Parameters
    ----------
    start : Start
        Closed-form paths, each array of them a tensor.
    sizes : Sizes
        Numbers of coordinates, tokens and hidden units.
    """

    def __init__(self, start: Start, sizes: Sizes) -> None:
        super().__init__()
        self.start, self.count = start, sizes.tokens
        components, hidden, joint = sizes.components, sizes.hidden, sizes.joint
        self.tokens = nn.ModuleList(_Tokens(k, sizes) for k in components)
        self.attention = _Attention(sizes)
        self.joint_head = _Head(sizes.width, hidden, 2 * joint)
        self.individual_heads = nn.ModuleList(
            _Head(k, hidden, 2 * own) for k, own in zip(components, sizes.individual, strict=True)
        )
        self.decoders = nn.ModuleList(_Head(joint, hidden, k) for k in components)
        self.noise = nn.ParameterList(torch.zeros(k) for k in components)
        self.cross_noise = nn.ParameterList(torch.zeros(k) for k in components)
        # Computed once, as one would: which coordinates each product is of.
        self._pairs = {k: torch.triu_indices(k, k) for k in (*components, joint)}

    def in_order(self) -> list[nn.Parameter]:
        """Return all parameters in the order of neuropil's network."""
        found: list[nn.Parameter] = []
        for tokens in self.tokens:
            found += [*tokens.make.parameters(), tokens.name]
        for part in (self.attention, self.joint_head, self.individual_heads, self.decoders):
            found += part.parameters()
        return [*found, *self.noise, *self.cross_noise]

    def encode_joint(self, scores: Sequence[Tensor], there: Tensor) -> Posterior:
        """Return the posterior of the joint coordinates; scores are 0 where nothing is there."""
        start, features = self.start, [self._expand(score) for score in scores]
        alone = [features[m] @ start.alone[m] + start.offset[1 + m] for m in (0, 1)]
        both = start.offset[0] + features[0] @ start.both[0] + features[1] @ start.both[1]
        only = torch.where(there[:, :1] > 0, alone[0], alone[1])
        base = torch.where(there.sum(1, keepdim=True) > 1, both, only)
        tokens = torch.cat(
            [make(score) for make, score in zip(self.tokens, scores, strict=True)], 1
        )
        present = (there > 0).repeat_interleave(self.count, dim=1)
        change, spread = self.joint_head(self.attention(tokens, present)).chunk(2, dim=1)
        return Posterior(base + change, _LOG_VARIANCE + spread)

    def encode_individual(self, scores: Sequence[Tensor]) -> list[Posterior]:
        """Return the posterior of the individual coordinates of each modality."""
        found = []
        for basis, head, score in zip(self.start.basis, self.individual_heads, scores, strict=True):
            change, spread = head(score).chunk(2, dim=1)
            found.append(Posterior(score @ basis.T + change, _LOG_VARIANCE + spread))
        return found

    def decode_joint(self, joint: Tensor, m: int) -> Tensor:
        """Return what joint coordinates say of the components of modality m."""
        straight = self._expand(joint) @ self.start.onto[m] + self.start.onto_offset[m]
        return straight + self.decoders[m](joint)

    def _expand(self, scores: Tensor) -> Tensor:
        rows, columns = self._pairs[scores.shape[1]]
        return torch.cat([scores, scores[:, rows] * scores[:, columns]], dim=1)


def compute_loss(network: Twin, batch: Batch, plan: VariationalPlan) -> Tensor:
    """Return the loss of a batch, with the weights of a plan without the term of agreement."""
    n, seen = len(batch.seen), batch.seen
    ways = torch.cat([seen, *(one.expand(n, 2) for one in torch.eye(2))])
    thrice = [score.repeat(3, 1) * ways[:, m, None] for m, score in enumerate(batch.scores)]
    joint = network.encode_joint(thrice, ways)
    # Neuropil encodes individual coordinates of all three; those of the first are enough.
    own = network.encode_individual([score[:n] for score in thrice])
    alone = joint.mean[n : 2 * n], joint.mean[2 * n :]
    sets = [Posterior(joint.mean[:n], joint.level[:n]), *own]
    total = _likelihood(network, batch, sets)
    whole = batch.there[:, 0] * batch.there[:, 1]
    for m in (0, 1):
        error = batch.scores[m] - network.decode_joint(alone[1 - m], m)
        total = total + plan.cross * _misfit(error, network.cross_noise[m], whole)
    known = (seen.amax(1), seen[:, 0], seen[:, 1])
    weights = (plan.prior_joint, plan.prior_individual, plan.prior_individual)
    for one, there, weight in zip(sets, known, weights, strict=True):
        total = total + weight * _average(_divergence(one), there)
    return total + plan.independence * _dependence([one.mean for one in sets], seen)


def _likelihood(network: Twin, batch: Batch, sets: Sequence[Posterior]) -> Tensor:
    """Return the misfit of each modality, rebuilt from coordinates that are drawn."""
    noise = batch.noise.split([one.mean.shape[1] for one in sets], dim=1)
    joint, *own = (
        one.mean + torch.exp(0.5 * one.level.clamp(_LEAST, _MOST)) * each
        for one, each in zip(sets, noise, strict=True)
    )
    total = torch.zeros(())
    for m in (0, 1):
        decoded = network.decode_joint(joint, m) + own[m] @ network.start.basis[m]
        error = batch.scores[m] - decoded
        total = total + _misfit(error, network.noise[m], batch.seen[:, m])
    return total


def _average(values: Tensor, there: Tensor) -> Tensor:
    return (values * there).sum() / there.sum().clamp(min=1.0)


def _misfit(error: Tensor, log_variance: Tensor, there: Tensor) -> Tensor:
    level = log_variance.clamp(_LEAST, _MOST)
    return _average(0.5 * (error**2 / level.exp() + level).sum(1), there)


def _divergence(one: Posterior) -> Tensor:
    level = one.level.clamp(_LEAST, _MOST)
    return 0.5 * (level.exp() + one.mean**2 - 1 - level).sum(1)


def _dependence(sets: Sequence[Tensor], seen: Tensor) -> Tensor:
    """Return the squared covariances between the sets of coordinates."""
    whole = seen[:, :1] * seen[:, 1:]
    count = whole.sum().clamp(min=1.0)
    centred = [(each - (each * whole).sum(0) / count) * whole for each in sets]
    pairs = ((0, 1), (0, 2), (1, 2))
    return sum(
        (((centred[a].T @ centred[b] / count) ** 2).sum() for a, b in pairs),
        start=torch.zeros(()),
    )
