"""Dataset files: what they mean, what they may say, and one clear line where they are wrong."""

import copy
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.contents import content_of
from workflow_scripts.study.datasets import DATASETS, read_dataset
from workflow_scripts.study.plan import Plan

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
TABLES = "title: x\ntables: {train: {file: a.csv, audio: a}}\n"


def config(**changes):
    return copy.deepcopy(CONFIG) | changes


def of(dataset, **wildcards):
    return SimpleNamespace(dataset=dataset, **wildcards)


@pytest.mark.parametrize("name", sorted(path.stem for path in DATASETS.glob("*.yaml")))
def test_every_dataset_file_is_valid(name):
    assert {table["split"] for table in read_dataset(name)["tables"].values()} == {"train", "test"}


def test_columns_are_read_from_the_tables_that_have_them(tmp_path):
    path = tmp_path / "mine.yaml"
    tables = "tables: {train: {file: a.csv, audio: a}, test: {file: b.csv, audio: b, columns: {usage: part}}}\n"
    path.write_text("title: x\nfolder: x\n" + tables + "columns: {fname: file, group: who, usage: null}\n")
    tables = read_dataset(str(path))["tables"]
    names = {"fname": "file", "label": "label", "onset": "onset", "offset": "offset"}
    nothing = {"manually_verified": None, "usage": None, "group": None, "fold": None}
    assert tables["train"]["columns"] == nothing | names | {"manually_verified": "manually_verified", "group": "who"}
    assert tables["test"]["columns"] == nothing | names | {"usage": "part", "group": "who"}


