"""What the rules in ``rules/front_ends.smk`` read, and their parameters."""

import json

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.datasets import of_embeddings
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.weights import checksum, read_weights, weights_file


def extract_features(study, wildcards):
    front_end = made_from(_front_end(study, wildcards))
    sections = {key: value for key, value in front_end.items() if key != "store"}
    return fingerprint("front_ends.extract_features", front_end_parts(front_end), **sections)


def weights_of_store(study, wildcards):
    return files_of_weights(_front_end(study, wildcards))


def stores_pattern(study, rule):
    """Return a regular expression for the feature stores that ``rule`` fills."""
    front_ends = [recipe["front_end"] for recipe in study.recipes.values()]
    stores = sorted({front_end["store"] for front_end in front_ends if _filled_by(front_end) == rule})
    return "|".join(stores) or "(?!)"  # the latter matches nothing


def _filled_by(front_end):
    if "vectors" in front_end:
        return "gather_embeddings"
    weights = front_end.get("embedding", {}).get("weights")
    by_torch = weights is not None and read_weights(weights)["runtime"]["name"] == "network"
    return "embed_clips" if by_torch else "extract_features"


def gather_embeddings(study, wildcards):
    _front_end(study, wildcards)
    return fingerprint("front_ends.gather_embeddings")


def fetch_weights(study, wildcards):
    """The file is what its checksum says, wherever it comes from and by whatever code."""
    if wildcards.file != read_weights(wildcards.weights)["file"]:
        raise UserError(
            f"{weights_file(wildcards.weights)} is the file of weights/{wildcards.weights}.yaml; ask for it"
        )
    return json.dumps(checksum(wildcards.weights))


def weights_sources(study, wildcards):
    mirrors = read_weights(wildcards.weights)["mirrors"]
    return json.dumps({"folder": study.config["local_archives"], "mirrors": mirrors})


def find_near_duplicates(study, wildcards):
    return fingerprint("front_ends.find_near_duplicates")


def embeddings(study, wildcards):
    """The first feature store of embeddings that this run has for a data set."""
    front_ends = [study.recipe(system)["front_end"] for system in study.systems_on(wildcards.dataset)]
    store = next((front_end["store"] for front_end in front_ends if "embedding" in front_end), None)
    if store is None:
        raise UserError(
            f"results/{wildcards.dataset}/near_duplicates.csv: no system of config.yaml hears embeddings; name one, "
            "yamnet-linear for example"
        )
    folder = f"results/{wildcards.dataset}/features/{store}"
    return {"frames": f"{folder}/frames.npy", "index": f"{folder}/index.csv"}


# ---------------------------------------------------------------- of use to other stages


def made_from(front_end):
    """The section ``front_end`` of a recipe, with all that an embedding follows from in place of the weights' name."""
    if "embedding" not in front_end:
        return front_end
    name = front_end["embedding"]["weights"]
    of_weights = {key: read_weights(name)[key] for key in ("runtime", "input", "values")} | checksum(name)
    return front_end | {"embedding": {"pool": None} | front_end["embedding"] | of_weights}


def front_end_parts(front_end):
    """The modules that compute it; ``front_end``: as :func:`made_from` returns it."""
    parts = [("parts.silence", front_end["silence"]["name"])]
    if "spectrogram" in front_end:
        return [*parts, ("parts.spectrograms", front_end["spectrogram"]["name"])]
    embedding = front_end["embedding"]
    spectrogram = embedding["input"].get("spectrogram")
    parts += [("parts.spectrograms", spectrogram["name"])] if spectrogram else []
    network = embedding["runtime"].get("network")
    parts += [("parts.networks", network["name"])] if network else []
    return [*parts, ("parts.embeddings", embedding["runtime"]["name"])]


def files_of_weights(front_end):
    """The weights that a front end needs, a list of one file or none."""
    return [weights_file(front_end["embedding"]["weights"])] if "embedding" in front_end else []


def _front_end(study, wildcards):
    """The one whose feature store has this name; it is the same for every system that names it."""
    found = {recipe["front_end"]["store"]: (system, recipe["front_end"]) for system, recipe in study.recipes.items()}
    system, front_end = found[wildcards.store]
    embeddings = of_embeddings(study.data(wildcards.dataset))
    if ("vectors" in front_end) != embeddings:
        clips = "embeddings, without any sound" if embeddings else "sounds, and it takes embeddings"
        raise UserError(
            f"systems/{system}.yaml: front_end: the clips of the dataset {wildcards.dataset} are {clips}; choose "
            "another system"
        )
    return front_end
