"""Pictures of results: drawn without a screen, the same for the same results."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "antiphon"
mpl.rcParams["svg.fonttype"] = "none"  # a tenth of the size of drawn letters

from matplotlib import pyplot as plt  # noqa: E402 - after the choice of its back end

__all__ = ["plt", "save"]


def save(figure: Any, path: Path) -> None:
    """Write it as SVG."""
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