def test_a_dataset_file_may_be_like_another(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("like: fsdkaggle2018\ntitle: mine\nfolder: /data\ncounts: {train: 7}\n")
    mine, model = read_dataset(str(path)), read_dataset("fsdkaggle2018")
    assert mine["classes"] == model["classes"]
    assert mine["counts"] == model["counts"] | {"train": 7}
    assert mine["folder"] == "/data"
    assert mine["archives"] == []


def test_null_takes_away_what_the_other_file_says(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("like: fsdkaggle2018\nfolder: x\ncounts: null\ntables: {test: null}\n")
    mine = read_dataset(str(path))
    assert mine["counts"] is None
    assert list(mine["tables"]) == ["train"]


def test_classes_in_quotes_are_names_whatever_they_look_like(tmp_path):
    path = tmp_path / "mine.yaml"
    names = ["0", "1", "-1", "1-1", "11", "yes", "Dog-bark", "Dog bark", "null"]
    path.write_text(TABLES + "folder: x\n" + yaml.safe_dump({"classes": names}))
    assert read_dataset(str(path))["classes"] == names


def test_names_of_classes_are_checked_where_another_file_has_them(tmp_path):
    (tmp_path / "base.yaml").write_text(TABLES + "folder: x\nclasses: [on, off]\n")
    (tmp_path / "mine.yaml").write_text(f"like: {tmp_path}/base.yaml\ntitle: mine\n")
    with pytest.raises(UserError, match=r"YAML takes True for a truth value.*\[\"True\", \"False\"\]"):
        read_dataset(str(tmp_path / "mine.yaml"))


def test_a_name_that_no_folder_of_results_can_have_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"my clips\.yaml'.*rename the file"):
        Plan(config(dataset=str(tmp_path / "my clips.yaml")))


def test_a_file_like_itself_is_one_line(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(f"like: {path}\n")
    with pytest.raises(UserError, match="leads back"):
        read_dataset(str(path))


# ------------------------------------------------------------------ what the rules are told


def test_a_split_archive_is_all_its_parts_in_order():
    parts = Plan(config()).data.archive_parts(of("fsd50k", archive="FSD50K.dev_audio.zip"))
    names = [f"FSD50K.dev_audio.{suffix}" for suffix in ("z01", "z02", "z03", "z04", "z05", "zip")]
    assert parts == [f"results/fsd50k/download/{name}" for name in names]


def test_each_part_has_its_own_md5():
    settings = json.loads(Plan(config()).data.fetch_archive(of("fsd50k", archive="FSD50K.eval_audio.z01")))
    assert settings["md5"] == "3090670eaeecc013ca1ff84fe4442aeb"


def test_an_archive_is_looked_for_in_the_users_folder_and_at_every_mirror(tmp_path):
    plan = Plan(config(local_archives=str(tmp_path)))
    sources = json.loads(plan.data.archive_sources(of("fsdkaggle2018", archive="FSDKaggle2018.meta.zip")))
    assert sources["folder"] == str(tmp_path)
    assert len(sources["mirrors"]) == 2
    assert all("FSDKaggle2018.meta.zip" in mirror for mirror in sources["mirrors"])


def test_an_archive_that_the_file_does_not_name_is_one_line():
    with pytest.raises(UserError, match=r"names no archive x\.zip"):
        Plan(config()).data.archive_parts(of("fsd50k", archive="x.zip"))


def test_a_folder_of_archives_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"local_archives: .*nowhere is no folder"):
        Plan(config(local_archives=str(tmp_path / "nowhere")))


def test_systems_are_refused_where_clips_have_several_labels():
    with pytest.raises(
        UserError, match=r"dorfer-a\.yaml: its task is multiclass, that of the dataset fsd50k multilabel"
    ):
        Plan(config()).training.train(of("fsd50k", system="dorfer-a", stage="00", fold="0"))


def test_a_task_is_declared_never_taken_from_the_form_of_a_table(tmp_path):
    plan = unlabelled(tmp_path, "mine", "several_labels", test="several_labels")
    with pytest.raises(UserError, match=r"mine: tables\.test has the format several_labels.*say `task: multilabel`"):
        plan.prediction.predict_baselines(of("mine"))
    assert unlabelled(tmp_path, "tags", "several_labels", "multilabel", test="several_labels").study.classes("tags")


def test_a_wrong_pair_of_data_set_and_system_is_one_line(tmp_path):
    plan = unlabelled(tmp_path, "mine", test="one_label")
    wanted = {"system": "cross-task-cnn-multilabel", "stage": "00", "fold": "0"}
    with pytest.raises(UserError, match=r"its task is multilabel, that of the dataset mine multiclass"):
        plan.training.train(of("mine", **wanted))
    plan = unlabelled(tmp_path, "tags", "several_labels", "multilabel", test="several_labels")
    assert json.loads(plan.training.train(of("tags", **wanted)))["task"] == "multilabel"
    with pytest.raises(UserError, match=r"its task is multilabel, and systems of Task 4 detect events"):
        plan.training.train(of("tags", system="t4-baseline", stage="00", fold="0"))


def test_policies_are_compared_and_true_labels_known_of_one_label_only(tmp_path):
    plan = unlabelled(tmp_path, "tags", "several_labels", "multilabel", test="several_labels")
    with pytest.raises(UserError, match=r"dataset tags: policies are compared by MAP@3"):
        plan.scoring.compare_noise_policies(of("tags"))
    data = yaml.safe_load((tmp_path / "tags.yaml").read_text()) | {"true_labels": "true.csv"}
    (tmp_path / "known.yaml").write_text(yaml.safe_dump(data))
    with pytest.raises(UserError, match=r"known\.yaml: true_labels: they are of one label a clip"):
        read_dataset(str(tmp_path / "known.yaml"))


def test_a_null_part_of_soundscapes_is_not_mixed():
    dataset = read_dataset("dcase2018-task4-weak-demo")
    assert list(dataset["soundscapes"]["parts"]) == list(dataset["tables"]) == ["weak", "test"]
    settings = json.loads(Plan(config()).data.mix_soundscapes(of("dcase2018-task4-weak-demo")))
    assert list(settings["tables"]) == ["test", "weak"]


def test_systems_are_refused_where_no_classes_are_named(tmp_path):
    path = tmp_path / "mine.yaml"
    data = own_dataset(tmp_path)
    del data["classes"]
    path.write_text(yaml.safe_dump(data))
    for name in ("a", "train.csv", "test.csv"):
        (tmp_path / name).touch()
    plan = Plan(config(dataset=str(path)))
    plan.data.tabulate_clips(of("mine"))
    with pytest.raises(UserError, match=r"data_report\.md lists the labels"):
        plan.prediction.predict_baselines(of("mine"))


def unlabelled(tmp_path, name, train="one_label", task="multiclass", split="test", **others):
    """The plan of a data set whose tables have these formats, the others being of this split."""
    for place in ("a", "train.csv", "test.csv"):
        (tmp_path / place).touch()
    data = own_dataset(tmp_path) | {"task": task}
    data["tables"]["train"]["format"] = train
    for table, form in others.items():
        data["tables"][table] = {"file": "test.csv", "audio": "a", "split": split, "format": form}
    (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(data))
    return Plan(config(dataset=str(tmp_path / f"{name}.yaml")))


def test_run_and_report_say_the_same_of_test_clips_without_labels(tmp_path):
    plan = unlabelled(tmp_path, "mine", test="no_labels")
    with pytest.raises(UserError) as error:
        plan.prediction.predict_baselines(of("mine"))
    said = json.loads(plan.data.report_data(of("mine")))["unlabelled"]
    assert said == str(error.value)
    assert "tables.test: test clips are there to be scored, and these have no labels" in said
    assert f"`tagging: {{test: {{sounds: {tmp_path}/a}}}}` in config.yaml, then results/mine/tags/test.csv" in said


def test_training_clips_without_labels_are_for_task_4_only(tmp_path):
    plan = unlabelled(tmp_path, "more", split="train", more="no_labels")
    with pytest.raises(UserError, match=r"tables\.more: systems of Task 2 learn from labels, .*; leave the table out"):
        plan.prediction.predict_baselines(of("more"))


def test_what_is_to_be_detected_in_needs_labels_too(tmp_path):
    with pytest.raises(UserError, match="test clips are there to be scored"):
        unlabelled(tmp_path, "weak", "several_labels", "detection", test="no_labels").study.event_classes("weak")
    one_has_some = unlabelled(tmp_path, "both", "several_labels", "detection", test="events", more="no_labels")
    assert one_has_some.study.event_classes("both")
    assert json.loads(one_has_some.data.report_data(of("both")))["unlabelled"] is None


# ------------------------------------------------------------------ mistakes, and the user's own folder


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: x\nfolder: x\n", ["'tables' is a required property"]),
        (TABLES, ["either a `folder`, or `archives`, or `soundscapes`"]),
        (TABLES + "folder: x\nlike: [a]\n", ["like: ['a'] is no name"]),
        (TABLES + "folder: x\n1: x\n", ["key 1 is no text"]),
        ("title: M\xf6we\n".encode("latin-1"), ["UTF-8"]),
        (TABLES + "folder: x\nmirrors: [x]\n", ["mirrors.0", "'x' does not match"]),
        (TABLES + "archives: [{name: a.zip, md5: " + 32 * "a" + "}]\n", ["no mirrors"]),
        (TABLES + "folder: x\nclasses: [Bark, 'a,b']\n", ["classes.1", "'a,b' does not match"]),
        (TABLES + "folder: x\nclases: [Bark, Meow]\n", ["'clases' was unexpected"]),
        (TABLES + "folder: x\nclasses: Bark\n", ["classes: 'Bark' is not of type 'array'"]),
        (TABLES + "folder: x\nclasses: [0, 1]\n", ["classes: YAML takes 0 for a number", 'quotes: ["0", "1"]']),
        (TABLES + "folder: x\nclasses: [yes, no]\n", ["YAML takes yes for a truth value", '["yes", "no"]']),
        (TABLES + "folder: x\nclasses: [maybe, Off]\n", ["YAML takes Off for a truth value", '["maybe", "Off"]']),
        (TABLES + "folder: x\nclasses:\n  - Bark\n  - 1e3\n  - 1.50\n", ["YAML takes 1.50 for a number", '"1.50"]']),
        (TABLES + "folder: x\nclasses: [Bark, null]\n", ["YAML takes null for nothing", '["Bark", "null"]']),
        (TABLES + "folder: x\nclasses: [Bark, 2018-01-01]\n", ["YAML takes 2018-01-01 for a date", '"2018-01-01"']),
        (TABLES + "folder: x\nclasses: [{Bark: 0}, {Meow: 1}]\n", ["{'Bark': 0} is no name", "[Bark, Meow]"]),
        (TABLES + "folder: x\ncolumns: {label: null}\n", ["no column of labels", "say `format: no_labels`"]),
        (TABLES + "folder: x\nclasses: [Bark]\n", ["only 'Bark'", "tell classes apart", "add another one"]),
        (TABLES + "folder: x\nclasses: [Bark, Meow, Bark]\n", ["'Bark' stands twice; keep one"]),
        (TABLES + "folder: x\nclasses: [Bark, '']\n", ["'' is empty"]),
        (TABLES + "folder: x\nclasses: [Bark, 'Meow ']\n", ["'Meow '", "ends with a space"]),
        (TABLES + "folder: x\nclasses: [Dog bark, Meow, Dog_bark]\n", ["'Dog bark' and 'Dog_bark' differ", "keep one"]),
        (TABLES + "folder: x\nclasses: [bark, Bark, BARK]\n", ["'bark', 'Bark' and 'BARK' differ in case"]),
        (TABLES + "folder: x\nclasses: [Dog  bark, Dog bark]\n", ["'Dog  bark' and 'Dog bark' differ"]),
        (TABLES + "folder: x\nclasses: [M\u00f6we, Mo\u0308we]\n", ["differ in case, spaces or underscores"]),
        (
            "title: 2018\nfolder: x\n" + TABLES.split("\n", 1)[1],
            ["title: 2018 is not of type 'string'; put it in quotes"],
        ),
        (TABLES.replace("train", "dev") + "folder: x\n", ["tables.dev", "split: train"]),
        (TABLES.replace("a.csv", "a.csv, extension: wav") + "folder: x\n", ["'wav' lacks its dot; write .wav"]),
        (TABLES.replace("train", "test") + "folder: x\n", ["no training table"]),
        (
            TABLES.replace("a.csv", "a.csv, format: csv") + "folder: x\n",
            ["tables.train: no format 'csv'", "several_labels"],
        ),
        (TABLES + "like: nothing-of-the-kind\n", ["nothing-of-the-kind", "fsdkaggle2018-demo"]),
        ("title: [\n", ["not valid YAML"]),
        ("- a\n", ["not a mapping"]),
    ],
)
def test_a_broken_dataset_file_is_one_line(tmp_path, text, words):
    path = tmp_path / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError) as caught:
        read_dataset(str(path))
    message = str(caught.value)
    assert "mine.yaml" in message
    assert "\n" not in message
    assert all(word in message for word in words), message


