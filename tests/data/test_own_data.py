"""Other data sets without code: a folder and two CSVs; what is wrong with them; and real recordings."""

import hashlib
import http.server
import json
import re
import shutil
import struct
import threading
import zipfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from tests import warm
from tests.collection import CLASSES, Collection
from tests.project import ROOT, Project
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.settings import read_settings
from workflow_scripts.data import (
    check_counts,
    fetch_archive,
    inspect_audio,
    list_clips,
    make_folds,
    report_data,
    tabulate_clips,
    unpack_archive,
)
from workflow_scripts.study.plan import Plan

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
REAL_CLIPS = ROOT.parent / "shared/data/real-clips"


class Stages:
    """The stages of the data in this process, with what the plan says; results lie under the working directory."""

    def __init__(self, dataset, **changes):
        self.plan = Plan(CONFIG | {"dataset": str(dataset)} | changes)
        self.results = Path("results", dataset.stem)

    def planned(self, of, **wildcards):
        return json.loads(of(SimpleNamespace(dataset=self.results.name, **wildcards)))

    def settings(self, stage, of, **wildcards):
        return read_settings(stage.Settings, self.planned(of, **wildcards), stage.__name__)

    def fetch(self):
        for archive in self.plan.study.data(self.results.name)["archives"]:
            parts = [self.results / "download" / name for name in [*archive.get("parts", ()), archive["name"]]]
            for part in parts:
                fetch_archive.main(
                    sources=self.planned(self.plan.data.archive_sources, archive=part.name),
                    archive=part,
                    settings=self.settings(fetch_archive, self.plan.data.fetch_archive, archive=part.name),
                )
            folder = self.results / "raw" / archive["name"]
            unpack_archive.main(
                archive=parts,
                folder=folder,
                manifest=folder.with_name(f"{folder.name}.csv"),
                settings=self.settings(unpack_archive, self.plan.data.unpack_archive, archive=archive["name"]),
            )

    def inspect(self):
        listing, facts = self.results / "listing.csv", self.results / "audio.csv"
        list_clips.main(settings=self.settings(list_clips, self.plan.data.list_clips), listing=listing)
        inspect_audio.main(
            listing=listing,
            facts=facts,
            settings=self.settings(inspect_audio, self.plan.data.inspect_audio),
            threads=2,
        )
        return {"listing": listing, "facts": facts}

    def tabulate(self):
        """Return the clip table."""
        clips = self.results / "clips.csv"
        settings = self.settings(tabulate_clips, self.plan.data.tabulate_clips)
        tabulate_clips.main(
            **self.inspect(), clips=clips, problems=self.results / "clip_problems.csv", settings=settings
        )
        return pd.read_csv(clips, keep_default_na=False).set_index("fname")

    def problems(self):
        return pd.read_csv(self.results / "clip_problems.csv").set_index("fname")["problem"]

    def report(self):
        """Return the data report, and its summary."""
        report, summary = self.results / "data_report.csv", self.results / "data_report.md"
        report_data.main(
            **self.inspect(),
            report=report,
            summary=summary,
            settings=self.settings(report_data, self.plan.data.report_data),
        )
        return pd.read_csv(report, keep_default_na=False), summary.read_text()

    def folds(self, number):
        folds = self.results / f"folds/{number}.csv"
        settings = self.settings(make_folds, self.plan.data.make_folds, split=str(number))
        make_folds.main(clips=self.results / "clips.csv", folds=folds, settings=settings)
        return pd.read_csv(folds)


