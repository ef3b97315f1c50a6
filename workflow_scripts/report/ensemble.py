"""What each stage adds, whom the stack trusts, and how far probabilities can be believed."""

from workflow_scripts.report.figures.reliability import reliability_diagrams
from workflow_scripts.report.figures.splits import shown_split
from workflow_scripts.report.figures.stack_weights import stack_weights
from workflow_scripts.report.figures.stage_effects import stage_effects
from workflow_scripts.report.figures.style import save
from workflow_scripts.tables.reliability import read_reliability
from workflow_scripts.tables.stack_weights import read_shares
from workflow_scripts.tables.stage_effects import read_stage_effects
from workflow_scripts.tasks.words import multiclass


def plot_effects(effects, plot, dataset, main="map3", name="MAP@3"):
    """Draw the table ``effects`` of the metric ``main``, which is called ``name``."""
    table = read_stage_effects(effects)
    split = shown_split(table["split"], effects)
    table = table[table["split"] == split]
    save(stage_effects(table, dataset, split, table["clips"].max(), main, name), plot)


def plot_weights(weights, plot, dataset, stack):
    """Draw the table ``weights``, those of ``stack``."""
    save(stack_weights(read_shares(weights), dataset, stack), plot)


def plot_reliability(reliability, plot, dataset, words=multiclass.RELIABILITY):
    """Draw the table ``reliability``; ``words``: see :mod:`workflow_scripts.tasks.words`."""
    bins = read_reliability(reliability)
    split = shown_split(bins["split"], reliability)
    save(reliability_diagrams(bins[bins["split"] == split], dataset, split, words), plot)
