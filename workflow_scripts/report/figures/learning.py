"""How training went: losses against epochs, round after round."""

from matplotlib.ticker import FuncFormatter, LogLocator

from workflow_scripts.report.figures.style import BLUE, CHARACTER, GREEN, VERMILLION, WIDTH, new_figure

CURVES = {
    "training_loss": ("training loss", BLUE),
    "verified_loss": ("loss on the verified clips held out", VERMILLION),
}
SMALLEST = 1e-4  # loss that is drawn


def learning_curves(histories, rounds, dataset, judges):
    """Return the figure: a panel per system, its rounds one after the other, a thin line per fold, their mean bold.

    ``histories``: columns system, round, fold, epoch, learning_rate (NaN: classifiers to choose from, not epochs),
    training_loss, verified_loss. ``rounds``: columns system, round,
    score (text), chosen (0/1). ``judges``: the clips that the verified loss is measured on, in words.
    """
    systems = list(rounds["system"].unique())
    columns = min(len(systems), 2)
    title = f"{dataset}: learning curves; the verified loss is that of {judges}"
    figure = new_figure(title, 90 + 235 * -(-len(systems) // columns))
    grid = figure.subplots(-(-len(systems) // columns), columns, squeeze=False).ravel()
    for axes in grid[len(systems) :]:
        axes.set_axis_off()
    for axes, system in zip(grid, systems, strict=False):
        of_system = histories["system"] == system
        _panel(axes, system, histories[of_system], rounds[rounds["system"] == system], WIDTH * 0.9 / columns)
    entries = {}
    for axes in grid:
        entries |= {name: handle for handle, name in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(entries.values(), entries, loc="outside lower center", ncols=3)
    return figure


def _panel(axes, system, histories, rounds, width):
    lengths = histories.groupby("round")["epoch"].max()
    begins = lengths.cumsum() - lengths
    table = histories.assign(x=histories["round"].map(begins) + histories["epoch"])
    marker = {"marker": ".", "markersize": 5} if lengths.min() < 3 else {}
    for column, (name, colour) in CURVES.items():
        losses = table.pivot_table(index=["round", "x"], columns="fold", values=column).clip(lower=SMALLEST)
        for number, part in losses.groupby(level="round"):
            x = part.index.get_level_values("x")
            axes.plot(x, part, color=colour, linewidth=0.7, alpha=0.4)
            label = f"{name} (thin: folds, bold: their mean)" if number == lengths.index[0] else None
            axes.plot(x, part.mean(axis=1), color=colour, linewidth=1.8, label=label, **marker)
    axes.set_xlim(0.5, lengths.sum() + 0.5)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
    axes.yaxis.set_minor_locator(LogLocator(subs=()))
    axes.grid(axis="y")
    counted = "epoch" if histories["learning_rate"].notna().any() else "classifier to choose from"
    axes.set_xlabel(f"{counted}, all rounds counted" if len(lengths) > 1 else counted)
    axes.set_ylabel("cross-entropy")

    chosen = rounds.loc[rounds["chosen"] == 1].iloc[0]
    score = chosen["score"]
    if len(lengths) == 1:
        axes.set_title(f"{system}: {score}", weight="bold")
        return
    axes.set_title(f"{system}: round {chosen['round']:.0f} is chosen, {score}", weight="bold", pad=20)
    for number in lengths.index:
        begin, end = begins[number] + 0.5, begins[number] + lengths[number] + 0.5
        if number == chosen["round"]:
            axes.axvspan(begin, end, color=GREEN, alpha=0.18, linewidth=0, label="the round chosen")
        if begin > 0.5:
            axes.axvline(begin, color="0.6", linewidth=0.8)
        room = width * lengths[number] / lengths.sum()
        name = f"round {number}" if room > 8 * CHARACTER else f"{number}"
        if room > CHARACTER * len(name) or number == chosen["round"]:
            style = {"weight": "bold", "color": GREEN} if number == chosen["round"] else {"color": "0.35"}
            over = axes.get_xaxis_transform()
            axes.text((begin + end) / 2, 1.02, name, transform=over, ha="center", va="bottom", fontsize=8.5, **style)
