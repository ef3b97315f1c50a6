"""Rule plot_scores: the systems' MAP@3 with intervals as a picture."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from workflow_scripts.common.files import written_whole
from workflow_scripts.common.stage import run
from workflow_scripts.scoring.score_table import clips_of, read_scores

# split: name, colour (of Okabe & Ito 2008, which the colour-blind can tell apart), marker, place on the system's line
STYLES = {
    "all": ("test clips", "#0072B2", "o", -0.14),
    "oof_verified": ("verified training clips, out of fold", "#D55E00", "s", 0.14),
}


def main(*, scores: Path, plot: Path, settings: dict):
    """Draw a PNG: one line per system in the score table's order. ``settings``: dataset (its name, for the title)."""
    table = read_scores(scores)
    systems = list(table.index.unique("system"))
    figure = Figure(figsize=(9, 1.6 + 0.55 * len(systems)), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    published = False
    for split, (name, colour, marker, offset) in STYLES.items():
        if split not in table.index.unique("split"):
            continue
        rows = table.xs((split, "map3"), level=("split", "metric")).loc[systems]
        lines = np.arange(len(systems)) + offset
        value = rows["value"].to_numpy()
        reach = np.abs([rows["low"] - value, rows["high"] - value])
        look = {"color": colour, "fmt": marker, "markersize": 6, "capsize": 3, "clip_on": False}
        axes.errorbar(value, lines, xerr=reach, label=f"{name} ({clips_of(table, split)})", **look)
        for number, line in zip(value, lines, strict=True):
            right_of_axes = {"transform": axes.get_yaxis_transform(), "va": "center", "color": colour}
            axes.text(1.012, line, f"{number:.3f}", fontsize=9, **right_of_axes)
        axes.plot(rows["published"], lines, "D", color=colour, fillstyle="none", markersize=9, clip_on=False)
        published |= rows["published"].notna().any()
    if published:
        axes.errorbar([], [], fmt="D", color="0.3", fillstyle="none", markersize=9, label="published")
    axes.set_title(f"{settings['dataset']}: MAP@3 with 95 % intervals", loc="left", fontsize=11)
    axes.set_xlabel("MAP@3")
    axes.set_xlim(np.clip(axes.get_xlim(), 0, 1))
    axes.set_yticks(range(len(systems)), systems)
    axes.set_ylim(len(systems) - 0.5, -0.5)  # the first system on top
    axes.set_axisbelow(True)
    axes.grid(axis="x", color="0.9")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    with written_whole(plot) as partial:
        # without the version of the library: same scores, same bytes
        figure.savefig(partial, format="png", metadata={"Software": None})


if __name__ == "__main__":
    run(main)
