"""One look for all plots: labelled axes with units, quiet grid, colours that survive colour blindness."""

import matplotlib.pyplot as plt

INK, BLUE, ORANGE, GREY = "#1b2733", "#0b6e8f", "#d1711d", "#9aa7b3"

_SETTINGS = {
    "font.size": 10,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "text.color": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e8ee",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


def styled():
    """A context in which figures are made in our look."""
    return plt.rc_context(_SETTINGS)
