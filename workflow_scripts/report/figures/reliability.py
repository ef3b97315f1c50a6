"""Whether systems are right as often as they are sure (reliability diagrams, Guo et al. 2017)."""

from workflow_scripts.report.figures.splits import clips_in_words
from workflow_scripts.report.figures.style import BLUE, VERMILLION, new_figure
from workflow_scripts.scoring.calibration import expected_calibration_error
from workflow_scripts.tasks.words import multiclass

COLUMNS = 5


def reliability_diagrams(table, dataset, split, words=multiclass.RELIABILITY):
    """Return the figure: a panel per system; its expected calibration error (ECE) is in the title.

    ``table``: columns system, low, high, clips, confidence, accuracy: a row per bin of confidence, of one split.
    ``words``: see :mod:`workflow_scripts.tasks.words`.
    """
    systems = list(table["system"].unique())
    columns = min(len(systems), COLUMNS)
    lines = -(-len(systems) // columns)
    clips = table["clips"][table["system"] == systems[0]].sum()
    title = f"{dataset}: {words['title']}, on {clips_in_words(split, clips, words['of'])}"
    figure = new_figure(title, 100 + 290 * lines)
    grid = figure.subplots(2 * lines, columns, squeeze=False, sharex=True, height_ratios=[3, 1] * lines)
    for axes in grid.ravel():
        axes.set_axis_off()
    for number, system in enumerate(systems):
        line, column = divmod(number, columns)
        _panel(grid[2 * line, column], grid[2 * line + 1, column], system, table[table["system"] == system])
        grid[2 * line, column].tick_params(labelbottom=False)
        grid[2 * line + 1, column].tick_params(labelbottom=True)
        if column == 0:
            grid[2 * line, column].set_ylabel(words["share"])
            grid[2 * line + 1, column].set_ylabel(words["number"])
        grid[2 * line + 1, column].set_xlabel(words["confidence"])
    return figure


def _panel(axes, below, system, bins):
    for part in (axes, below):
        part.set_axis_on()
        part.set_xlim(0, 1)
    width = (bins["high"] - bins["low"]).to_numpy()
    axes.bar(bins["low"], bins["accuracy"].fillna(0), width, align="edge", color=BLUE, alpha=0.35, edgecolor="white")
    axes.plot([0, 1], [0, 1], color="0.4", linestyle="--", linewidth=1)
    axes.plot(bins["confidence"], bins["accuracy"], "o-", color=BLUE, markersize=4, linewidth=1.2)
    axes.set_ylim(0, 1.03)
    axes.set_title(f"{system}\nECE {expected_calibration_error(bins):.3f}")
    below.bar(bins["low"], bins["clips"], width, align="edge", color=VERMILLION, edgecolor="white")
    below.locator_params(axis="y", nbins=2, integer=True)
