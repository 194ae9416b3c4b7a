"""Recorrupted-to-recorrupted loss as an antithetic pair: squared error against the clean frame, from one noisy frame."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .weighting import weighted_mean


def recorruption_loss(
    predict: Callable[[Tensor], Tensor],
    noisy: Tensor,
    noise: Tensor,
    alpha: float = 0.5,
    weight: Tensor | None = None,
) -> Tensor:
    """Unbiased estimate (up to a constant) of the mean squared error of `predict` against frames nobody has seen clean.

    Let y = x + e with e ~ N(0, S), and n ~ N(0, S) drawn independently of e. The two recorrupted frames y + s a n and
    y - s n / a (s = +1 or -1) have noise of covariance S - S = 0 between them: Gaussian, hence independent. So with
    f_s = f(y + s a n),

        E ||f_s - (y - s n / a)||^2 = E ||f_s - x||^2 + (1 + 1 / a^2) tr S        (Pang et al., CVPR 2021, eq. 7-9).

    Expanding the mean over both signs, the terms <n, y> cancel, and ||n||^2 / a^2, which no network can change but
    which carries nearly all of the variance, is dropped:

        L = (||f_+ - y||^2 + ||f_- - y||^2) / 2 + <n, f_+ - f_-> / a,        E L = E ||f(y + a n) - x||^2 + tr S.

    For a -> 0 the last term is 2 <n, J n>, of expectation 2 tr(S J): L is Stein's unbiased risk estimate for correlated
    noise with a finite-difference Monte Carlo divergence (Ramani et al., IEEE TIP 2008). The smaller `alpha`, the closer
    the training noise to the noise met at run time, sqrt(1 + alpha^2) times it; the larger, the less variance.

    `predict` must hold the noise e of y nowhere but in its argument: neighbouring frames may be captured, a recursive
    state or a noise level that y itself went into may not.

    Args:
        predict: the network, [N, C, H, W] -> [N, C, H, W]; called twice.
        noisy: y, [N, C, H, W], variance-stabilised, in noise standard deviations.
        noise: n, [N, C, H, W], drawn with the whole estimated covariance of e (detector and electronic noise), in the
            same units; a wrong covariance makes the loss wrong, not merely noisy.
        alpha: strength of the recorruption, > 0.
        weight: >= 0, broadcastable to [N, C, H, W] (for example 0 on the collimator), chosen without looking at e.

    Returns:
        The scalar L per pixel (of weight 1): squared error plus the noise variance.

    Raises:
        ValueError: alpha is not positive, or `noise` or the prediction is not of the noisy frames' shape.
    """
    if not alpha > 0:
        raise ValueError(f"Found alpha = {alpha}; the recorruption needs a strength above 0.")
    return recorruption_error(predict(noisy + alpha * noise), predict(noisy - alpha * noise), noisy, noise, alpha, weight)


def recorruption_error(
    plus: Tensor, minus: Tensor, noisy: Tensor, noise: Tensor, alpha: float, weight: Tensor | None = None
) -> Tensor:
    """The same from the two predictions f_+ and f_-, for networks whose inputs hold more than the noisy frame.

    Whatever else was made from the noisy frame (motion, disagreement, brightness) must have been made anew from y + a n for
    f_+ and from y - a n for f_-.

    Raises:
        ValueError: the four images are not of one shape [N, C, H, W].
    """
    images = (plus, minus, noisy, noise)
    if len({image.shape for image in images}) > 1:
        shapes = ", ".join(str(tuple(image.shape)) for image in images)
        raise ValueError(f"Found predictions, noisy frames and noise of {shapes}; all must have one shape [N, C, H, W].")
    fidelity = (torch.square(plus - noisy) + torch.square(minus - noisy)) / 2
    divergence = noise * (plus - minus) / alpha
    return weighted_mean(fidelity + divergence, weight)
