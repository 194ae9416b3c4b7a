"""Recorrupted-to-recorrupted learning: squared error against the clean frame, up to a constant, from one noisy frame."""

from __future__ import annotations

from typing import TypeVar

Image = TypeVar("Image")  # a tensor or an array, or a number


def recorrupt(noisy: Image, noise: Image, alpha: float) -> tuple[Image, Image]:
    """What the network is shown, and the target it is held against.

    Let y = x + e with e ~ N(0, S), and n ~ N(0, S) drawn independently of e. Then y + a n and y - n / a have noise of
    covariance S - S = 0 between them: Gaussian, hence independent. So with f = f(y + a n),

        E ||f - (y - n / a)||^2 = E ||f - x||^2 + (1 + 1 / a^2) tr S        (Pang et al., CVPR 2021, eq. 7-9).

    The input's noise is sqrt(1 + a^2) times that of y; in units of it, the target's noise variance is 1 / a^2. The larger a,
    the less the target's noise disturbs learning, and the less an error in the estimated covariance weighs: the noise shared
    by input and target is (S - S_estimated) / (1 + a^2) of the input's. The price: the network learns at lower doses than
    those of the cines. Taken twice, with n and with -n, most of what n / a adds cancels in the mean of both losses, for weak
    recorruptions too: it tends to Stein's unbiased risk estimate for a towards 0, its divergence by Monte Carlo (Ramani, Blu
    and Unser, IEEE TIP 17(9), 2008).

    Noise behind a logarithm or a display curve is not Gaussian, and no correlation is then less than independence: a network
    learns to keep spikes that are likelier e than n. Between y + a n and y - n / a, the third and fourth cumulants that tell
    are k3(e) - a k3(n) and k4(e) - a^2 k4(n): so n is drawn with the skewness g / a and the excess kurtosis k / a^2 of e.

    The network may see whatever does not hold e or n: other frames, what was made from them, and what was made from them
    and y + a n; nothing else that was made from y.

    Args:
        noisy: y, variance-stabilised.
        noise: n, of the whole estimated covariance of e (detector and electronic noise) and its shape, in the same units.
        alpha: a, strength of the recorruption.

    Raises:
        ValueError: alpha is not positive.
    """
    if not alpha > 0:
        raise ValueError(f"Found alpha = {alpha}; the recorruption needs a strength above 0.")
    return noisy + alpha * noise, noisy - noise / alpha