@pytest.fixture(autouse=True)
def working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The sources at tiny sizes; each data set has results of its own."""
    return Project(tmp_path_factory.mktemp("own") / "project")


def refused(collection, run=Stages.tabulate):
    """Return the one line that says what is wrong. Nothing half-written may be left."""
    with pytest.raises(UserError) as error:
        run(Stages(collection.file))
    assert "\n" not in str(error.value)
    assert not Path("results", collection.file.stem, "clips.csv").exists()
    assert not list(Path("results").rglob("*.part")), "nothing half-written"
    return str(error.value)


def fetched_and_tabulated(stages):
    stages.fetch()
    return stages.tabulate()


def refused_by_snakemake(project, collection):
    """The same from the command line."""
    results = project.folder / "results" / collection.file.stem
    status, printed = project.run_by_command(
        f"results/{collection.file.stem}/clips.csv", "--config", f"dataset={collection.file}"
    )
    assert status != 0, printed
    assert "Traceback" not in printed, printed
    assert not (results / "clips.csv").exists()
    assert not list(results.rglob("*.part")), "nothing half-written"
    lines = [line for line in printed.splitlines() if line.startswith(("error: ", str(collection.file)))]
    assert lines, printed
    return lines[0]


def append_rows(table, *rows):
    return lambda c: getattr(c, table).extend(rows)


def cut_in_half(fname):
    def damage(collection):
        path = collection.audio(fname)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damage


DAMAGES = {
    "missing-clip": (
        lambda c: c.audio("tone1.wav").unlink(),
        ["train.csv, line 19", "tone1.wav", "no such audio file"],
    ),
    "truncated": (cut_in_half("noise2.wav"), ["train.csv, line 12", "noise2.wav", "truncated"]),
    "not-audio": (lambda c: c.audio("noise2.wav").write_text("RIFF"), ["train.csv, line 12", "cannot be decoded"]),
    "unknown-label": (append_rows("train", ["tone20.wav", "Moo", "1"]), ["train.csv, line 26", "'Moo'", "not a class"]),
    "label-in-other-case": (
        append_rows("train", ["tone20.wav", "TONE", "1"]),
        ["train.csv, line 26", "'TONE' is not a class", "'Tone' is; write it like that"],
    ),
    "label-none": (append_rows("train", ["tone20.wav", "None", "0"]), ["train.csv, line 26", "'None'", "not a class"]),
    "duplicate": (append_rows("train", ["tone1.wav", "Tone", "1"]), ["train.csv, line 26", "tone1.wav", "line 19"]),
    "in-both-parts": (append_rows("test", ["tone1.wav", "Tone", ""]), ["test.csv, line 11", "tone1.wav", "train.csv"]),
    "bad-flag": (append_rows("train", ["x.wav", "Tone", "yes"]), ["train.csv, line 26", "manually_verified", "'yes'"]),
    "short-row": (append_rows("train", ["x.wav"]), ["train.csv, line 26", "1 fields"]),
}


def damaged(tmp_path, name):
    damage, words = DAMAGES[name]
    collection = Collection(tmp_path, name)
    damage(collection)
    collection.write_tables()
    return collection, words


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_data_is_one_line_with_file_and_row(tmp_path, name):
    collection, words = damaged(tmp_path, name)
    line = refused(collection)
    assert all(word in line for word in words), line


def test_names_that_are_nearly_right_are_one_finding_and_one_line_and_one_key_mends_them(tmp_path):
    collection = Collection(tmp_path, "no-extension")
    for rows in (collection.train, collection.test):
        rows[:] = [[fname.removesuffix(".wav"), *others] for fname, *others in rows]
    collection.write_tables()
    report, text = Stages(collection.file).report()
    assert "missing" not in set(report["check"])
    (found,) = report[report["check"] == "audio under another name"].to_dict("records")
    assert (found["severity"], int(found["value"])) == ("error", 33)
    said = "click0.wav is there; say `extension: .wav` for the table (so of 33 clips)"
    assert said in found["note"]
    assert "clips whose audio has another name" in text.splitlines()[-1]
    assert said in refused(collection)
    for table in collection.dataset["tables"].values():
        table["extension"] = ".wav"
    collection.file = collection.file.with_stem("mended")
    collection.write_tables()
    assert len(Stages(collection.file).tabulate()) == 33


def test_folders_that_a_column_tells_are_part_of_the_name(tmp_path):
    collection = Collection(tmp_path, "folders")
    collection.train = [[fname, label, flag] for fname, label, flag in collection.train]
    for number, (fname, *_) in enumerate(collection.train):
        folder = collection.folder / f"audio/fold{number % 3}"
        folder.mkdir(exist_ok=True)
        collection.audio(fname).rename(folder / fname)
    collection.train = [[*row, str(number % 3)] for number, row in enumerate(collection.train)]
    columns = ("file", "label", "manually_verified", "fold")
    collection.dataset["tables"]["train"]["columns"] = {"fname": "file"}
    collection.write_tables(train_columns=columns)
    line = refused(collection)
    assert "fold0/click0.wav is there; put `fold0/` before the name, or, where a column tells the folder" in line
    collection.file = collection.file.with_stem("mended")
    collection.dataset["tables"]["train"]["columns"] = {"fname": "fold{fold}/{file}"}
    collection.write_tables(train_columns=columns)
    clips = Stages(collection.file).tabulate()
    assert clips.index[clips["split"] == "train"][0] == "fold0/click0.wav"


def test_damaged_data_is_one_line_of_the_run(project, tmp_path):
    collection, words = damaged(tmp_path, "truncated")
    line = refused_by_snakemake(project, collection)
    assert all(word in line for word in words), line


def test_a_missing_column_is_named(tmp_path):
    collection = Collection(tmp_path, "no-label-column")
    collection.write_tables(train_columns=("fname", "class", "manually_verified"))
    line = refused(collection)
    assert "train.csv" in line
    assert "'label'" in line


def test_an_unknown_key_in_the_dataset_file_is_named(project, tmp_path):
    collection = Collection(tmp_path, "typo")
    collection.dataset["clases"] = CLASSES
    collection.write_tables()
    assert "clases" in refused_by_snakemake(project, collection)


def test_an_unknown_key_in_the_configuration_is_named(project):
    status, printed = project.run_by_command("--config", "foldz=3")
    assert status != 0
    assert "Traceback" not in printed
    assert any("config.yaml" in line and "foldz" in line for line in printed.splitlines())


# ------------------------------------------------------------------ archives


def archived(tmp_path, name, members=None, md5=None, damage=None, url=None):
    """A collection as one archive; return it with its dataset file pointing at the archive."""
    collection = Collection(tmp_path, name)
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(collection.folder.rglob("*")):
            file.write(path, path.relative_to(collection.folder))
        for member, content in (members or {}).items():
            file.writestr(member, content)
    if damage:
        archive.write_bytes(damage(archive.read_bytes()))
    content = hashlib.md5(archive.read_bytes()).hexdigest()
    del collection.dataset["folder"]
    collection.dataset["archives"] = [{"name": "data.zip", "md5": md5 or content}]
    collection.dataset["mirrors"] = [url or str(tmp_path / "{name}")]
    for table in collection.dataset["tables"].values():
        table |= {"file": f"data.zip/{table['file']}", "audio": "data.zip/audio"}
    collection.file.write_text(yaml.safe_dump(collection.dataset))
    return collection


def split_archive(archive, folder):
    """Cut a plain zip archive in two; return the paths of the parts. Members after the cut count from its place."""
    with zipfile.ZipFile(archive) as file:
        members = file.infolist()
        directory = file.start_dir
    content = bytearray(archive.read_bytes())
    middle = members[len(members) // 2].header_offset
    record = directory
    for member in members:  # PKWARE's APPNOTE 4.3.12: the disk stands at 34, the offset at 42
        disk = int(member.header_offset >= middle)
        struct.pack_into("<H", content, record + 34, disk)
        struct.pack_into("<L", content, record + 42, member.header_offset - disk * middle)
        record += 46 + len(member.filename.encode()) + len(member.extra) + len(member.comment)
    struct.pack_into("<HH", content, record + 4, 1, 1)  # 4.3.16: this disk, and the directory's
    struct.pack_into("<H", content, record + 8, len(members))
    struct.pack_into("<L", content, record + 16, directory - middle)
    parts = [folder / "data.z01", folder / "data.zip"]
    for part, data in zip(parts, (content[:middle], content[middle:]), strict=True):
        part.write_bytes(data)
    return parts


def test_a_wrong_md5_stops_before_unpacking(tmp_path):
    collection = archived(tmp_path, "wrong-md5", md5="0" * 32)
    line = refused(collection, Stages.fetch)
    assert all(word in line for word in ["data.zip", "md5", "0" * 32])
    assert not Path("results/wrong-md5/download/data.zip").exists()
    assert not Path("results/wrong-md5/raw/data.zip").exists()


def test_a_truncated_archive_is_refused(tmp_path):
    collection = archived(tmp_path, "cut-zip", damage=lambda content: content[: len(content) // 2])
    assert "damaged" in refused(collection, Stages.fetch)
    assert not Path("results/cut-zip/raw/data.zip").exists()


def test_a_member_outside_the_folder_is_refused(tmp_path):
    collection = archived(tmp_path, "zip-slip", members={"../../evil.txt": "x"})
    line = refused(collection, Stages.fetch)
    assert "evil.txt" in line
    assert not list(tmp_path.rglob("evil.txt"))
    assert not Path("results/zip-slip/raw/data.zip").exists()


def test_an_http_address_does_as_well_as_a_path(tmp_path):
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        collection = archived(tmp_path, "served", url=f"http://127.0.0.1:{server.server_port}/{{name}}")
        clips = fetched_and_tabulated(Stages(collection.file))
        server.shutdown()
    assert len(clips) == 33


def test_a_split_archive_is_fetched_and_unpacked(project, tmp_path):
    """Its parts, cut as Info-ZIP cuts them, by bytes; each with an MD5 of its own."""
    collection = archived(tmp_path, "split")
    with open(collection.audio("tone0.wav"), "rb") as file:
        before = file.read()
    parts = split_archive(tmp_path / "data.zip", tmp_path)
    md5 = {part.name: hashlib.md5(part.read_bytes()).hexdigest() for part in parts}
    collection.dataset["archives"] = [{"name": "data.zip", "md5": md5.pop("data.zip"), "parts": md5}]
    collection.file.write_text(yaml.safe_dump(collection.dataset))
    status, printed = project.run("results/split/clips.csv", "--config", f"dataset={collection.file}")
    assert status == 0, printed
    assert (project.folder / "results/split/raw/data.zip/audio/tone0.wav").read_bytes() == before


def test_an_archive_at_hand_needs_no_mirror(tmp_path):
    collection = archived(tmp_path, "at-hand", url=str(tmp_path / "nowhere" / "{name}"))
    fetched_and_tabulated(Stages(collection.file, local_archives=str(tmp_path)))
    assert (tmp_path / "data.zip").exists()


# ------------------------------------------------------------------ what published pipelines carry on with


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """Clips that are empty, silent, very short, of other formats, rates and channels; one is missing, one is cut."""
    collection = Collection(tmp_path_factory.mktemp("collection"), "odd-clips")
    collection.write("tone0.wav", np.zeros(0))  # training clip without samples
    collection.write("noise8.wav", np.zeros(0))  # test clip without samples
    collection.write("click1.wav", np.zeros(8000))  # all silence
    collection.write("tone2.wav", 0.5 * np.sin(np.arange(4800)))  # 0.3 s
    collection.write("tone3.wav", 0.5 * np.ones(1))  # one sample
    for number, (suffix, rate, channels) in enumerate([("flac", 8000, 1), ("ogg", 48000, 2), ("aiff", 22050, 6)]):
        samples = np.random.default_rng(number).uniform(-0.5, 0.5, (rate, channels))
        collection.write(f"new.{suffix}", samples, rate)
        collection.train.append([f"new.{suffix}", "Noise", "1"])
    collection.dataset["unusable_audio"] = "leave_out"
    collection.write_tables()
    collection.audio("tone8.wav").unlink()  # a test clip
    cut_in_half("noise2.wav")(collection)
    return collection


@pytest.fixture(scope="module")
def carried_on(odd, project):
    """The folder of the results after a run up to the scores."""
    targets = [f"results/odd-clips/{name}.csv" for name in ("scores", "data_problems")]
    status, printed = warm.run(project, *targets, "--config", f"dataset={odd.file}")
    assert status == 0, printed
    return project.folder / "results/odd-clips"


def test_empty_silent_and_very_short_clips_carry_on_and_are_listed(odd, carried_on):
    problems = pd.read_csv(carried_on / "data_problems.csv").set_index("fname")["problem"]
    assert problems["tone0.wav"] == problems["noise8.wav"] == "empty audio file"
    assert problems["click1.wav"] == "nothing above the silence threshold"
    assert "tone2.wav" not in problems.index
    assert "tone0.wav: empty audio file" in (carried_on / "logs/tabulate_clips.log").read_text()
    for system in ("dorfer-a", "iqbal-vgg13-a"):
        test = pd.read_parquet(carried_on / f"systems/{system}/test.parquet").set_index("fname")
        assert test.loc["noise8.wav"].to_numpy() == pytest.approx([1 / 3] * 3)
        oof = pd.read_parquet(carried_on / f"systems/{system}/oof.parquet")
        assert set(oof["fname"]) == {row[0] for row in odd.train} - {"noise2.wav"}


def test_empty_clips_are_no_reason_to_stop(tmp_path):
    collection = Collection(tmp_path, "empty")
    collection.write("tone0.wav", np.zeros(0))
    collection.write("noise8.wav", np.zeros(0))
    stages = Stages(collection.file)
    assert len(stages.tabulate()) == 33
    assert stages.problems().to_dict() == dict.fromkeys(["tone0.wav", "noise8.wav"], "empty audio file")


def test_any_format_rate_and_number_of_channels(carried_on):
    clips = pd.read_csv(carried_on / "clips.csv").set_index("fname")
    new = ["new.flac", "new.ogg", "new.aiff"]
    assert clips["seconds"][new].tolist() == [1, 1, 1]
    assert (pd.read_csv(carried_on / "features/log-mel-a/index.csv").set_index("fname")["frames"][new] > 60).all()


def test_damaged_clips_may_be_left_out_and_scores_say_so(carried_on):
    scores = pd.read_csv(carried_on / "scores.csv").set_index(["system", "split", "metric"])["value"]
    assert (scores["stack", "all", "clips"], scores["stack", "all", "listed_clips"]) == (8, 9)
    problems = pd.read_csv(carried_on / "data_problems.csv").set_index("fname")["problem"]
    assert problems["tone8.wav"] == "missing audio file"
    assert problems["noise2.wav"] == "unreadable audio file"


@pytest.mark.nightly
def test_figures_and_the_answer_carry_on_without_odd_clips(odd, carried_on, project):
    status, printed = warm.run(project, "--config", f"dataset={odd.file}")
    assert status == 0, printed
    assert "8 of 9 clips" in printed
    answer = pd.read_csv(project.folder / "results/task2_ensemble.csv")
    assert sorted(answer["fname"]) == sorted(row[0] for row in odd.test if row[0] != "tone8.wav")


def test_a_collection_without_flags_counts_as_verified(tmp_path):
    collection = Collection(tmp_path, "no-flags")
    collection.dataset["columns"] = {"manually_verified": None, "usage": None}
    collection.train, collection.test = [r[:2] for r in collection.train], [r[:2] for r in collection.test]
    collection.write_tables(("fname", "label"), ("fname", "label"))
    clips = Stages(collection.file).tabulate()
    assert len(clips) == 33
    assert (clips["manually_verified"] == 1).all()


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Labels of training clips, and nothing else."""
    collection = Collection(tmp_path_factory.mktemp("collection"), "bare", tests_per_class=0)
    collection.dataset["columns"] = {"manually_verified": None}
    collection.train = [row[:2] for row in collection.train]
    del collection.dataset["tables"]["test"]
    collection.write_tables(("fname", "label"))
    return collection


