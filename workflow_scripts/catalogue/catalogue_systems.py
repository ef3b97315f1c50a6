"""Rule catalogue_systems: every recipe and published ensemble, with its size, its scores, and where it was run here."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workflow_scripts.common.parts import load_part
from workflow_scripts.common.stage import run
from workflow_scripts.tables.models import read_model
from workflow_scripts.tables.scores import read_scores
from workflow_scripts.tables.tables import write_table
from workflow_scripts.training.model import build_network

COLUMNS = ["system", "kind", "title", "paper", "front_end", "network", "pretrained", "label_noise", "parameters"]
COLUMNS += ["published", "run", "run_parameters", "run_map3", "run_event_f1", "run_split"]
SPLITS = ["all", "oof_verified"]  # whose MAP@3 is shown, the first that the data set has


@dataclass(frozen=True)
class Settings:
    systems: dict[
        str, dict
    ]  # each has title, source, published, label_noise, front_end, pretrained, classes (how many)
    # and network, or classifier and values (how many its vectors have)
    ensembles: dict[str, dict]  # each has title, source, published, label_noise, systems
    content: str | None = None  # hash of the score tables, which stands for them in the fingerprint


def main(*, results: Path, catalogue: Path, settings: Settings):
    """Write ``catalogue``: one row per system or ensemble and data set that it was run on, or one with ``not run``.

    | column | what |
    |---|---|
    | system, kind | name; ``system`` or ``ensemble`` |
    | title, paper, front_end, network, label_noise | from the recipe, at the published size; or its classifier |
    | pretrained | names of the weights (weights/) that it builds on |
    | parameters | trainable ones at the published size; of an ensemble those of its systems, one model each |
    | published | what its authors report: measure, split and value |
    | run | the folder of the data set below ``results``, or ``not run`` |
    | run_parameters | trainable ones of what was run there, which may have been a reduced size |
    | run_map3, run_split | MAP@3 there, on all test clips (``all``) or else on ``oof_verified`` |
    | run_event_f1, run_split | of Task 4: event-based F1 of the last round, on the first usage of test clips |
    """
    systems, ensembles = settings.systems, settings.ensembles
    sizes = {name: trainable_parameters(entry) for name, entry in systems.items()}
    scores = {path.parent: read_scores(path) for path in sorted(results.glob("*/scores.csv"))}
    detected = {path.parent: read_scores(path) for path in sorted(results.glob("*/event_scores.csv"))}
    rows = []
    for kind, members in (("system", systems), ("ensemble", ensembles)):
        for name, entry in members.items():
            parts = entry.get("systems", [name])
            row = {"system": name, "kind": kind, "title": entry["title"], "paper": entry["source"]}
            row |= {"front_end": _named(entry.get("front_end")), "network": _named(_learner(entry))}
            row["pretrained"] = ", ".join(dict.fromkeys(filter(None, (systems[part]["pretrained"] for part in parts))))
            row |= {"label_noise": entry["label_noise"], "parameters": sum(sizes[part] for part in parts)}
            row["published"] = "; ".join(map(_published, entry["published"]))
            runs = [_run(folder, table, name, parts) for folder, table in scores.items() if name in table.index]
            runs += filter(None, (_detection(folder, table, name, parts) for folder, table in detected.items()))
            rows += [row | found for found in runs or [{"run": "not run"}]]
    table = pd.DataFrame(rows, columns=COLUMNS)
    write_table(table.astype({"run_parameters": "Int64"}), catalogue)
    print(
        table[["system", "parameters", "run", "run_parameters", "run_map3", "run_event_f1"]]
        .astype(object)
        .fillna("")
        .to_string(index=False)
    )


def trainable_parameters(described):
    """Return how many numbers a training changes.

    ``described``: ``classes``, their number, and ``network`` or ``classifier``, the recipe's section; of the latter
    ``values``, how many its vectors have.
    """
    if "classifier" in described:
        part = load_part("parts.classifiers", described["classifier"]["name"])
        return part.parameters(described["values"], described["classes"])
    network = build_network(described["network"], described["classes"], "meta")
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def _run(folder, scores, name, parts):
    split = next((split for split in SPLITS if (name, split, "map3") in scores.index), None)
    found = {"run": str(folder), "run_split": split, "run_map3": split and scores.loc[(name, split, "map3"), "value"]}
    return found | _parameters_of_run(folder, parts)


def _detection(folder, scores, name, parts):
    """Return the same of a system or ensemble of Task 4, nothing where it was not run."""
    rounds = [row for row in scores.index.unique("system") if row == name or row.startswith(f"{name} round ")]
    if not rounds:
        return {}
    split = scores.index.unique("split")[0]
    f1 = scores.loc[(rounds[-1], split, "event_f1"), "value"]
    return {"run": str(folder), "run_split": split, "run_event_f1": f1} | _parameters_of_run(folder, parts)


def _parameters_of_run(folder, parts):
    """Return the trainable parameters of what was run; nothing where a model is not there any more."""
    models = [next(folder.glob(f"systems/{part}/stage*/fold0/model.safetensors"), None) for part in parts]
    if None in models:
        return {}
    described = [_described(path) for path in models]
    return {"run_parameters": sum(map(trainable_parameters, described))}


def _described(path):
    tensors, description = read_model(path, framework="np")
    return description | ({"values": len(tensors["mean"])} if "classifier" in description else {})


def _learner(entry):
    return entry.get("network", entry.get("classifier"))


def _published(score):
    of_round = f", round {score['round']}" if "round" in score else ""
    return f"{score['metric']} {score['split']} {score['value']}{of_round}"


def _named(part):
    """Return a part of a recipe as text: its name and parameters."""
    if part is None:
        return ""
    parameters = ", ".join(f"{key} {value}" for key, value in part.items() if key != "name")
    return f"{part['name']} ({parameters})" if parameters else part["name"]


if __name__ == "__main__":
    run(main)
