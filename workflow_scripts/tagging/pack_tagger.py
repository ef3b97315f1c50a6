"""Rule pack_tagger: writes down all that is needed to tag sounds with the trained ensemble."""

import logging
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.common.stage import run
from workflow_scripts.tables.rounds import read_rounds
from workflow_scripts.tagging.manifest import Manifest, Named, System, write_manifest

log = logging.getLogger("pack_tagger")


@dataclass(frozen=True)
class Settings:
    ensemble: str  # its name
    task: str  # module in workflow_scripts/tasks
    classes: list[str]
    fusion: str  # how it fuses: `stack`, `arithmetic-mean` or `geometric-mean`
    systems: list[dict]  # of each: system (its name), front_end, learner, numbers of rounds and folds
    weights: list[float] | None = None  # of the systems in a mean; None: all the same


def main(
    *,
    rounds: list[Path],
    models: list[Path],
    stack: list[Path],
    pretrained: list[Path] = (),
    manifest: Path,
    settings: Settings,
):
    """Write the manifest of the models of the systems' chosen rounds, and of their fusion.

    ``rounds``: per system the table of its rounds. ``models``: system by system and round by round those of all folds.
    ``stack``: the file of the stack that fuses them, none for a mean.
    ``pretrained``: the files of the networks that compute embeddings, each in a folder of its name.
    """
    models, systems, named = list(models), [], {path.parent.name: path for path in pretrained}
    for table, recipe in zip(rounds, settings.systems, strict=True):
        count, folds = recipe["rounds"], recipe["folds"]
        chosen = _chosen_round(table, count)
        of_system, models = models[: count * folds], models[count * folds :]
        files = [Named.of(path, manifest) for path in of_system[chosen * folds : (chosen + 1) * folds]]
        log.info("%s: round %d, %s", recipe["system"], chosen, ", ".join(file.path for file in files))
        sections = {key: recipe[key] for key in ("system", "front_end", "learner")}
        embedding = recipe["front_end"].get("embedding")
        weights = embedding and Named.of(named[embedding["weights"]], manifest)
        systems.append(System(round=chosen, models=files, pretrained=weights, **sections))
    described = Manifest(
        task=settings.task,
        classes=settings.classes,
        ensemble=settings.ensemble,
        fusion=settings.fusion,
        stack=Named.of(stack[0], manifest) if stack else None,
        systems=systems,
        weights=settings.weights,
    )
    write_manifest(described, manifest)


def _chosen_round(path, count):
    table = read_rounds(path)
    chosen = table.loc[table["chosen"] == 1, "round"].tolist()
    if len(chosen) != 1 or chosen[0] not in range(count):
        raise DamagedError(path, f"the chosen rounds are {chosen}, not one of {count}")
    return chosen[0]


if __name__ == "__main__":
    run(main)