@pytest.fixture(scope="module")
def scored_out_of_fold(bare, project):
    """The folder of the results after a run up to the scores, of one system."""
    target, systems = "results/bare/scores.csv", "systems=[dorfer-a]"
    status, printed = warm.run(project, target, "--config", f"dataset={bare.file}", systems)
    assert status == 0, printed
    return project.folder / "results/bare"


def test_where_all_clips_are_verified_the_rounds_still_run(scored_out_of_fold):
    """Nothing is left to self-verify, then; they learn from all clips."""
    assert len(pd.read_csv(scored_out_of_fold / "systems/dorfer-a/rounds.csv")) == 2
    clips = pd.read_csv(scored_out_of_fold / "clips.csv")
    assert (clips["manually_verified"] == 1).all()


def test_a_collection_without_test_clips_is_scored_out_of_fold(bare, scored_out_of_fold):
    scores = pd.read_csv(scored_out_of_fold / "scores.csv")
    assert scores["split"].unique().tolist() == ["oof_verified"]
    oof = pd.read_parquet(scored_out_of_fold / "ensemble/stack/oof.parquet")
    assert sorted(oof["fname"]) == sorted(row[0] for row in bare.train)


@pytest.mark.nightly
def test_a_collection_without_test_clips_is_answered_out_of_fold(bare, scored_out_of_fold, project):
    status, printed = warm.run(project, "--config", f"dataset={bare.file}", "systems=[dorfer-a]")
    assert status == 0, printed
    answer = pd.read_csv(project.folder / "results/task2_ensemble.csv")
    assert sorted(answer["fname"]) == sorted(row[0] for row in bare.train)


