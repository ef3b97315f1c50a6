"""Cells that are coloured by a share and say a number."""

import matplotlib
import numpy as np

COLOURS = "cividis_r"  # Nuñez et al. 2018: light to dark, for the colour-blind, too


def heat_map(axes, shares, texts, rows, columns, largest=1.0, fontsize=8):
    """Draw ``shares`` [rows, columns] as colours over 0..``largest`` with ``texts`` in them; return the image.

    A cell that is NaN is white. ``rows``, ``columns``: names, of which those of the columns are written upright where
    they are longer than a cell is wide.
    """
    image = axes.imshow(shares, COLOURS, vmin=0, vmax=largest, aspect="auto", interpolation="nearest")
    dark = (_luminance(image.to_rgba(shares)) < 0.45) & ~np.isnan(shares)
    for (row, column), text in np.ndenumerate(texts):
        colour = "white" if dark[row, column] else "black"
        cell = axes.text(column, row, text, ha="center", va="center", fontsize=fontsize, color=colour)
        cell.set_in_layout(False)  # it is within the axes; to ask thousands of texts for their place takes seconds
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


def _luminance(colours):
    """Return [...] of ``colours`` [..., 4]."""
    red, green, blue, _ = np.moveaxis(colours, -1, 0)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
