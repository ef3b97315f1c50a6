"""What the rules in ``rules/tagging.smk`` read, their parameters, and what tagging asks a cluster for."""

from pathlib import Path

from workflow_scripts.common.digest import digest
from workflow_scripts.common.errors import UserError
from workflow_scripts.front_ends.plan import files_of_weights, front_end_parts, made_from
from workflow_scripts.fusion.plan import fusion
from workflow_scripts.study import requests
from workflow_scripts.study.contents import content_of
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.study import FITTED
from workflow_scripts.tagging.sounds import WINDOW_SECONDS, is_file, sounds_in
from workflow_scripts.training.plan import files_of_folds, files_of_systems, learner, learner_parts


def check(study):
    """Raise UserError where windows would leave gaps."""
    for name in study.config["tagging"]:
        _asked(study, name)


# ---------------------------------------------------------------- the tagger


def rounds_tables(study, wildcards):
    return files_of_systems(wildcards.dataset, _taggers(study), "rounds.csv")


def tagger_models(study, wildcards):
    """Of all stages that learn labels: which one is chosen is known only when the job runs."""
    return [
        path
        for system in _taggers(study)
        for stage in study.answering_stages(system)
        for path in files_of_folds(study, wildcards.dataset, system, stage.number, "model.safetensors")
    ]


def tagger_stack(study, wildcards):
    name = study.config["answer"]
    stacked = study.fused[name]["fusion"] in FITTED
    return [f"results/{wildcards.dataset}/ensemble/{name}/stack.safetensors"] if stacked else []


def weights_of_front_ends(study, wildcards):
    """The files of pretrained networks, each once."""
    front_ends = [study.recipe(system)["front_end"] for system in _taggers(study)]
    return list(dict.fromkeys(file for front_end in front_ends for file in files_of_weights(front_end)))


def pack_tagger(study, wildcards):
    name = study.config["answer"]
    systems = []
    for system in _taggers(study):
        recipe = study.recipe(system)
        sections = {"front_end": made_from(recipe["front_end"]), "learner": learner(recipe)}
        counts = {"rounds": len(study.answering_stages(system)), "folds": len(study.folds_of(system))}
        systems.append({"system": system, **counts, **sections})
    of_dataset = {"task": study.task(wildcards.dataset), "classes": study.classes(wildcards.dataset)}
    return fingerprint("tagging.pack_tagger", ensemble=name, systems=systems, **of_dataset, **fusion(study, name))


# ---------------------------------------------------------------- the sounds


def tag_sounds(study, wildcards):
    asked = _asked(study, wildcards.name)
    sounds = sounds_in(asked["sounds"])
    of_list = [] if Path(asked["sounds"]).is_dir() else [path for _, path in sounds if is_file(path)]
    content = content_of([asked["sounds"], *of_list])
    missing = digest([name for name, path in sounds if not is_file(path)])
    parts = {part for system in _taggers(study) for part in _tagging_parts(study, system)}
    return fingerprint("tagging.tag_sounds", sorted(parts), content=content, missing=missing, **asked)


def minutes(study, wildcards, attempt):
    return requests.minutes(_need(study, wildcards), attempt)


def megabytes(study, wildcards, attempt):
    return requests.megabytes(_need(study, wildcards), attempt)


# ---------------------------------------------------------------- helpers


def _taggers(study):
    """The systems of the ensemble that answers."""
    systems = study.fused[study.config["answer"]]["systems"]
    for system in systems:
        if "vectors" in study.recipe(system)["front_end"]:
            raise UserError(f"systems/{system}.yaml: it knows a data set's own embeddings, and sounds have none")
    return systems


def _tagging_parts(study, system):
    recipe = study.recipe(system)
    return [*front_end_parts(made_from(recipe["front_end"])), *learner_parts(recipe)]


def _need(study, wildcards):
    asked = _asked(study, wildcards.name)
    overlap = asked["window_seconds"] / asked["hop_seconds"]
    clips = overlap * requests.clips_in(path for _, path in sounds_in(asked["sounds"]))
    systems = _taggers(study)
    networks = [requests.expected_prediction(study, system, 0, clips).seconds for system in systems]
    front_ends = requests.of_clips("tag_sounds", clips)
    return front_ends._replace(seconds=front_ends.seconds + sum(networks))


def _asked(study, name):
    """What config.yaml says of the sounds ``name``, complete."""
    tagging = study.config["tagging"]
    if name not in tagging:
        known = ", ".join(tagging) or "none"
        raise UserError(f"config.yaml: tagging: there is no {name!r}; there are {known}")
    window = tagging[name].get("window_seconds", WINDOW_SECONDS)
    hop = tagging[name].get("hop_seconds", window / 2)
    if hop > window:
        raise UserError(
            f"config.yaml: tagging.{name}: hop_seconds is {hop}, longer than a window of {window} s, which would leave "
            "gaps; correct it"
        )
    return {"sounds": tagging[name]["sounds"], "window_seconds": window, "hop_seconds": hop}