def test_groups_stay_in_one_fold_and_given_folds_are_kept(tmp_path):
    columns = ("fname", "label", "manually_verified", "speaker")
    collection = Collection(tmp_path, "grouped")
    collection.dataset["columns"] = {"group": "speaker"}
    collection.train = [[*row, f"speaker {number // 3}"] for number, row in enumerate(collection.train)]
    collection.write_tables(columns)
    stages = Stages(collection.file)
    stages.tabulate()
    speakers = pd.DataFrame(collection.train, columns=columns).merge(stages.folds(2), on="fname")
    assert (speakers.groupby("speaker")["fold"].nunique() == 1).all()
    assert speakers["fold"].nunique() == 2

    collection = Collection(tmp_path, "with-folds")
    collection.dataset["columns"] = {"fold": "speaker"}
    collection.train = [[*row, f"fold {number % 2}"] for number, row in enumerate(collection.train)]
    collection.write_tables(columns)
    stages = Stages(collection.file)
    stages.tabulate()
    given = pd.DataFrame(collection.train, columns=columns).merge(stages.folds(2), on="fname")
    assert (given["speaker"] == "fold " + given["fold"].astype(str)).all()


# ------------------------------------------------------------------ the data report


def test_the_report_needs_nothing_else_and_stops_at_no_file(project, tmp_path):
    collection = Collection(tmp_path, "checked")
    collection.audio("tone1.wav").unlink()
    cut_in_half("noise2.wav")(collection)
    collection.write("click0.wav", np.zeros(0))
    collection.write("click1.wav", np.zeros(8000))
    collection.write("click2.wav", np.ones(8000))
    shutil.copy(collection.audio("tone3.wav"), collection.audio("tone8.wav"))  # of the training and of the test part
    collection.write("nobody.wav", np.ones(8000))
    target = "results/checked/data_report.csv"
    status, printed = project.run(target, "--config", f"dataset={collection.file}")
    assert status == 0, printed
    jobs = re.findall(r"(?m)^(?:local)?rule (\w+):$", printed)
    assert sorted(jobs) == ["inspect_audio", "list_clips", "report_data"]
    report = pd.read_csv(project.folder / target, keep_default_na=False)
    findings = report[report["severity"] != "figure"].set_index("check")
    for check, subject in [
        ("missing", "tone1.wav"),
        ("unreadable", "noise2.wav"),
        ("empty", "click0.wav"),
        ("silent", "click1.wav"),
        ("clipped", "click2.wav"),
        ("same audio in train and test", "tone3.wav, tone8.wav"),
    ]:
        assert findings.loc[check, "subject"] == subject
    assert "nobody.wav" in findings.loc["unlisted files", "note"]
    summary = (project.folder / "results/checked/data_report.md").read_text()
    assert summary in printed
    assert "2 clips without usable audio (1 missing, 1 unreadable) would stop a run" in summary


