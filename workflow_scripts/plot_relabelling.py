"""Rule plot_relabelling: what relabelling made of the labels of each class in every round."""

from pathlib import Path

from workflow_scripts.artefacts.corrected_labels import read_corrected
from workflow_scripts.common.stage import run
from workflow_scripts.figures.relabelled import relabelled_labels
from workflow_scripts.figures.style import save


def main(*, corrected: list[Path], plot: Path, settings: dict):
    """Draw how many labels of each class were kept, promoted and replaced.

    ``corrected``: the tables of corrected labels. ``settings``: dataset (its name), corrected ([ensemble, round] in
    their order), classes.
    """
    keys = map(tuple, settings["corrected"])
    tables = {key: read_corrected(path) for key, path in zip(keys, corrected, strict=True)}
    save(relabelled_labels(tables, settings["classes"], settings["dataset"]), plot)


if __name__ == "__main__":
    run(main)
