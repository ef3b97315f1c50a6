"""The segments of a list of clips, ready to be cut into windows."""

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import load_part


def segments_of(index, clips):
    """Return the rows of the feature store's ``index`` that belong to ``clips``; ``clip`` is the position there.

    ``clips``: rows of the clip table. Raises UserError where a clip has no segment although its audio is not empty.
    """
    lacking = clips.index[clips["seconds"] > 0].difference(index["fname"])
    if len(lacking):
        raise UserError(f"the feature store lacks {len(lacking)} clips, the first is {lacking[0]}; delete its index")
    clip = clips.index.get_indexer(index["fname"])
    return index.assign(clip=clip)[clip >= 0].sort_values(["clip", "segment"])


class WindowCutter:
    """The recipe's way to cut segments into windows: its name and parameters."""

    def __init__(self, settings):
        self.parameters = {key: value for key, value in settings.items() if key != "name"}
        self.part = load_part("parts.windows", settings["name"])

    def training(self, segments, rng):
        return self.part.training_windows(segments, rng, **self.parameters)

    def inference(self, segments):
        return self.part.inference_windows(segments, **self.parameters)