def test_a_corrected_label_decodes_nothing_anew_and_is_seen(tmp_path):
    collection = Collection(tmp_path, "corrected")
    stages = Stages(collection.file)
    listing, inspection = (
        stages.planned(stages.plan.data.list_clips),
        stages.planned(stages.plan.data.inspect_audio),
    )
    assert stages.tabulate()["label"]["click0.wav"] == "Click"
    assert stages.planned(stages.plan.data.list_clips) == listing
    collection.train[0][1] = "Tone"
    collection.write_tables()
    assert stages.planned(stages.plan.data.list_clips) != listing
    assert stages.planned(stages.plan.data.inspect_audio) == inspection
    assert stages.tabulate()["label"]["click0.wav"] == "Tone"
    memory = next(stages.results.glob(".audio.csv.*.jsonl"))
    assert len(memory.read_text().splitlines()) == 33, "every clip has been decoded once"


def test_a_file_without_classes_is_checked_and_told_how_to_go_on(tmp_path, capsys):
    collection = Collection(tmp_path, "no-classes")
    del collection.dataset["classes"]
    collection.write_tables()
    stages = Stages(collection.file)
    stages.report()
    assert "classes: [Click, Noise, Tone]" in capsys.readouterr().out
    with pytest.raises(UserError, match="dataset no-classes: its file has no `classes`"):
        stages.planned(stages.plan.fusion.stack_systems, ensemble="stack")


