"""The models of a tagger, each read and checked before it is used."""

from pathlib import Path

from workflow_scripts.common.parts import load_part

KEPT_BYTES = 2 * 10**9


class Models:
    """Hold the models of ``systems`` (of :class:`workflow_scripts.tagging.manifest.System`) that fit into KEPT_BYTES.

    All are read at once, so that one that is missing or another than ``manifest`` means is an error before any work;
    those that do not fit are read, and checked, again for each batch.
    """

    def __init__(self, systems, manifest):
        self.manifest = manifest
        self.kept, self.readers, room = {}, {}, KEPT_BYTES
        for one, file in ((system, file) for system in systems for file in system.models):
            self.readers[file] = load_part("learners", one.learner["name"]).read_model
            model = self._read(file)
            room -= Path(manifest).parent.joinpath(file.path).stat().st_size
            if room >= 0:
                self.kept[file] = model

    def __getitem__(self, file):
        return self.kept.get(file) or self._read(file)

    def _read(self, file):
        return file.read(self.readers[file], self.manifest)
