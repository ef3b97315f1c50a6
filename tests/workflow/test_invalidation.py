"""Which rules run again after which edit: exactly those that the edit concerns, by the real Snakemake's dry run.

The dry runs are those of a Snakemake that is loaded already (tests/forked.py), but for a few at the command line.
"""

import os
import shutil

import pytest

from tests.project import Project

ANSWER = {"report_costs": 1, "write_answer": 1, "all": 1}
RESULTS = {"report_results": 1} | ANSWER
SCORES = {"score_systems": 1} | RESULTS
AUDIT = {"audit_labels": 1, "plot_audit": 1}
SCORED = AUDIT | SCORES
FUSION = {"average_systems": 2, "stack_systems": 2} | SCORED  # the stack and the log-linear pool
IQBAL = {"train": 2, "predict_stage": 1, "choose_stage": 1, "plot_learning": 1} | FUSION
DORFER = {
    **{"train": 4, "start_stage": 1, "accept_labels": 1, "predict_stage": 2},
    **{"choose_stage": 1, "plot_learning": 1},
    **FUSION,
}
FRONT_END = {"extract_features": 1, "collect_problems": 1}
BOTH = DORFER | IQBAL | {"train": 6, "predict_stage": 3, "choose_stage": 2}
SECOND_STAGE = {"train": 2, "predict_stage": 1}  # of dorfer-a


def replaced(file, old, new):
    """An edit of a source file."""

    def edit(project):
        path = project.folder / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1))

    return edit


def configured(*keys, value):
    """An edit of config.yaml: the value under nested keys."""

    def edit(project):
        config = project.config()
        section = config
        for key in keys[:-1]:
            section = section[key]
        section[keys[-1]] = value
        project.write_config(config)

    return edit


def with_epochs_and_batch_swapped(project):
    config = project.config()
    training = config["sizes"]["tiny"]["iqbal-vgg13-a"]["training"]
    training["epochs"], training["batch"] = training["batch"], training["epochs"]
    project.write_config(config)


def with_everything_touched(project):
    for path in project.folder.rglob("*"):
        if path.is_file() and "resources" not in path.parts and ".snakemake" not in path.parts:
            os.utime(path)


def with_a_new_network(project):
    shutil.copy(
        project.folder / "workflow_scripts/parts/networks/vgg13.py",
        project.folder / "workflow_scripts/parts/networks/new.py",
    )


def with_a_new_loss(project):
    losses = project.folder / "workflow_scripts/parts/losses"
    shutil.copy(losses / "cross_entropy.py", losses / "new.py")


def with_a_new_loss_in_use(project):
    with_a_new_loss(project)
    replaced("systems/iqbal-vgg13-a.yaml", "training:\n", "training:\n  loss: {name: new}\n")(project)


def without(jobs, *rules):
    return {rule: count for rule, count in jobs.items() if rule not in rules}


