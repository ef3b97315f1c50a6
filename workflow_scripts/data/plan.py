"""The plan of the data: from the archives, or a folder of the user's, to the folds (see graph/plan.py)."""

import json
from pathlib import Path
from typing import NamedTuple

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.contents import content_of
from workflow_scripts.study.datasets import ROOT, dataset_name, label_kind, read_dataset, without_labels
from workflow_scripts.study.fingerprint import fingerprint


class Wildcards(NamedTuple):
    """Those of another data set."""

    dataset: str


class DataPlan:
    """The input and parameter functions of ``rules/data.smk``."""

    def __init__(self, config):
        self.config = config
        self.seed = config["seed"]
        self.dataset = dataset_name(config["dataset"])
        self.task4_dataset = dataset_name(config["task4"]["dataset"])
        self._choices = {self.task4_dataset: config["task4"]["dataset"], self.dataset: config["dataset"]}
        if mixed := self.data(self.task4_dataset).get("soundscapes"):
            self._choices |= {dataset_name(mixed["of"]): mixed["of"]}
        if config["local_archives"] and not Path(config["local_archives"]).is_dir():
            raise UserError(f"config.yaml: local_archives: {config['local_archives']} is no folder; correct it")
        self._check_folder(self.dataset)

    def data(self, name):
        """The dataset file of results/<name>/."""
        return read_dataset(self._choices.get(name, name))

    def labels(self, dataset):
        """The kind of its labels, a module in workflow_scripts/tasks."""
        return label_kind(self.data(dataset))

    def classes(self, dataset):
        """The classes that systems of Task 2 tell apart."""
        self._check_labels_of_tests(dataset)
        if self.labels(dataset) != "one_label":
            formats = {table["format"] for table in self.data(dataset)["tables"].values()}
            raise UserError(
                f"dataset {dataset}: its tables have the format {', '.join(sorted(formats - {'one_label'}))}, and the "
                f"systems of Task 2 tell one label per clip; ask for results/{dataset}/clips.csv or data_report.csv, "
                "or name it as the dataset of task4"
            )
        return self._classes(dataset)

    def event_classes(self, dataset):
        """The classes whose events systems of Task 4 detect."""
        self._check_labels_of_tests(dataset)
        if self.labels(dataset) == "one_label":
            raise UserError(
                f"dataset {dataset}: all its tables have the format one_label, and systems of Task 4 learn from clips "
                "with any number of labels; say `format: several_labels` in the dataset file"
            )
        return self._classes(dataset)

    def _check_labels_of_tests(self, dataset):
        if refusal := without_labels(self.data(dataset), dataset):
            raise UserError(refusal)

    def _classes(self, dataset):
        classes = self.data(dataset)["classes"]
        if not classes:
            raise UserError(
                f"dataset {dataset}: its file has no `classes`, which systems need; "
                f"results/{dataset}/data_report.md lists the labels found, ready to be copied"
            )
        return classes

    # ---------------------------------------------------------------- archives

    def archive(self, wildcards):
        """The archive is what its md5 says, wherever it comes from and by whatever code."""
        found = {part: md5 for archive in self._archives(wildcards).values() for part, md5 in archive.items()}
        if wildcards.archive not in found:
            raise UserError(f"dataset {wildcards.dataset}: its file names no archive {wildcards.archive}")
        return json.dumps({"md5": found[wildcards.archive]})

    def archive_sources(self, wildcards):
        mirrors = [mirror.replace("{name}", wildcards.archive) for mirror in self.data(wildcards.dataset)["mirrors"]]
        mirrors = [_found(mirror) for mirror in mirrors]
        return json.dumps({"folder": self.config["local_archives"], "mirrors": mirrors})

    def archive_parts(self, wildcards):
        """The downloads that make one archive: of a split one all parts, in order."""
        parts = self._archives(wildcards).get(wildcards.archive)
        if parts is None:
            raise UserError(f"dataset {wildcards.dataset}: its file names no archive {wildcards.archive}")
        return [f"results/{wildcards.dataset}/download/{part}" for part in parts]

    def unpacking(self, wildcards):
        return fingerprint("data.unpack_archive", md5=self._archives(wildcards).get(wildcards.archive))

    # ---------------------------------------------------------------- soundscapes

    def soundscape_clips(self, wildcards):
        return f"results/{dataset_name(self._soundscapes(wildcards)['of'])}/clips.csv"

    def soundscape_audio(self, wildcards):
        return self._archives_of(Wildcards(dataset_name(self._soundscapes(wildcards)["of"])), "audio")

    def mixing(self, wildcards):
        data, mixed = self.data(wildcards.dataset), self._soundscapes(wildcards)
        recordings = self.classes(dataset_name(mixed["of"]))
        unknown = sorted(set(self.event_classes(wildcards.dataset)) - set(recordings))
        if unknown:
            raise UserError(f"dataset {wildcards.dataset}: {unknown[0]!r} is no class of {mixed['of']}, its recordings")
        keys = ("file", "audio", "format", "columns")
        tables = {part: {key: data["tables"][part][key] for key in keys} for part in mixed["parts"]}
        return fingerprint("data.mix_soundscapes", soundscapes=mixed, tables=tables, classes=data["classes"])

    def _soundscapes(self, wildcards):
        data = self.data(wildcards.dataset)
        if "soundscapes" not in data:
            raise UserError(f"dataset {wildcards.dataset}: its file has no `soundscapes`")
        return data["soundscapes"]

    # ---------------------------------------------------------------- tables and audio

    def table_folders(self, wildcards):
        return self._archives_of(wildcards, "file")

    def table_manifests(self, wildcards):
        return [f"{folder}.csv" for folder in self.table_folders(wildcards)]

    def audio_folders(self, wildcards):
        return self._archives_of(wildcards, "audio")

    def audio_manifests(self, wildcards):
        return [f"{folder}.csv" for folder in self.audio_folders(wildcards)]

    def true_labels_manifest(self, wildcards):
        return [f"{folder}.csv" for folder in self.true_labels_folder(wildcards)]

    def true_labels_folder(self, wildcards):
        true_labels = self.data(wildcards.dataset)["true_labels"]
        return self._archives_with(wildcards, [true_labels] if true_labels else [])

    def root(self, wildcards):
        """The folder that paths in the dataset file start from."""
        return self.data(wildcards.dataset).get("folder", f"results/{wildcards.dataset}/raw")

    def listing(self, wildcards):
        self._check_folder(wildcards.dataset)
        data = self.data(wildcards.dataset)
        tables = {
            name: {key: value for key, value in table.items() if key != "generations"}
            for name, table in data["tables"].items()
        }
        return fingerprint(
            "data.list_clips",
            [("data.table_formats", name) for name in sorted({table["format"] for table in tables.values()})],
            root=self.root(wildcards),
            tables=tables,
            padding=data["padding"],
            **self._content(wildcards, self._places(wildcards, "file")),
        )

    def inspection(self, wildcards):
        return fingerprint("data.inspect_audio", **self._content(wildcards, self._places(wildcards, "audio")))

    def clips(self, wildcards):
        data = self.data(wildcards.dataset)
        return fingerprint("data.tabulate_clips", **{key: data[key] for key in ("classes", "unusable_audio")})

    def counts(self, wildcards):
        return fingerprint(
            "data.check_counts", dataset=wildcards.dataset, counts=self.data(wildcards.dataset)["counts"]
        )

    def events(self, wildcards):
        data = self.data(wildcards.dataset)
        tables = {name: table for name, table in data["tables"].items() if table["format"] == "events"}
        if not tables:
            raise UserError(f"dataset {wildcards.dataset}: none of its tables has the format `events`")
        content = self._content(wildcards, sorted(table["file"] for table in tables.values()))
        own = sorted(name for name, table in tables.items() if not table["generations"])
        return fingerprint(
            "data.tabulate_events",
            root=self.root(wildcards),
            tables=tables,
            classes=data["classes"],
            own=own,
            **content,
        )

    def folds(self, wildcards):
        return fingerprint("data.make_folds", folds=int(wildcards.folds), seed=self.seed)

    # ---------------------------------------------------------------- helpers

    def _archives(self, wildcards):
        """archive -> {part: md5}, the archive itself being the last part."""
        archives = self.data(wildcards.dataset)["archives"]
        return {a["name"]: {**a.get("parts", {}), a["name"]: a["md5"]} for a in archives}

    def _places(self, wildcards, kind):
        """The paths of all tables (``kind`` file), or of all folders of audio (``kind`` audio)."""
        return sorted({table[kind] for table in self.data(wildcards.dataset)["tables"].values()})

    def _archives_of(self, wildcards, kind):
        """The folders of the archives that all tables (or folders of audio) are in, or of the soundscapes."""
        return self._archives_with(wildcards, self._places(wildcards, kind))

    def _archives_with(self, wildcards, paths):
        """The folders of the archives that ``paths`` of the dataset file start with; none if it is a plain folder."""
        data = self.data(wildcards.dataset)
        names = {archive["name"] for archive in data["archives"]} | ({"soundscapes"} & data.keys())
        used = sorted({path.split("/")[0] for path in paths}) if "folder" not in data else []
        for name in used:
            if name not in names:
                raise UserError(
                    f"dataset {wildcards.dataset}: a path starts with {name!r}, which is none of its archives"
                )
        return [f"results/{wildcards.dataset}/raw/{name}" for name in used]

    def _content(self, wildcards, paths):
        """What a user's own folder holds at ``paths``; of archives the manifests tell, which are inputs."""
        data = self.data(wildcards.dataset)
        return {"content": content_of([Path(data["folder"], path) for path in paths])} if "folder" in data else {}

    def _check_folder(self, dataset):
        """A missing folder or table is better noticed now than by a job."""
        data = self.data(dataset)
        for table in data["tables"].values() if "folder" in data else ():
            needed = [table["file"], table["audio"]] if data["unusable_audio"] == "refuse" else [table["file"]]
            for place in needed:
                path = Path(data["folder"], place)
                try:
                    path.stat()
                except OSError as error:
                    raise UserError(f"{path}: the dataset file names it: {error.strerror}; correct the path") from None


def _found(mirror):
    """Return a mirror that is a path: where Snakemake works or, if nothing is there, in the checkout (the demo)."""
    inside = ROOT / mirror
    return str(inside) if not Path(mirror).exists() and inside.exists() else mirror
