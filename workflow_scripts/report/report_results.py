"""Rule report_results: what a run of Task 2 has found, as tables beside the scores, a page and figures."""

from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.report.acceptance import report_acceptance
from workflow_scripts.report.accepted import plot_accepted
from workflow_scripts.report.classes import plot_classes
from workflow_scripts.report.ensemble import plot_effects, plot_reliability, plot_weights
from workflow_scripts.report.page import write_score_page
from workflow_scripts.report.pruning import report_pruning
from workflow_scripts.report.published import compare_published
from workflow_scripts.report.relabelled import plot_relabelled
from workflow_scripts.report.relabelling import report_relabelling
from workflow_scripts.report.scores_plot import plot_scores
from workflow_scripts.report.trimming import plot_trimming


@dataclass(frozen=True)
class Settings:
    dataset: str  # its name
    task: str  # module in workflow_scripts/tasks
    classes: list[str]
    answer: str  # the ensemble that answers
    stack: str  # the one whose `weights` are drawn
    published: list[dict]  # see `compare_published`
    stores: list[tuple[str, str]]  # (feature store, silence rule) in the order of `segments`
    examples: list[tuple[str, str]]  # (name of a way to cut silence, feature store that uses it)
    accepted: list[tuple[str, int]]  # (system, round) in the order of these files
    verifying: list[str]  # the systems in the order of `rounds`
    corrected: list[tuple[str, int]]  # (ensemble, round) in the order of these files
    pruned: list[tuple[str, int, int]] = ()  # (system, round, fold) in the order of these files
    true_labels: str | None = None  # path of a CSV (fname, true_label)
    content: str | None = None  # hash of what a user's own folder holds, which stands for it in the fingerprint


def main(
    *,
    clips: Path,
    facts: Path,
    segments: list[Path],
    accepted: list[Path],
    rounds: list[Path],
    corrected: list[Path],
    pruned: list[Path],
    weights: Path,
    scores: Path,
    comparisons: Path,
    by_class: Path,
    confusions: Path,
    reliability: Path,
    effects: Path,
    published: Path,
    self_verification: Path,
    relabelling: Path,
    pruning: Path,
    page: Path,
    scores_plot: Path,
    figures: Path,
    settings: Settings,
):
    """Write the tables ``published``, ``self_verification``, ``relabelling``, ``pruning``, the page and all figures.

    ``facts``: the audio facts. ``segments``: one table per front end. ``accepted``, ``rounds``, ``corrected``: what
    self-verification accepted in each round, which round was chosen, and what relabelling made of the labels.
    ``pruned``: what became of the clips that a fold could be pruned of; ``pruning`` is only written where there are
    any.
    ``weights``: of a stack. ``scores`` to ``effects``: the tables of rule score_systems. ``figures``: the folder of all
    figures but ``scores_plot``; ``accepted_labels.png`` and ``relabelled_labels.png`` are only drawn where there are
    such rounds, each with its table of all classes beside it. True labels judge what was done to labels; nothing is
    learned from them.
    """
    main, words = load_part("tasks", settings.task).MAIN, load_part("tasks.words", settings.task)
    dataset, classes, truth = settings.dataset, settings.classes, settings.true_labels
    accepting, correcting = settings.accepted, settings.corrected

    of_systems = dict(zip(settings.verifying, rounds, strict=True))
    compare_published(scores, settings.published, dataset, published, of_systems)
    report_acceptance(accepted, accepting, rounds, settings.verifying, self_verification, truth, classes)
    report_relabelling(clips, corrected, correcting, relabelling, truth)
    if settings.pruned:
        report_pruning(pruned, settings.pruned, pruning, truth)
    write_score_page(scores, comparisons, by_class, published, page, dataset, settings.answer, settings.task)

    def figure(name):
        return figures / f"{name}.png"

    plot_scores(scores, scores_plot, dataset, main, words.MAIN_NAME)
    of_classes = figure("class_f1"), figure("confusion")
    plot_classes(by_class, confusions, comparisons, *of_classes, dataset, settings.answer, classes, words.COUNTED)
    plot_effects(effects, figure("stage_effects"), dataset, main, words.MAIN_NAME)
    plot_weights(weights, figure("stack_weights"), dataset, settings.stack)
    plot_reliability(reliability, figure("reliability"), dataset, words.RELIABILITY)
    if accepting:
        plot_accepted(accepted, accepting, figure("accepted_labels"), dataset, classes, truth)
    if correcting:
        plot_relabelled(corrected, correcting, figure("relabelled_labels"), dataset, classes)
    of_trimming = figure("durations"), figure("trimmed_clip")
    plot_trimming(clips, facts, segments, *of_trimming, dataset, settings.stores, settings.examples)


if __name__ == "__main__":
    run(main)
