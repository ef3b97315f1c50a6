"""Rule pack_tagger: writes down all that is needed to tag sounds with the trained ensemble."""

import logging
from pathlib import Path

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.common.stage import run
from workflow_scripts.tables.rounds import read_rounds
from workflow_scripts.tagging.manifest import Manifest, Named, System, write_manifest

log = logging.getLogger("pack_tagger")


def main(*, rounds: list[Path], models: list[Path], stack: list[Path], manifest: Path, settings: dict):
    """Write the manifest of the models of the systems' chosen rounds, and of their fusion.

    ``rounds``: per system the table of its rounds. ``models``: system by system and round by round those of all folds.
    ``stack``: the file of the stack that fuses them, none for a mean. ``settings``: classes, ensemble, fusion, maybe
    weights (of the systems in a mean), and ``systems``: per system its name (``system``), ``front_end``, ``windows``,
    ``combine``, numbers of ``rounds`` and ``folds``.
    """
    models, systems = list(models), []
    for table, recipe in zip(rounds, settings["systems"], strict=True):
        count, folds = recipe["rounds"], recipe["folds"]
        chosen = _chosen_round(table, count)
        of_system, models = models[: count * folds], models[count * folds :]
        files = [Named.of(path, manifest) for path in of_system[chosen * folds : (chosen + 1) * folds]]
        log.info("%s: round %d, %s", recipe["system"], chosen, ", ".join(file.path for file in files))
        sections = {key: recipe[key] for key in ("system", "front_end", "windows", "aggregation")}
        systems.append(System(round=chosen, models=files, **sections))
    fusion = {key: settings[key] for key in ("classes", "ensemble", "fusion")}
    of_stack = Named.of(stack[0], manifest) if stack else None
    described = Manifest(**fusion, stack=of_stack, systems=systems, weights=settings.get("weights"))
    write_manifest(described, manifest)


def _chosen_round(path, count):
    table = read_rounds(path)
    chosen = table.loc[table["chosen"] == 1, "round"].tolist()
    if len(chosen) != 1 or chosen[0] not in range(count):
        raise DamagedError(path, f"the chosen rounds are {chosen}, not one of {count}")
    return chosen[0]


if __name__ == "__main__":
    run(main)
