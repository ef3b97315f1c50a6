"""The plan of the data: from the archives, or a folder of the user's, to the folds (see graph/plan.py)."""

import json
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.graph.contents import content_of
from workflow_scripts.graph.datasets import dataset_name, read_dataset
from workflow_scripts.graph.fingerprint import fingerprint


class DataPlan:
    """The input and parameter functions of ``rules/data.smk``."""

    def __init__(self, config):
        self.config = config
        self.seed = config["seed"]
        self.dataset = dataset_name(config["dataset"])
        if config["local_archives"] and not Path(config["local_archives"]).is_dir():
            raise UserError(f"config.yaml: local_archives: {config['local_archives']} is no folder; correct it")
        self._check_folder()

    def data(self, name):
        """The dataset file of results/<name>/."""
        return read_dataset(self.config["dataset"] if name == self.dataset else name)

    def classes(self, dataset):
        """The classes that systems tell apart."""
        data = self.data(dataset)
        several = sorted({table["format"] for table in data["tables"].values()} - {"one_label"})
        if several:
            raise UserError(
                f"dataset {dataset}: its tables have the format {', '.join(several)}, and the systems here "
                f"tell one label per clip; ask for results/{dataset}/clips.csv or data_report.csv"
            )
        if not data["classes"]:
            raise UserError(
                f"dataset {dataset}: its file has no `classes`, which systems need; "
                f"results/{dataset}/data_report.md lists the labels found, ready to be copied"
            )
        return data["classes"]

    # ---------------------------------------------------------------- archives

    def archive(self, wildcards):
        """The archive is what its md5 says, wherever it comes from and by whatever code."""
        found = {part: md5 for archive in self._archives(wildcards).values() for part, md5 in archive.items()}
        if wildcards.archive not in found:
            raise UserError(f"dataset {wildcards.dataset}: its file names no archive {wildcards.archive}")
        return json.dumps({"md5": found[wildcards.archive]})

    def archive_sources(self, wildcards):
        mirrors = [mirror.replace("{name}", wildcards.archive) for mirror in self.data(wildcards.dataset)["mirrors"]]
        return json.dumps({"folder": self.config["local_archives"], "mirrors": mirrors})

    def archive_parts(self, wildcards):
        """The downloads that make one archive: of a split one all parts, in order."""
        parts = self._archives(wildcards).get(wildcards.archive)
        if parts is None:
            raise UserError(f"dataset {wildcards.dataset}: its file names no archive {wildcards.archive}")
        return [f"results/{wildcards.dataset}/download/{part}" for part in parts]

    def unpacking(self, wildcards):
        return fingerprint("unpack_archive", md5=self._archives(wildcards).get(wildcards.archive))

    # ---------------------------------------------------------------- tables and audio

    def table_folders(self, wildcards):
        return self._archives_of(wildcards, self._places(wildcards, "file"))

    def table_manifests(self, wildcards):
        return [f"{folder}.csv" for folder in self.table_folders(wildcards)]

    def audio_folders(self, wildcards):
        return self._archives_of(wildcards, self._places(wildcards, "audio"))

    def audio_manifests(self, wildcards):
        return [f"{folder}.csv" for folder in self.audio_folders(wildcards)]

    def true_labels_manifest(self, wildcards):
        return [f"{folder}.csv" for folder in self.true_labels_folder(wildcards)]

    def true_labels_folder(self, wildcards):
        true_labels = self.data(wildcards.dataset)["true_labels"]
        return self._archives_of(wildcards, [true_labels] if true_labels else [])

    def root(self, wildcards):
        """The folder that paths in the dataset file start from."""
        return self.data(wildcards.dataset).get("folder", f"results/{wildcards.dataset}/raw")

    def listing(self, wildcards):
        data = self.data(wildcards.dataset)
        tables = {
            name: {key: value for key, value in table.items() if key != "generations"}
            for name, table in data["tables"].items()
        }
        return fingerprint(
            "list_clips",
            [("table_formats", name) for name in sorted({table["format"] for table in tables.values()})],
            root=self.root(wildcards),
            tables=tables,
            padding=data["padding"],
            **self._content(wildcards, self._places(wildcards, "file")),
        )

    def inspection(self, wildcards):
        return fingerprint("inspect_audio", **self._content(wildcards, self._places(wildcards, "audio")))

    def clips(self, wildcards):
        data = self.data(wildcards.dataset)
        return fingerprint("tabulate_clips", **{key: data[key] for key in ("classes", "unusable_audio")})

    def counts(self, wildcards):
        return fingerprint("check_counts", dataset=wildcards.dataset, counts=self.data(wildcards.dataset)["counts"])

    def events(self, wildcards):
        data = self.data(wildcards.dataset)
        tables = {name: table for name, table in data["tables"].items() if table["format"] == "events"}
        if not tables:
            raise UserError(f"dataset {wildcards.dataset}: none of its tables has the format `events`")
        content = self._content(wildcards, sorted(table["file"] for table in tables.values()))
        return fingerprint(
            "tabulate_events", root=self.root(wildcards), tables=tables, classes=data["classes"], **content
        )

    def folds(self, wildcards):
        return fingerprint("make_folds", folds=int(wildcards.folds), seed=self.seed)

    # ---------------------------------------------------------------- helpers

    def _archives(self, wildcards):
        """archive -> {part: md5}, the archive itself being the last part."""
        archives = self.data(wildcards.dataset)["archives"]
        return {a["name"]: {**a.get("parts", {}), a["name"]: a["md5"]} for a in archives}

    def _places(self, wildcards, kind):
        """The paths of all tables (``kind`` file), or of all folders of audio (``kind`` audio)."""
        return sorted({table[kind] for table in self.data(wildcards.dataset)["tables"].values()})

    def _archives_of(self, wildcards, paths):
        """The folders of the archives that ``paths`` of the dataset file start with; none if it is a plain folder."""
        data = self.data(wildcards.dataset)
        names = {archive["name"] for archive in data["archives"]}
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

    def _check_folder(self):
        """A missing folder or table is better noticed now than by a job."""
        data = self.data(self.dataset)
        for table in data["tables"].values() if "folder" in data else ():
            needed = [table["file"], table["audio"]] if data["unusable_audio"] == "refuse" else [table["file"]]
            for place in needed:
                path = Path(data["folder"], place)
                try:
                    path.stat()
                except OSError as error:
                    raise UserError(f"{path}: the dataset file names it: {error.strerror}; correct the path") from None
