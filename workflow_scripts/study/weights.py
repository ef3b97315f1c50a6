"""Pretrained weights: one YAML file each in ``weights/``."""

import functools
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.parts import check_part
from workflow_scripts.study.schema import check, read_yaml

WEIGHTS = Path(__file__).parents[2] / "weights"
CHECKSUMS = ("md5", "sha256")
GIVEN = {"path", "shape", "values", "device"}  # of what runs them; the file says the others


@functools.cache
def read_weights(name):
    """Return the content of ``weights/<name>.yaml``, checked; UserError where there is none, or a mistake in it."""
    path = WEIGHTS / f"{name}.yaml"
    source = f"weights/{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in WEIGHTS.glob("*.yaml"))) or "none"
        raise UserError(f"{source}: no such file; there are {known}")
    content = read_yaml(path)
    if len(content.keys() & {*CHECKSUMS}) != 1:  # a schema says it in a way that few understand
        raise UserError(f"{source}: say either `md5` or `sha256`, the checksum of its file")
    check(content, "weights", source)
    check_part(content["runtime"], "parts.embeddings", "load", GIVEN, f"{source}: runtime")
    if network := content["runtime"].get("network"):
        check_part(network, "parts.networks", "build", {"classes"}, f"{source}: runtime.network")
    if spectrogram := content["input"].get("spectrogram"):
        check_part(
            spectrogram, "parts.spectrograms", "spectrogram", {"samples", "rate"}, f"{source}: input.spectrogram"
        )
    return content


def weights_file(name):
    """Where the file of the weights ``name`` is when it has been fetched."""
    return f"results/weights/{name}/{read_weights(name)['file']}"


def checksum(name):
    """{md5 or sha256: hex digits}"""
    content = read_weights(name)
    return {key: content[key] for key in CHECKSUMS if key in content}
