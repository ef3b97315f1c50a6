"""What all figures share: size, text, colours, and how they are saved.

Importing this sets matplotlib's defaults, whatever a user's own are.
"""

import matplotlib
from matplotlib.figure import Figure

from workflow_scripts.common.files import written_whole

DPI = 100
WIDTH = 1120  # pixels; Snakemake's report cuts off what is wider than about 1200
CHARACTER = 7.5  # pixels that one takes on average, rather too many

# Okabe & Ito 2008: the colour-blind can tell them apart.
BLUE, ORANGE, GREEN, VERMILLION, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"
GREY = "0.55"

matplotlib.rcdefaults()
matplotlib.rcParams.update(
    {
        "font.size": 9,  # points, 12.5 pixels
        "axes.titlesize": 9.5,
        "axes.titlelocation": "left",
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "grid.color": "0.9",
        "figure.titlesize": 11,
        "legend.frameon": False,
        "legend.fontsize": 9,
        "text.parse_math": False,  # a $ in a name is a $
    }
)


def new_figure(title, height):
    """Return an empty Figure, ``WIDTH`` pixels wide and ``height`` high, with ``title`` (lines of text) at its left."""
    figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI, layout="constrained")
    figure.suptitle(title, x=0.008, ha="left")
    return figure


def save(figure, path):
    """Write ``figure`` as PNG; without the version of the library in it: same figure, same bytes."""
    with written_whole(path) as partial:
        figure.savefig(partial, format="png", metadata={"Software": None})


def one_row_each(axes, names):
    """Make the rows 0, 1, ... of ``axes`` stand for ``names``, the first on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def column_beside(axes, place, heading, texts, colour="black"):
    """Write ``texts``, one per row, right-aligned ``place`` pixels right of the axes, and a heading on top."""
    beside = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset pixels", "ha": "right"}
    axes.annotate(heading, (1, -0.75), (place, 0), va="bottom", color="0.35", **beside)
    for row, text in enumerate(texts):
        axes.annotate(text, (1, row), (place, 0), va="center", color=colour, **beside)


def in_words(clips):
    """Return a number of clips as text."""
    return f"{int(clips):,} clip{'' if clips == 1 else 's'}"
