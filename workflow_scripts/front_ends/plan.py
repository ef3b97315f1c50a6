"""The parameter of the rule in ``rules/front_ends.smk``."""

from workflow_scripts.study.fingerprint import fingerprint


def extract_features(study, wildcards):
    """Of the front end whose feature store has this name; it is the same for every system that names it."""
    found = [recipe["front_end"] for recipe in study.recipes.values()]
    front_end = next(front_end for front_end in found if front_end["store"] == wildcards.store)
    silence, spectrogram = front_end["silence"], front_end["spectrogram"]
    parts = [("parts.silence", silence["name"]), ("parts.spectrograms", spectrogram["name"])]
    return fingerprint("front_ends.extract_features", parts, silence=silence, spectrogram=spectrogram)