def own_dataset(folder):
    return {
        "title": "mine",
        "folder": str(folder),
        "tables": {"train": {"file": "train.csv", "audio": "a"}, "test": {"file": "test.csv", "audio": "a"}},
        "classes": ["Bark", "Meow"],
    }


def absolute(dataset):
    for table in dataset["tables"].values():
        table["audio"] = f"{dataset['folder']}/{table['audio']}"
    return dataset


def test_a_folder_is_known_by_its_content_not_by_times_or_files_that_nobody_reads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the content is remembered
    audio = tmp_path / "data" / "a"
    audio.mkdir(parents=True)
    (audio / "1.wav").write_bytes(b"1234")
    (tmp_path / "data" / "train.csv").write_text("fname,label\n1.wav,Bark\n")
    (tmp_path / "data" / "test.csv").write_text("fname,label\n")
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(own_dataset(tmp_path / "data")))

    def clips():
        plan, mine = Plan(config(dataset=str(path))), SimpleNamespace(dataset="mine")
        return plan.data.list_clips(mine), plan.data.inspect_audio(mine)

    before = clips()
    (audio / "1.wav").touch()
    (tmp_path / "data" / "notes.txt").write_text("nobody reads this")
    assert clips() == before
    (audio / "1.wav").write_bytes(b"4321")
    assert clips() != before, "another recording of the same size"
    (audio / "1.wav").write_bytes(b"1234")
    assert clips() == before
    (tmp_path / "data" / "train.csv").write_text("fname,label\n1.wav,Meow\n")
    edited = clips()
    path.write_text(yaml.safe_dump(absolute(own_dataset(tmp_path / "data"))))
    read_dataset.cache_clear()
    assert clips()[1] == before[1], "the same audio by an absolute path"
    path.write_text(yaml.safe_dump(own_dataset(tmp_path / "data")))
    read_dataset.cache_clear()
    assert edited != before
    (audio / "2.wav").write_bytes(b"")
    assert clips() != edited


