"""The manifest of a tagger: all that a trained ensemble needs to tag a sound, as JSON.

| key | what |
|---|---|
| task | module in :mod:`workflow_scripts.tasks` |
| classes | names of the classes, in the order of the probabilities |
| ensemble | its name, ``stack`` for example |
| fusion | how its systems are fused: ``arithmetic-mean``, ``geometric-mean``, ``log-linear-pool`` or ``stack`` |
| weights | of the systems in a mean; null where all have the same |
| stack | the file of a stack, or a log-linear pool; null where the fusion is a mean |
| systems | per system: its name (``system``), the chosen ``round``, the recipe's ``front_end``, what learns (``learner``, see :mod:`workflow_scripts.learners`), ``models``, the files of all its folds, and ``pretrained``, that of the network that computes its embeddings, or null |

Each file is ``path``, relative to the manifest's folder, and ``md5``, of its bytes.
"""  # noqa: E501

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from workflow_scripts.common.errors import UserError, parsing
from workflow_scripts.common.files import md5_of, written_whole


@dataclass(frozen=True)
class Named:
    """A file that a manifest names."""

    path: str
    md5: str

    @classmethod
    def of(cls, path, manifest):
        """What ``manifest`` is to say of the file ``path``."""
        return cls(os.path.relpath(path, Path(manifest).parent), md5_of(path))

    def read(self, reader, manifest):
        """Return what ``reader`` makes of the file; UserError where it is another one than ``manifest`` means."""
        path = Path(manifest).parent / self.path
        content = reader(path)
        with parsing(path, "a readable file"):
            found = md5_of(path)
        if found != self.md5:
            remedy = "make the manifest anew (snakemake --cores 2 with it as the target), or take both from one run"
            raise UserError(f"{path}: not the file that {manifest} names; {remedy}")
        return content


@dataclass
class System:
    system: str
    round: int
    front_end: dict
    learner: dict
    models: list  # of Named
    pretrained: Named | None = None


@dataclass
class Manifest:
    task: str
    classes: list
    ensemble: str
    fusion: str
    stack: Named | None
    systems: list  # of System
    weights: list | None = None


def write_manifest(manifest, path):
    with written_whole(path) as partial:
        partial.write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")


def read_manifest(path):
    """Return the :class:`Manifest`; UserError where there is none, DamagedError where it is not as written."""
    with parsing(path, "a tagger's manifest"):
        content = Manifest(**json.loads(Path(path).read_text(encoding="utf-8")))
        content.stack = content.stack and Named(**content.stack)
        content.systems = [System(**system) for system in content.systems]
        for system in content.systems:
            system.models = [Named(**model) for model in system.models]
            system.pretrained = system.pretrained and Named(**system.pretrained)
    return content
