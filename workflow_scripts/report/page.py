"""The scores as one page for a browser."""

from workflow_scripts.common.files import written_whole
from workflow_scripts.common.parts import load_part
from workflow_scripts.scoring.score_page import score_page
from workflow_scripts.tables.class_scores import read_class_scores
from workflow_scripts.tables.comparisons import read_comparisons
from workflow_scripts.tables.published_scores import read_published
from workflow_scripts.tables.scores import read_scores


def write_score_page(scores, comparisons, by_class, published, page, dataset, answer, task="multiclass"):
    """Write ``page``, static HTML that needs no other file, from the tables; ``answer``: whose classes are shown.

    ``task``: module in :mod:`workflow_scripts.tasks`.
    """
    text = score_page(
        read_scores(scores),
        read_comparisons(comparisons),
        read_class_scores(by_class),
        read_published(published),
        dataset,
        answer,
        load_part("tasks", task).MAIN,
        load_part("tasks.words", task),
    )
    with written_whole(page) as partial:
        partial.write_text(text, encoding="utf-8")
