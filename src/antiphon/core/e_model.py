"""The E-model: how good a call sounds, from what the network did to it. A planning model's estimate, not a listener's opinion.

The short form of ITU-T G.107 for calls over packets: R = 93.2 - Id - Ie,eff. 93.2 is the rating with every parameter at G.107's
default value. The scale is the telephone's: what a wide band adds is not counted.
"""

from dataclasses import dataclass

CLEAN = 93.2
BENDS_AT_MS = 177.3
"""One-way delay up to which callers hardly notice, and from which they talk over each other."""


@dataclass(frozen=True, slots=True)
class Coding:
    """What a codec costs. `impairment` is Ie, without loss; `robustness` is Bpl, the percentage of lost packets that halves what is
    left of the quality."""

    impairment: float
    robustness: float


OPUS = Coding(0.0, 9.8)
"""Bpl is the instrumental estimate for Opus in super-wideband at 40 kbit/s under random loss: M. Alahmadi, P. Pocta, H. Melvin, "An
Adaptive Bitrate Switching Algorithm for Speech Applications in Context of WebRTC", ACM TOMM 17(4), 2021, and the tables published
with it. There Ie in narrow band, the band of this scale, falls from 46 at 6 kbit/s to 2.0 at 11 kbit/s; at a call's 24 kbit/s and
more it is taken as nothing."""
G711_CONCEALED = Coding(0.0, 25.1)
"""G.711 with packet loss concealment (ITU-T G.113 Appendix I, provisional planning values)."""
G711 = Coding(0.0, 4.3)
"""G.711 without concealment, when silence stands for what is lost (same place). Linear PCM is treated alike."""


def rating(coding: Coding, one_way_ms: float, loss_percent: float, burst_ratio: float = 1.0) -> float:
    """R, 0 to 93.2. `one_way_ms` is from mouth to ear; `burst_ratio` is 1 for random loss, more when losses come together."""
    worst = CLEAN - delay_impairment(one_way_ms) - effective_impairment(coding, loss_percent, burst_ratio)
    return max(0.0, worst)


def delay_impairment(one_way_ms: float) -> float:
    """Id, as Cole and Rosenbluth fitted it to G.107 ("Voice over IP performance monitoring", ACM CCR 31(2), 2001)."""
    return 0.024 * one_way_ms + 0.11 * max(0.0, one_way_ms - BENDS_AT_MS)


def effective_impairment(coding: Coding, loss_percent: float, burst_ratio: float = 1.0) -> float:
    """Ie,eff (G.107 equation 7-29)."""
    lost = loss_percent / (loss_percent / burst_ratio + coding.robustness)
    return coding.impairment + (95.0 - coding.impairment) * lost


def opinion(rated: float) -> float:
    """Mean opinion score of a rating, 1.0 to 4.5 (G.107 Annex B). Under a rating of 6.5 its cubic dips below 1; scores do not."""
    if rated >= 100:
        return 4.5
    return max(1.0, 1.0 + 0.035 * rated + rated * (rated - 60.0) * (100.0 - rated) * 7e-6)


GRADES = (3.10, 3.60, 4.03)
"""Scores of the ratings 60, 70 and 80 (G.107 table B.1), where G.109 draws its lines between low, medium and high quality."""


def grade(score: float) -> int:
    """1 to 4: poor, fair, good, very good. The number of bars a caller is shown."""
    return 1 + sum(score >= line for line in GRADES)
