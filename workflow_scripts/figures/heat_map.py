"""Cells that are coloured by a share and say a number."""

import matplotlib
import numpy as np

COLOURS = "cividis_r"  # Nuñez et al. 2018: light to dark, for the colour-blind, too


def heat_map(axes, shares, texts, rows, columns, largest=1.0):
    """Draw ``shares`` [rows, columns] as colours over 0..``largest`` with ``texts`` in them; return the image.

    A cell that is NaN is white. ``rows``, ``columns``: names, of which those of the columns are written upright where
    they are longer than a cell is wide.
    """
    image = axes.imshow(shares, COLOURS, vmin=0, vmax=largest, aspect="auto", interpolation="nearest")
    for (row, column), text in np.ndenumerate(texts):
        share = shares[row, column]
        dark = not np.isnan(share) and _luminance(image.to_rgba(share)) < 0.45
        axes.text(column, row, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(len(columns)), columns)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="0.9", linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    return image


def share_bar(figure, image, axes, label):
    """Add a flat colour bar below ``axes`` that says what the colours of ``image`` mean."""
    percent = matplotlib.ticker.PercentFormatter(1, decimals=0)
    bar = figure.colorbar(
        image, ax=axes, location="bottom", aspect=60, shrink=0.5, pad=0.01, label=label, format=percent
    )
    bar.outline.set_visible(False)


def _luminance(colour):
    red, green, blue, _ = colour
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
