"""What the rules in ``rules/data.smk`` read, and their parameters: from the archives, or a folder, to the folds."""

import json
import re
from pathlib import Path
from typing import NamedTuple

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.contents import content_of
from workflow_scripts.study.datasets import ROOT, dataset_name, of_embeddings, without_labels
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.label_noise import OUT_OF_VOCABULARY, base_of, is_noisy
from workflow_scripts.training.plan import split_name


class Wildcards(NamedTuple):
    """Those of another data set."""

    dataset: str


def check(study):
    """A missing folder or table is better noticed now than by a job."""
    _check_folder(study, study.dataset)


# ---------------------------------------------------------------- archives


def fetch_archive(study, wildcards):
    """The archive is what its md5 says, wherever it comes from and by whatever code."""
    found = {part: md5 for archive in _archives(study, wildcards).values() for part, md5 in archive.items()}
    if wildcards.archive not in found:
        raise UserError(f"dataset {wildcards.dataset}: its file names no archive {wildcards.archive}")
    return json.dumps({"md5": found[wildcards.archive]})


def archive_sources(study, wildcards):
    mirrors = [mirror.replace("{name}", wildcards.archive) for mirror in study.data(wildcards.dataset)["mirrors"]]
    mirrors = [_found(mirror) for mirror in mirrors]
    return json.dumps({"folder": study.config["local_archives"], "mirrors": mirrors})


def archive_parts(study, wildcards):
    """The downloads that make one archive: of a split one all parts, in order."""
    parts = _archives(study, wildcards).get(wildcards.archive)
    if parts is None:
        raise UserError(f"dataset {wildcards.dataset}: its file names no archive {wildcards.archive}")
    return [f"results/{wildcards.dataset}/download/{part}" for part in parts]


def unpack_archive(study, wildcards):
    return fingerprint("data.unpack_archive", md5=_archives(study, wildcards).get(wildcards.archive))


# ---------------------------------------------------------------- soundscapes


def soundscape_clips(study, wildcards):
    return f"results/{dataset_name(_soundscapes(study, wildcards)['of'])}/clips.csv"


def soundscape_audio(study, wildcards):
    return _archives_of(study, Wildcards(dataset_name(_soundscapes(study, wildcards)["of"])), "audio")


def mix_soundscapes(study, wildcards):
    data, mixed = study.data(wildcards.dataset), _soundscapes(study, wildcards)
    recordings = study.classes(dataset_name(mixed["of"]))
    unknown = sorted(set(study.known_classes(wildcards.dataset)) - set(recordings))
    if unknown:
        raise UserError(f"dataset {wildcards.dataset}: {unknown[0]!r} is no class of {mixed['of']}, its recordings")
    keys = ("file", "audio", "format", "columns")
    tables = {part: {key: data["tables"][part][key] for key in keys} for part in mixed["parts"]}
    return fingerprint("data.mix_soundscapes", soundscapes=mixed, tables=tables, classes=data["classes"])


def _soundscapes(study, wildcards):
    data = study.data(wildcards.dataset)
    if "soundscapes" not in data:
        raise UserError(f"dataset {wildcards.dataset}: its file has no `soundscapes`")
    return data["soundscapes"]


# ---------------------------------------------------------------- tables and audio


def table_folders(study, wildcards):
    return _archives_of(study, wildcards, "file")


def table_manifests(study, wildcards):
    return [f"{folder}.csv" for folder in table_folders(study, wildcards)]


def audio_folders(study, wildcards):
    return _archives_of(study, wildcards, "audio")


def audio_manifests(study, wildcards):
    return [f"{folder}.csv" for folder in audio_folders(study, wildcards)]


def true_labels(study, wildcards):
    """The table by which labels are judged, or None."""
    data = study.data(wildcards.dataset)
    if is_noisy(data):
        return f"results/{wildcards.dataset}/true_labels.csv"
    return data["true_labels"] and str(Path(root(study, wildcards), data["true_labels"]))


def true_labels_manifest(study, wildcards):
    """What stands for the content of that table, unless it lies in a user's own folder."""
    if is_noisy(study.data(wildcards.dataset)):
        return [true_labels(study, wildcards)]
    return [f"{folder}.csv" for folder in true_labels_folder(study, wildcards)]


def true_labels_folder(study, wildcards):
    data = study.data(wildcards.dataset)
    own = data["true_labels"] and not is_noisy(data)
    return _archives_with(study, wildcards, [data["true_labels"]] if own else [])


def true_labels_content(study, wildcards):
    """What a user's own folder holds of it."""
    data = study.data(wildcards.dataset)
    own = "folder" in data and data["true_labels"] and not is_noisy(data)
    return content_of([true_labels(study, wildcards)]) if own else None


def root(study, wildcards):
    """The folder that paths in the dataset file start from."""
    return study.data(wildcards.dataset).get("folder", f"results/{base_of(wildcards.dataset)}/raw")