SOURCE = "workflow_scripts"
EDITS = {
    "nothing": (lambda project: None, {}),
    "a network": (replaced(f"{SOURCE}/parts/networks/vgg13.py", "norm_momentum=0.01", "norm_momentum=0.02"), IQBAL),
    "the other network": (replaced(f"{SOURCE}/parts/networks/vgg_gap.py", "momentum=0.1", "momentum=0.2"), DORFER),
    "a network nobody uses": (with_a_new_network, {}),
    "the loss": (replaced(f"{SOURCE}/parts/losses/_probabilities.py", "1e-7", "1e-6"), BOTH),
    "a loss nobody uses": (with_a_new_loss, {}),
    "a new loss in one recipe": (with_a_new_loss_in_use, IQBAL),
    "a recipe's learning rate": (replaced("systems/iqbal-vgg13-a.yaml", "0.0005", "0.0006"), IQBAL),
    "who answers": (
        configured("answer", value="geometric-mean"),
        AUDIT | RESULTS,
    ),
    "the device": (
        configured("device", value="cuda"),
        {"measure_speed": 2, "estimate_hours": 1, "write_answer": 1, "all": 1},
    ),
    "the deterministic mode": (configured("deterministic", value=True), {}),
    "a fine-tuning rate": (
        replaced("systems/dorfer-a.yaml", "learning_rate: 0.0001", "learning_rate: 0.0002"),
        without(DORFER, "start_stage", "accept_labels") | SECOND_STAGE,
    ),
    "the acceptance rule": (
        configured("sizes", "tiny", "dorfer-a", "stages", "self_verification", "labels", "cap", value=7),
        without(DORFER, "start_stage") | SECOND_STAGE,
    ),
    "the number of rounds": (
        configured("sizes", "tiny", "dorfer-a", "stages", "self_verification", "repeat", value=2),
        DORFER | SECOND_STAGE,
    ),
    "a sampling": (replaced(f"{SOURCE}/parts/sampling/class_balanced.py", "2 * batch", "batch * 2"), IQBAL),
    "C of the logistic regression": (configured("stack", "C", value=2.0), {"stack_systems": 2} | SCORED),
    "the bootstrap": (
        replaced(f"{SOURCE}/scoring/bootstrap.py", "level=0.95", "level=0.9"),
        SCORES,
    ),
    "the plot": (
        replaced(f"{SOURCE}/report/scores_plot.py", "markersize=9", "markersize=8"),
        RESULTS,
    ),
    "the trim threshold": (
        replaced("systems/dorfer-a.yaml", "threshold: 0.0015", "threshold: 0.002"),
        FRONT_END | DORFER,
    ),
    "a system more": (
        configured("systems", value=["dorfer-a", "iqbal-vgg13-a", "iqbal-vgg13-b"]),
        FRONT_END | IQBAL,
    ),
    "two values of a recipe swapped": (with_epochs_and_batch_swapped, IQBAL),
    "a comment": (replaced(f"{SOURCE}/training/fit.py", "import logging\n", "import logging  # a remark\n"), {}),
    "a docstring": (replaced(f"{SOURCE}/parts/networks/vgg13.py", '"""VGG13', '"""The VGG13'), {}),
    "the times of all files": (with_everything_touched, {}),
    "a mirror of the same archive": (
        replaced("datasets/fsdkaggle2018-demo.yaml", "- resources/", "- ./resources/"),
        {},
    ),
    "the numbers that are checked": (
        replaced("datasets/fsdkaggle2018-demo.yaml", "verified: 125, ", ""),
        {"check_counts": 1} | ANSWER,
    ),
    "how archives are fetched": (replaced(f"{SOURCE}/data/transfer.py", "ATTEMPTS = 5", "ATTEMPTS = 6"), {}),
    "the title of the data set": (replaced("datasets/fsdkaggle2018-demo.yaml", "432 short", "short"), {}),
    "a format that no table has": (replaced(f"{SOURCE}/data/table_formats/events.py", '!= ""', '!= " "'), {}),
    "the time between checkpoints": (configured("checkpoint_seconds", value=60), {}),
    "what a job notes of its costs": (replaced(f"{SOURCE}/common/benchmark.py", '"CPU", 0', '"CPU", 0.0'), {}),
    "a comment in the Snakefile": (replaced("Snakefile", "rule all", "# what is made\nrule all"), {}),
}


PUBLISHED = "ensembles/iqbal-stack8.yaml"
RETRAINED = {"train": 4, "predict_stage": 2, "choose_stage": 2} | FUSION
RETRAINED |= {"average_systems": 2, "stack_systems": 3, "plot_learning": 1}
RELABELLED = {"correct_labels": 1} | RETRAINED
RELABELLING_EDITS = {
    "nothing": (lambda project: None, {}),
    "eta of the second round": (replaced(PUBLISHED, "unverified_weight: 0.9", "unverified_weight: 0.8"), RETRAINED),
    "the weight of promoted clips": (replaced(PUBLISHED, "promoted_weight: 1.0", "promoted_weight: 2"), RETRAINED),
    "tau": (replaced(PUBLISHED, "promote_above: 0.7", "promote_above: 0.8"), RELABELLED),
    "how labels are corrected": (
        replaced(f"{SOURCE}/labels/relabelling.py", "> threshold", ">= threshold"),
        RELABELLED,
    ),
    "C of the logistic regression": (configured("stack", "C", value=2.0), {"stack_stage": 1} | RELABELLED),
    "one of the networks": (
        replaced(f"{SOURCE}/parts/networks/crnn.py", "norm_momentum=0.01", "norm_momentum=0.02"),
        {"stack_stage": 1} | RELABELLED | {"train": 6, "predict_stage": 3},
    ),
    "a layer that one of the networks has": (
        replaced(f"{SOURCE}/parts/layers/gru.py", "0.2 * x", "0.3 * x"),
        {"stack_stage": 1} | RELABELLED | {"train": 6, "predict_stage": 3},
    ),
}


