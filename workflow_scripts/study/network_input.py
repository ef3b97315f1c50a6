"""Whether windows and bands of a recipe suit its network: a training would end in a traceback of torch, and late."""

import importlib

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.fingerprint import code_hash
from workflow_scripts.study.memo import recall
from workflow_scripts.study.parts import constant
from workflow_scripts.study.weights import read_weights

LENGTHS = ("frames", "length")  # what windows call the number of frames of those that are trained on
WHOLE_NUMBERS = (*LENGTHS, "tiled", "hop", "least_remainder", "draws")  # of their parameters


def check_input(recipe, source):
    """Raise UserError where the network of ``recipe`` cannot take its windows; ``source``: what it is to be called.

    A network says what it takes in ``INPUT`` (see workflow_scripts/parts/networks); without it, that is anything.
    """
    if "classifier" in recipe:
        return
    network, windows = recipe["network"]["name"], recipe["windows"]
    for name in WHOLE_NUMBERS:
        number = windows.get(name, 1)
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            what = "draws" if name == "draws" else "frames"
            raise UserError(
                f"{source}: windows.{name}: {number!r} is no number of {what}; write a whole number from 1 up"
            )
    name = next((name for name in LENGTHS if name in windows), None)
    if name is None:
        return
    frames = windows[name]
    whole = windows.get("tiled", frames)
    if frames > whole:
        raise UserError(f"{source}: windows: a crop of {frames} frames does not fit into {whole}; correct either")
    takes = _takes(network)
    if not _within(frames, takes["frames"]):
        limits = _in_words(takes["frames"])
        raise UserError(
            f"{source}: windows.{name}: {frames} frames are not what the network {network} takes, {limits}; change it"
        )
    if takes["bands"] != [1, None]:
        kind = next(kind for kind in ("spectrogram", "embedding", "vectors") if kind in recipe["front_end"])
        section, bands = recipe["front_end"][kind], values_of_a_frame(recipe["front_end"], source)
        if not _within(bands, takes["bands"]):
            named, limits = section.get("weights", section.get("name", "the data set")), _in_words(takes["bands"])
            raise UserError(
                f"{source}: front_end.{kind}: the {bands} bands of {named} are not what the network "
                f"{network} takes, {limits}; change them, or take another network"
            )


def _takes(network):
    given = constant("parts.networks", network, "INPUT") or {}
    return {axis: list(given.get(axis, (1, None))) for axis in ("frames", "bands")}


def values_of_a_frame(front_end, source):
    """Return how many bands, or values of an embedding, the frames of the section ``front_end`` have."""
    if "vectors" in front_end:
        return front_end["vectors"]["values"]
    if "embedding" in front_end:
        embedding = front_end["embedding"]
        return read_weights(embedding["weights"])["values"] * len(embedding.get("pool") or [None])
    return _bands(front_end["spectrogram"], source)


def _bands(spectrogram, source):
    """Return how many bands a spectrogram has, by that of one sample of silence."""
    code = code_hash((f"workflow_scripts.parts.spectrograms.{spectrogram['name']}",))
    return recall(__file__, f"{code} {sorted(spectrogram.items())!r}", lambda: _bands_of_silence(spectrogram, source))


def _bands_of_silence(spectrogram, source):
    numpy = importlib.import_module("numpy")  # seldom needed, so not imported above
    parameters = dict(spectrogram)
    part = importlib.import_module(f"workflow_scripts.parts.spectrograms.{parameters.pop('name')}")
    try:
        return part.spectrogram(numpy.zeros(1, numpy.float32), 44100, **parameters).shape[1]
    except Exception as error:
        what = error if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        raise UserError(f"{source}: front_end.spectrogram: {what}; correct its parameters") from None


def _within(number, limits):
    least, most = limits
    return least <= number and (most is None or number <= most)


def _in_words(limits):
    least, most = limits
    return f"{least} or more" if most is None else f"just {least}" if least == most else f"{least} to {most}"