def listing(study, wildcards):
    return f"results/{base_of(wildcards.dataset)}/listing.csv"


def facts(study, wildcards):
    return f"results/{base_of(wildcards.dataset)}/audio.csv"


def heard_clips(study, wildcards):
    """The clip table, with those of further classes where there are any."""
    _check_recordings(wildcards)
    further = study.data(wildcards.dataset)["further_classes"]
    return f"results/{wildcards.dataset}/{'all_clips' if further else 'clips'}.csv"


def list_clips(study, wildcards):
    _check_recordings(wildcards)
    _check_folder(study, wildcards.dataset)
    data = study.data(wildcards.dataset)
    tables = {
        name: {key: value for key, value in table.items() if key != "generations"}
        for name, table in data["tables"].items()
    }
    return fingerprint(
        "data.list_clips",
        [("data.table_formats", name) for name in sorted({table["format"] for table in tables.values()})],
        root=root(study, wildcards),
        tables=tables,
        padding=data["padding"],
        subsets=data["subsets"],
        **_further_classes(data),
        **_content(study, wildcards, _places(study, wildcards, "file")),
    )


def embedding_datasets_pattern(study):
    """Return a regular expression for the data sets of this run whose clips are embeddings, without any sound."""
    return "|".join(re.escape(name) for name in study.choices if of_embeddings(study.data(name))) or "(?!)"


def list_embeddings(study, wildcards):
    _check_folder(study, wildcards.dataset)
    keys = ("file", "split", "usage", "manually_verified", "label_names")
    tables = study.data(wildcards.dataset)["tables"]
    return fingerprint(
        "data.list_embeddings",
        root=root(study, wildcards),
        tables={name: {key: table[key] for key in keys} for name, table in tables.items()},
        **_content(study, wildcards, _places(study, wildcards, "file") + _places(study, wildcards, "label_names")),
    )


def inspect_audio(study, wildcards):
    return fingerprint("data.inspect_audio", **_content(study, wildcards, _places(study, wildcards, "audio")))


def tabulate_clips(study, wildcards):
    data = study.data(wildcards.dataset)
    return fingerprint("data.tabulate_clips", **{key: data[key] for key in ("classes", "unusable_audio")})


def tabulate_all_clips(study, wildcards):
    data = study.data(wildcards.dataset)
    return fingerprint("data.tabulate_clips", further=True, **{key: data[key] for key in ("classes", "unusable_audio")})


def clips_to_corrupt(study, wildcards):
    return heard_clips(study, _base(wildcards))


def true_labels_to_corrupt_manifest(study, wildcards):
    return true_labels_manifest(study, _base(wildcards))


def true_labels_to_corrupt_folder(study, wildcards):
    return true_labels_folder(study, _base(wildcards))


def corrupt_labels(study, wildcards):
    """Of what noise is made of only that which it needs: the rest makes no table anew."""
    data, base = study.data(wildcards.dataset), _base(wildcards)
    noise = data["label_noise"]
    keys = {"kind", "rate", "seed", "verified_share"}
    settings = {key: value for key, value in noise.items() if key in keys}
    if noise["kind"] == "confusable":
        settings["groups"], settings["confusions"] = noise.get("groups"), noise.get("confusions")
    if noise["kind"] == OUT_OF_VOCABULARY:
        settings |= _further_classes(data)
    if matrix := settings.get("confusions"):
        if not Path(matrix).is_file():
            raise UserError(f"dataset {base.dataset}: label_noise.confusions: {matrix}: no such file; correct the path")
        settings["confusions_content"] = content_of([matrix])
    return fingerprint(
        "data.corrupt_labels",
        classes=study.classes(base.dataset),
        true_labels=true_labels(study, base),
        content=true_labels_content(study, base),
        **settings,
    )


def check_counts(study, wildcards):
    return fingerprint("data.check_counts", dataset=wildcards.dataset, counts=study.data(wildcards.dataset)["counts"])


def tabulate_events(study, wildcards):
    data = study.data(wildcards.dataset)
    tables = {name: table for name, table in data["tables"].items() if table["format"] == "events"}
    if not tables:
        raise UserError(f"dataset {wildcards.dataset}: none of its tables has the format `events`")
    content = _content(study, wildcards, sorted(table["file"] for table in tables.values()))
    own = sorted(name for name, table in tables.items() if not table["generations"])
    return fingerprint(
        "data.tabulate_events",
        root=root(study, wildcards),
        tables=tables,
        classes=data["classes"],
        own=own,
        **content,
    )


