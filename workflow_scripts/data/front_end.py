"""The two halves of a front end, as recipes name them: the non-silent parts of a recording, and their spectrograms."""

from workflow_scripts.common.parts import load_part


class SilenceRule:
    """``settings``: {"name": a module in workflow_scripts/parts/silence, its parameters ...}"""

    def __init__(self, settings):
        self.parameters = {key: value for key, value in settings.items() if key != "name"}
        self.part = load_part("parts.silence", settings["name"])

    def segments(self, samples, rate):
        """Return ([(start, end), ...] in samples, end exclusive; whether any sound was found).

        ``samples``: [n] float32 at ``rate`` Hz. Where no sound is found, all of it is one segment; where n is 0, there
        is none.
        """
        found = self.part.find_segments(samples, rate, **self.parameters)
        return found or [(0, len(samples))] * (len(samples) > 0), bool(found)


class SpectrogramRule:
    """``settings``: {"name": a module in workflow_scripts/parts/spectrograms, its parameters ...}"""

    def __init__(self, settings):
        self.parameters = {key: value for key, value in settings.items() if key != "name"}
        self.part = load_part("parts.spectrograms", settings["name"])

    def spectrograms(self, samples, rate, segments):
        """Return float32 [frames, bands] of each of ``segments`` [(start, end), ...] of ``samples`` at ``rate`` Hz."""
        return [self.part.spectrogram(samples[start:end], rate, **self.parameters) for start, end in segments]