def test_the_template_needs_only_its_paths_and_names_filled_in(tmp_path):
    collection = Collection(tmp_path, "from-template")
    text = (ROOT / "datasets/template.yaml").read_text()
    for old, new in [
        ("folder: /data/recordings", f"folder: {collection.folder}"),
        ("audio: clips", "audio: audio"),
        ("classes: [Bark, Meow]", "classes: [Click, Noise, Tone]"),
        ("counts: {train: 1200, verified: 400, test: 300}", "counts: {train: 24, verified: 12, test: 9}"),
    ]:
        assert old in text
        text = text.replace(old, new)
    collection.file.write_text(text)
    stages = Stages(collection.file)
    assert len(stages.tabulate()) == 33
    assert "nothing that stops a run" in stages.report()[1]


def test_the_number_of_jobs_does_not_grow_with_the_collection(project, tmp_path):
    plans = []
    for clips in (8, 800):
        collection = Collection(tmp_path / str(clips), "grows")
        fnames = [collection.train[0][0]] + [f"{number}.wav" for number in range(clips)]
        collection.train = [[fname, "Tone", "1"] for fname in fnames]  # whose audio the plan does not miss
        collection.write_tables()
        plans.append(project.planned("--config", f"dataset={collection.file}"))
    assert plans[0] == plans[1]
    assert plans[0]["inspect_audio"] == 1


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """A dataset file that points at real recordings."""
    if not REAL_CLIPS.is_dir():
        pytest.skip("the real recordings are not beside this checkout (shared/data)")
    file = tmp_path_factory.mktemp("recordings") / "real-clips.yaml"
    dataset = {
        "title": "recordings",
        "folder": str(REAL_CLIPS),
        "tables": {
            "train": {"file": "train.csv", "audio": "audio_train"},
            "test": {"file": "test.csv", "audio": "audio_test"},
        },
        "classes": sorted(pd.read_csv(REAL_CLIPS / "train.csv")["label"].unique()),
        "counts": {"train": 253, "verified": 101, "test": 87},
        "true_labels": "true_labels.csv",
    }
    file.write_text(yaml.safe_dump(dataset))
    return file


