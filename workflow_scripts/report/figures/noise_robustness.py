"""How scores fall as more labels are wrong."""

from itertools import cycle

from workflow_scripts.report.figures.style import BLUE, GREEN, ORANGE, PURPLE, VERMILLION, in_words, new_figure

IN_A_ROW = 4  # policies in the legend
METRICS = {"map3": "MAP@3", "accuracy": "accuracy"}
LOOKS = [(colour, marker) for marker in "os^Dv<>P" for colour in (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, "0.2")]


def noise_robustness(table, dataset, system):
    """Return the figure: a column per kind of noise, a row per metric, in each panel a line per policy over the rates.

    ``table``: that of the comparison, see workflow_scripts/tables/noise_robustness.py.
    """
    kinds, policies = table["kind"].unique(), table["policy"].unique()
    first = table.iloc[0]
    figure = new_figure(
        f"{dataset}: {system} as training labels are made wrong, on {in_words(first['clips'])} whose labels are right\n"
        f"lines: mean of {first['seeds']} seeds, of noise and training; bands: from the lowest to the highest",
        600 + 24 * -(-len(policies) // IN_A_ROW),
    )
    grid = figure.subplots(len(METRICS), len(kinds), squeeze=False, sharex=True, sharey="row")
    for line, (metric, name) in zip(grid, METRICS.items(), strict=True):
        line[0].set_ylabel(name)
        for axes, kind in zip(line, kinds, strict=True):
            rows = table[(table["kind"] == kind) & (table["metric"] == metric)].sort_values("rate")
            for policy, (colour, marker) in zip(policies, cycle(LOOKS), strict=False):
                curve = rows[rows["policy"] == policy]
                axes.fill_between(curve["rate"], curve["lowest"], curve["highest"], color=colour, alpha=0.15, lw=0)
                style = {"color": colour, "marker": marker, "markersize": 5, "label": policy}
                axes.plot(curve["rate"], curve["value"], **style)
            axes.grid(axis="y")
            axes.set_xticks(sorted(rows["rate"].unique()))
    for axes, kind in zip(grid[0], kinds, strict=True):
        axes.set_title(kind.replace("_", " "))
    for axes in grid[-1]:
        axes.set_xlabel("share of the unverified labels that are wrong")
    figure.legend(
        *grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=min(len(policies), IN_A_ROW)
    )
    return figure