@pytest.fixture
def content(tmp_path, monkeypatch):
    """Return a function to the hash of a folder with the file ``a.wav``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.wav").write_bytes(b"1234")
    return lambda: content_of(["data"])


def test_linked_folders_belong_to_the_content_however_they_lead(content, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/b.wav").write_bytes(b"1234")
    (tmp_path / "data/sub").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "data")
    before = content()
    (tmp_path / "elsewhere/b.wav").write_bytes(b"4321")
    assert content() != before


def test_a_recording_of_the_same_size_and_time_is_noticed(content, tmp_path):
    path = tmp_path / "data/a.wav"
    before, state = content(), path.stat()
    path.write_bytes(b"4321")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert content() != before


@pytest.mark.parametrize("odd", ["link", "pipe", "name", "memory"])
def test_odd_files_are_a_kind_of_content(content, tmp_path, odd):
    content()
    if odd == "link":
        (tmp_path / "data/z.wav").symlink_to("nowhere")
    elif odd == "pipe":
        os.mkfifo(tmp_path / "data/pipe")
    elif odd == "name":
        Path(os.fsdecode(b"data/\xff.wav")).write_bytes(b"")
    else:
        (tmp_path / ".snakemake/contents.json").write_text("{")
    assert content() == content()


def test_a_missing_folder_is_one_line(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(own_dataset(tmp_path / "nowhere")))
    with pytest.raises(UserError, match="nowhere"):
        Plan(config(dataset=str(path)))