def test_real_recordings_need_a_dataset_file_only(recordings):
    stages = Stages(recordings)
    clips = stages.tabulate()
    settings = stages.settings(check_counts, stages.plan.data.check_counts)
    check_counts.main(listing=stages.results / "listing.csv", counts=stages.results / "counts.csv", settings=settings)
    assert clips["split"].value_counts().to_dict() == {"train": 253, "test": 87}
    assert clips["seconds"].gt(0).all()
    assert sorted(stages.folds(2)["fname"]) == sorted(clips.index[clips["split"] == "train"])


@pytest.mark.nightly
def test_real_recordings_are_answered_and_their_labels_judged(recordings, built, tmp_path):
    project = built.copy(tmp_path / "project")
    demo = {path: digest for path, digest in project.tables().items() if "fsdkaggle2018-demo" in path}
    status, printed = warm.run(project, "results/task2_ensemble.csv", "--config", f"dataset={recordings}")
    assert status == 0, printed
    answer = pd.read_csv(project.folder / "results/task2_ensemble.csv")
    assert len(answer) == 87
    assert set(answer["fname"].map(lambda name: Path(name).suffix)) == {".flac"}
    report = pd.read_csv(project.folder / "results/real-clips/self_verification.csv").dropna(subset="candidates")
    assert (report["candidates"] == 152).all()
    assert report["share_right"].round(4).tolist() == [round(106 / 152, 4)]
    after = {path: digest for path, digest in project.tables().items() if "fsdkaggle2018-demo" in path}
    assert after == demo, "another data set's results stay"
