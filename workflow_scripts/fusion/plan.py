"""What the rules in ``rules/fusion.smk`` read, and their parameters: the second level, means and stacks."""

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.training.plan import corrected_labels, files_of_systems, pattern


def check(study):
    if study.config["answer"] not in study.fused:
        known = ", ".join(study.fused)
        raise UserError(
            f"config.yaml: answer: {study.config['answer']!r} is no ensemble of these systems; there are {known}"
        )


def ensembles_pattern(study, *fusions):
    """Return a regular expression for what is fused in one of these ways."""
    return pattern(name for name, ensemble in study.fused.items() if ensemble["fusion"] in fusions)


def correctors_pattern(study):
    """Return a regular expression for the ensembles that correct labels."""
    return pattern(name for name, e in (study.fused | study.policy_ensembles).items() if e["stages"])


def fused_oof(study, wildcards):
    return files_of_systems(wildcards.dataset, study.fused[wildcards.ensemble]["systems"], "oof.parquet")


def fused_test(study, wildcards):
    return files_of_systems(wildcards.dataset, study.fused[wildcards.ensemble]["systems"], "test.parquet")


def average_systems(study, wildcards):
    ways, task = fusion(study, wildcards.ensemble), study.task(wildcards.dataset)
    ways |= study.partial(study.fused[wildcards.ensemble]["systems"])
    classes = study.classes(wildcards.dataset)
    return fingerprint("fusion.average_systems", [("tasks", task)], task=task, classes=classes, **ways)


def fusion(study, name):
    """How the systems of an ensemble are fused."""
    ensemble = study.fused[name]
    weights = ensemble.get("weights")
    of_systems = {"weights": [weights[system] for system in ensemble["systems"]]} if weights else {}
    return {"fusion": ensemble["fusion"]} | of_systems


def stack_systems(study, wildcards):
    systems, task = study.ensemble(wildcards.ensemble)["systems"], study.task(wildcards.dataset)
    settings = {key: study.config["stack"][key] for key in ("C", "unverified_weight")} | study.partial(systems)
    settings |= {"fusion": study.ensemble(wildcards.ensemble)["fusion"], "systems": systems, "task": task}
    settings["classes"] = study.classes(wildcards.dataset)
    return fingerprint("fusion.stack_systems", [("tasks", task)], **settings)


def stack_folds(study, wildcards):
    return f"results/{wildcards.dataset}/folds/{study.config['stack']['folds']}.csv"


def stacked_labels(study, wildcards):
    """Corrected labels that all systems of a stack have learned from last; none where there are no such."""
    systems = study.fused[wildcards.ensemble]["systems"]
    corrector, *others = {study.corrector_of.get(system) for system in systems}
    if others or corrector is None:
        return []
    return [corrected_labels(wildcards.dataset, corrector, study.stages(systems[0])[-1].number)]


def oof_of_stage(study, wildcards):
    return _files_of_stage(study, wildcards, "oof.parquet")


def test_of_stage(study, wildcards):
    return _files_of_stage(study, wildcards, "test.parquet")


def labels_of_stage(study, wildcards):
    """What the systems of this stage have learned from; none where it is the given labels."""
    given = study.stage(study.ensemble(wildcards.ensemble)["systems"][0], wildcards.stage).labels == "given"
    return [] if given else [corrected_labels(wildcards.dataset, wildcards.ensemble, wildcards.stage)]


def _files_of_stage(study, wildcards, name):
    systems = study.ensemble(wildcards.ensemble)["systems"]
    return files_of_systems(wildcards.dataset, systems, f"stage{wildcards.stage}/{name}")
