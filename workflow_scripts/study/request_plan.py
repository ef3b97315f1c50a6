"""What the rules' jobs ask a cluster for: the resources ``runtime`` and ``mem_mb`` of all but the light local ones.

They invalidate nothing. Snakemake calls these functions when it plans, again when a job can start, and again for each
further attempt.
"""

from pathlib import Path

from workflow_scripts.common.digest import digest
from workflow_scripts.study import requests
from workflow_scripts.training.plan import estimated_recipe


def minutes(study, wildcards, attempt, rulename):
    return requests.minutes(_need(study, wildcards, rulename), attempt)


def megabytes(study, wildcards, attempt, rulename):
    return requests.megabytes(_need(study, wildcards, rulename), attempt)


def _need(study, wildcards, rule):
    train, test = requests.clip_counts(study.data(wildcards.dataset))
    if rule in requests.CLIP_COSTS:
        return requests.of_clips(rule, train + test)
    system = wildcards.system
    recipe = study.recipe(system)
    if rule == "measure_speed":
        return requests.Need(requests.PROBE_SECONDS, recipe["cost"]["memory_mb"])
    if rule == "prune_clips":
        return requests.expected_judging(study, system, study.stage(system, wildcards.stage), train, test)
    table = Path(f"results/{wildcards.dataset}/training_hours.csv")
    stage = requests.PREDICTIONS.get(rule) or study.stage(system, wildcards.stage).name
    known_by = digest(estimated_recipe(study, system)) if "network" in recipe else None
    if measured := known_by and requests.measured(table, system, known_by, stage, study.device):
        return measured
    if rule in requests.PREDICTIONS:
        return requests.expected_prediction(study, system, train, test)
    return requests.expected_training(study, system, study.stage(system, wildcards.stage), train, test)
