"""A collection of one's own whose clips have any number of labels: one YAML, from the CSV to scores, audit and tags."""

import pandas as pd
import pytest

from tests.collection import CLASSES, Collection, sound
from tests.project import Project
from workflow_scripts.tables.label_audit import read_audit
from workflow_scripts.tables.scores import read_scores

SYSTEM = "cross-task-cnn-multilabel"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several")
    mine = Collection(folder, clips_per_class=6, tests_per_class=3)
    for rows, numbers in ((mine.train, range(6)), (mine.test, range(3))):
        for number in numbers:
            fname = f"both{len(rows)}.wav"
            mine.write(fname, (sound("Tone", number) + sound("Click", number)) / 2)
            rows.append([fname, "Tone;Click", "1" if rows is mine.train else "Public"])
    mine.dataset["task"] = "multilabel"
    for table in mine.dataset["tables"].values():
        table["format"] = "several_labels"
    mine.write_tables()
    project = Project(folder / "project")
    config = project.config() | {"dataset": str(mine.file), "systems": [SYSTEM], "tagging": {"all": {}}}
    config["tagging"]["all"]["sounds"] = str(mine.folder / "audio")
    config["baseline"]["front_end_of"] = SYSTEM
    project.write_config(config)
    status, printed = project.run("results/task2_ensemble.csv", "results/mine/tags/all.csv")
    assert status == 0, printed
    return project.folder / "results", printed


def test_the_answer_and_the_scores_are_those_of_several_labels(finished):
    results, printed = finished
    answer = pd.read_csv(results / "task2_ensemble.csv")
    assert list(answer) == ["fname", *CLASSES] and len(answer) == 12
    scores = read_scores(results / "mine/scores.csv")["value"]
    assert {"lwlrap", "map", "d_prime", "micro_f1", "macro_f1"} <= {*scores["stack", "all"].index}
    assert "lwlrap" in printed and "MAP@3" not in printed
    frequent = scores["most-frequent", "all", "lwlrap"]
    assert scores["random-forest", "all", "lwlrap"] > frequent, "what listens is better than what does not"


def test_the_audit_says_which_label_is_doubted_or_missing(finished):
    audit = read_audit(finished[0] / "mine/label_audit.csv", [SYSTEM])
    assert {"doubt", "doubted_label", "cleanlab_quality"} <= {*audit}
    assert "Tone,Click" in set(audit["given_label"])
    assert "least probable" in (finished[0] / "mine/label_audit.html").read_text()


def test_the_tagger_says_of_test_clips_what_the_answer_says(finished):
    results, _ = finished
    tags = pd.read_csv(results / "mine/tags/all.csv").set_index("path")
    answer = pd.read_csv(results / "task2_ensemble.csv").set_index("fname")
    said = tags.loc[answer.index, [f"p:{name}" for name in CLASSES]].to_numpy()
    assert said == pytest.approx(answer.to_numpy(), abs=1e-5)


def test_every_picture_of_the_run_is_there(finished):
    figures = {path.name for path in (finished[0] / "mine/figures").glob("*.png")}
    assert {"class_f1.png", "confusion.png", "reliability.png", "stage_effects.png", "stack_weights.png"} <= figures
