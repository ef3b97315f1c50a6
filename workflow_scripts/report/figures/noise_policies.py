"""Which label-noise policy helps."""

import numpy as np

from workflow_scripts.report.figures.splits import clips_in_words
from workflow_scripts.report.figures.style import BLUE, GREY, VERMILLION, column_beside, new_figure, one_row_each

MARKERS = {"all": ("o", BLUE), "oof_verified": ("s", VERMILLION)}


def noise_policies(table, by_seed, dataset, system):
    """Return the figure: a row per policy, MAP@3 of test clips and of verified clips out of fold side by side.

    ``table``: that of the comparison, see workflow_scripts/tables/noise_policies.py. ``by_seed``: columns policy,
    split and value, MAP@3 of each seed.
    """
    table = table[table["metric"] == "map3"]
    splits = [split for split in MARKERS if split in set(table["split"])]
    policies = list(table["policy"].unique())
    first = policies[0]
    figure = new_figure(
        f"{dataset}: {system} under label-noise policies, MAP@3 with 95 % intervals over {_drawn(table)}\n"
        f"light: single seeds. At the right: the difference to {first}, and its interval",
        145 + 34 * len(policies),
    )
    panels = np.atleast_1d(figure.subplots(1, len(splits), sharex=True))
    for place, (split, axes) in enumerate(zip(splits, panels, strict=True)):
        rows = table[table["split"] == split].set_index("policy").loc[policies]
        marker, colour = MARKERS[split]
        one_row_each(axes, policies if place == 0 else [""] * len(policies))
        axes.set_title(clips_in_words(split, rows["clips"].iloc[0]), pad=22)  # above the columns' headings
        axes.axvline(rows["value"][first], color=GREY, linewidth=0.8)
        seeds = by_seed[by_seed["split"] == split]
        lines = seeds["policy"].map(policies.index) + 0.25
        axes.plot(seeds["value"], lines, marker, color=colour, alpha=0.35, markersize=4, clip_on=False)
        value = rows["value"].to_numpy(float)
        reach = np.abs([rows["low"] - value, rows["high"] - value])
        axes.errorbar(
            value, range(len(policies)), xerr=reach, fmt=marker, color=colour, markersize=6, capsize=3, clip_on=False
        )
        column_beside(axes, 45, "MAP@3", [f"{number:.3f}" for number in value])
        column_beside(axes, 220, "difference", [_difference(row) for _, row in rows.iterrows()])
        axes.set_xlabel("MAP@3")
        axes.grid(axis="x")
    return figure


def _drawn(table):
    drawn = table["intervals_over"].iloc[0]
    return drawn if table["seeds"].iloc[0] > 1 else f"{drawn} only (one seed)"


def _difference(row):
    if np.isnan(row["difference"]):
        return ""
    difference = f"{row['difference']:+z.3f}"  # z: no minus before zero
    if np.isnan(row["difference_low"]):
        return difference
    return f"{difference} [{row['difference_low']:+.3f}, {row['difference_high']:+.3f}]"
