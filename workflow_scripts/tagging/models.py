"""The models of a tagger, each read and checked before it is used."""

from pathlib import Path

from workflow_scripts.training.model import Model

KEPT_BYTES = 2 * 10**9


class Models:
    """Hold those of ``named`` (a list of :class:`workflow_scripts.tagging.manifest.Named`) that fit into KEPT_BYTES.

    All are read at once, so that one that is missing or another than ``manifest`` means is an error before any work;
    those that do not fit are read, and checked, again for each batch.
    """

    def __init__(self, named, manifest):
        self.manifest = manifest
        self.kept, room = {}, KEPT_BYTES
        for file in named:
            model = self._read(file)
            room -= Path(manifest).parent.joinpath(file.path).stat().st_size
            if room >= 0:
                self.kept[file] = model

    def __getitem__(self, file):
        return self.kept.get(file) or self._read(file)

    def _read(self, file):
        return file.read(Model.read, self.manifest)
