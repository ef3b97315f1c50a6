"""A data set of embeddings without any sound, in AudioSet's form: from its TFRecord files to scores and pictures."""

import pytest
import yaml

from tests.project import Project
from tests.tfrecords import EmbeddingSet
from workflow_scripts.tables.scores import read_scores

SYSTEM = "audioset-mla"
TINY = {
    "network": {"hidden": 16},
    "training": {
        **{"epochs": 2, "batch": 16, "learning_rate": 0.01},
        **{"sampling": {"batches_per_epoch": 20}, "checkpoint_selection": {"count": 2}},
    },
    "held_out": {"share": 0.2},
}


def project_of(folder):
    mine, project = EmbeddingSet(folder), Project(folder / "project")
    config = project.config() | {"dataset": str(mine.file), "systems": [SYSTEM], "answer": "arithmetic-mean"}
    config["sizes"]["tiny"] = config["sizes"]["tiny"] | {SYSTEM: TINY}
    config["baseline"]["front_end_of"] = SYSTEM
    project.write_config(config)
    return project


@pytest.mark.nightly
def test_the_main_job_goes_from_records_to_scores(tmp_path):
    project = project_of(tmp_path)
    status, printed = project.run("results/task2_ensemble.csv")
    assert status == 0, printed
    scores = read_scores(project.folder / "results/mine/scores.csv")["value"]
    assert scores[SYSTEM, "all", "map"] > 0.9 > scores["most-frequent", "all", "map"]
    assert {"auc", "d_prime"} <= {*scores[SYSTEM, "all"].index}
    assert (project.folder / "results/mine/figures/durations.png").is_file()


def test_a_system_and_a_data_set_that_do_not_suit_are_one_line(tmp_path):
    project = project_of(tmp_path)
    status, printed = project.run("--dry-run", "results/mine/features/log-mel-cross-task/frames.npy")
    assert status == 1
    assert "the clips of the dataset mine are embeddings, without any sound; choose another system" in printed
    status, printed = project.run("--dry-run", "results/fsdkaggle2018-demo/features/audioset/frames.npy")
    assert status == 1
    assert "the clips of the dataset fsdkaggle2018-demo are sounds, and it takes embeddings" in printed
    project.write_config(
        yaml.safe_load((project.folder / "config.yaml").read_text()) | {"tagging": {"x": {"sounds": "."}}}
    )
    status, printed = project.run("--dry-run", "results/mine/tags/x.csv")
    assert status == 1
    assert "audioset-mla.yaml: it knows a data set's own embeddings, and sounds have none" in printed
