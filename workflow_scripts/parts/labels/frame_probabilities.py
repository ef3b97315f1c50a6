"""What teachers say of every frame: knowledge distillation (Koutini et al. 2018)."""

from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.tables import rows_of

OF_UNLABELLED = True


def apply(lesson, files, teachers=None, median_frames=1, gaussian_frames=None):
    """All clips learn what rule make_frame_targets has made: of labelled ones but for classes that they do not have.

    ``teachers``: see :mod:`workflow_scripts.parts.labels.clip_probabilities`. ``median_frames``: length of the median
    filter that smooths over time, odd; ``gaussian_frames``: sigma of a Gaussian filter after it, None for none.
    """
    store = read_features(*files)
    clips = lesson.clips
    rows = rows_of(store.index.set_index("fname"), clips.index[clips["seconds"] > 0], files[1], subset=True)
    return lesson.replaced(frame_targets=(store.frames, rows.reindex(clips.index, fill_value=0)))
