"""Muon: momentum whose direction is orthogonalised, for the matrices of the convolutions."""

from __future__ import annotations

import torch


def orthogonal(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Nearly the closest orthogonal matrix, by the quintic Newton-Schulz iteration."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix / (matrix.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr: float, momentum: float = 0.95):
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(p)
                buffer = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                direction = p.grad.lerp(buffer, group["momentum"]).flatten(1)
                update = orthogonal(direction.float())
                # The step is relative to the weights: the norm after each convolution makes their scale meaningless.
                scale = p.norm() / (update.norm() + 1e-7)
                p.add_(update.view_as(p), alpha=-group["lr"] * float(scale))