def make_folds(study, wildcards):
    """How the split is called says what it is, see :func:`workflow_scripts.training.plan.split_name`."""
    if wildcards.split.isdigit():
        return fingerprint("data.make_folds", folds=int(wildcards.split), held_out=None, seed=study.seed)
    system = next((system for system in study.all_recipes() if split_name(study, system) == wildcards.split), None)
    if system is None:
        raise UserError(f"results/{wildcards.dataset}/folds/{wildcards.split}.csv: no system of systems/ holds out so")
    held_out = study.recipe(system)["held_out"]
    training = [table for table in study.data(wildcards.dataset)["tables"].values() if table["split"] == "train"]
    if "group" in held_out.get("by", "") and not any(table["columns"]["group"] for table in training):
        raise UserError(
            f"systems/{system}.yaml: held_out: by: {held_out['by']}: the dataset {wildcards.dataset} has no groups; "
            "name their column in its file (`columns: {group: ...}`), or say by: clip"
        )
    return fingerprint("data.make_folds", folds=None, held_out=held_out, seed=study.seed)


def report_data(study, wildcards):
    data = study.data(wildcards.dataset)
    systems = study.systems_on(wildcards.dataset)
    folds = {study.recipe(system)["folds"] for system in systems} - {None}
    held_out = {split_name(study, system): study.recipe(system)["held_out"] for system in systems}
    return fingerprint(
        "data.report_data",
        root=root(study, wildcards),
        folds=sorted({*folds, study.config["stack"]["folds"]}),
        held_out={name: how for name, how in held_out.items() if how},
        seed=study.seed,
        unlabelled=without_labels(data, wildcards.dataset),
        **{key: data[key] for key in ("title", "tables", "classes", "counts", "unusable_audio")},
        **_content(study, wildcards, _places(study, wildcards, "file") + _places(study, wildcards, "audio")),
    )


def problems(study, wildcards):
    systems = study.systems_on(wildcards.dataset)
    stores = dict.fromkeys(study.recipe(system)["front_end"]["store"] for system in systems)
    folder = f"results/{base_of(wildcards.dataset)}"
    return [f"{folder}/clip_problems.csv", *(f"{folder}/features/{store}/problems.csv" for store in stores)]


def collect_problems(study, wildcards):
    return fingerprint("data.collect_problems")


# ---------------------------------------------------------------- helpers


def _base(wildcards):
    """Those of the data set whose labels are made wrong."""
    return Wildcards(base_of(wildcards.dataset))


def _check_recordings(wildcards):
    """Nothing is listed, decoded or extracted twice."""
    if (base := base_of(wildcards.dataset)) != wildcards.dataset:
        raise UserError(f"dataset {wildcards.dataset}: its recordings are those of {base}; ask for this in its place")


def _further_classes(data):
    """As a setting of the stages that treat them otherwise."""
    return {"further_classes": data["further_classes"]} if data["further_classes"] else {}


def _archives(study, wildcards):
    """archive -> {part: md5}, the archive itself being the last part."""
    archives = study.data(wildcards.dataset)["archives"]
    return {a["name"]: {**a.get("parts", {}), a["name"]: a["md5"]} for a in archives}


def _places(study, wildcards, kind):
    """The paths of all tables (``kind`` file), of all folders of audio (audio), of all ``label_names``."""
    return sorted({table[kind] for table in study.data(wildcards.dataset)["tables"].values() if kind in table})


def _archives_of(study, wildcards, kind):
    """The folders of the archives that all tables (or folders of audio) are in, or of the soundscapes."""
    return _archives_with(study, wildcards, _places(study, wildcards, kind))


def _archives_with(study, wildcards, paths):
    """The folders of the archives that ``paths`` of the dataset file start with; none if it is a plain folder."""
    data = study.data(wildcards.dataset)
    names = {archive["name"] for archive in data["archives"]} | ({"soundscapes"} & data.keys())
    used = sorted({path.split("/")[0] for path in paths}) if "folder" not in data else []
    for name in used:
        if name not in names:
            raise UserError(f"dataset {wildcards.dataset}: a path starts with {name!r}, which is none of its archives")
    return [f"results/{base_of(wildcards.dataset)}/raw/{name}" for name in used]


def _content(study, wildcards, paths):
    """What a user's own folder holds at ``paths``; of archives the manifests tell, which are inputs."""
    data = study.data(wildcards.dataset)
    return {"content": content_of([Path(data["folder"], path) for path in paths])} if "folder" in data else {}


def _check_folder(study, dataset):
    """A missing folder or table is better noticed now than by a job."""
    data = study.data(dataset)
    for table in data["tables"].values() if "folder" in data else ():
        kinds = ("file", "label_names", *(["audio"] if data["unusable_audio"] == "refuse" else []))
        for place in (table[kind] for kind in kinds if kind in table):
            path = Path(data["folder"], place)
            try:
                path.stat()
            except OSError as error:
                raise UserError(f"{path}: the dataset file names it: {error.strerror}; correct the path") from None


def _found(mirror):
    """Return a mirror that is a path: where Snakemake works or, if nothing is there, in the checkout (the demo)."""
    inside = ROOT / mirror
    return str(inside) if not Path(mirror).exists() and inside.exists() else mirror