@pytest.mark.parametrize("name", RELABELLING_EDITS)
def test_exactly_the_rules_that_relabelling_concerns_run_again(relabelled, tmp_path, name):
    edit, expected = RELABELLING_EDITS[name]
    project = relabelled.copy(tmp_path / "project")
    edit(project)
    assert project.planned() == expected


@pytest.mark.parametrize("name", EDITS)
def test_exactly_the_rules_concerned_run_again(built, tmp_path, name):
    edit, expected = EDITS[name]
    project = built.copy(tmp_path / "project")
    edit(project)
    assert project.planned() == expected


@pytest.mark.parametrize("name", ["nothing", "a network", "the acceptance rule", "the times of all files"])
def test_at_the_command_line_it_is_the_same(built, tmp_path, name):
    edit, expected = EDITS[name]
    project = built.copy(tmp_path / "project")
    edit(project)
    assert project.planned(by_command=True) == expected


def everything(tmp_path):
    return Project(tmp_path / "new").planned()


def test_what_every_stage_uses_concerns_every_stage_but_the_fetching(built, tmp_path):
    """What has been fetched is known by its MD5, whatever code has fetched it."""
    project = built.copy(tmp_path / "project")
    replaced(f"{SOURCE}/common/stage.py", 'log.error("%s", line)', 'log.error("%s!", line)')(project)
    assert project.planned() == without(everything(tmp_path), "fetch_archive")


def test_another_archive_is_fetched_and_everything_behind_it_made_anew(built, tmp_path):
    project = built.copy(tmp_path / "project")
    replaced("datasets/fsdkaggle2018-demo.yaml", "0b9c1f31", "1b9c1f31")(project)  # the MD5 of audio_train.zip
    one_of_four = {"fetch_archive": 1, "unpack_archive": 1}
    of_other_archives = ["list_clips", "check_counts"]
    assert project.planned() == without(everything(tmp_path), *of_other_archives) | one_of_four


def test_a_fresh_clone_with_the_old_results_has_nothing_to_do(built, tmp_path):
    """New file times for all sources, and none of Snakemake's own records."""
    clone = Project(tmp_path / "clone")
    shutil.copytree(built.folder / "results", clone.folder / "results", symlinks=True)
    assert clone.planned() == {}


def test_a_run_that_got_no_further_than_its_estimate_goes_on_after_an_edit(built, tmp_path):
    """Behind an ancient input that is made anew Snakemake would forget the answer (its issue 4166)."""
    project = built.copy(tmp_path / "project")
    configured("device", value="cuda-or-cpu")(project)  # where the answer waits for the estimate
    status, printed = project.run("results/fsdkaggle2018-demo/training_hours.csv")
    assert status == 0, printed
    for path in (project.folder / "results").rglob("*"):
        if path.is_file() and path.name not in {"clips.csv", "speed.csv", "training_hours.csv"}:
            path.unlink()
    configured("sizes", "tiny", "iqbal-vgg13-a", "training", "epochs", value=3)(project)
    planned = project.planned()
    assert planned == planned | BOTH


def test_a_reverted_edit_is_forgotten(built, tmp_path):
    project = built.copy(tmp_path / "project")
    replaced("systems/iqbal-vgg13-a.yaml", "0.0005", "0.0006")(project)
    replaced("systems/iqbal-vgg13-a.yaml", "0.0006", "0.0005")(project)
    assert project.planned() == {}


def test_after_an_edit_only_what_it_concerns_really_runs(built, tmp_path):
    project = built.copy(tmp_path / "project")
    before = project.tables()
    configured("stack", "C", value=0.01)(project)
    status, printed = project.run()
    assert status == 0, printed
    changed = {path for path, digest in project.tables().items() if before[path] != digest}
    stack = "results/fsdkaggle2018-demo/ensemble/stack"
    assert {f"{stack}/oof.parquet", f"{stack}/test.parquet", "results/task2_scores.csv"} <= changed
    assert not [path for path in changed if "/systems/" in path or "/features/" in path]
    assert project.planned() == {}
