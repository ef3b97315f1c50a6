"""The published scores of all recipes and ensembles, with ours beside them."""

from workflow_scripts.tables.measures import Measures

NOT_RUN = "not run"


class PublishedScores(Measures):
    file = "<dataset>/published.csv, <dataset>/published_events.csv"

    system: str  # name in systems/ or ensembles/; with a round of Task 4, or one before that which answers
    dataset: str  # the data set that the authors report on
    split: str  # as in the score table
    metric: str  # as in the score table
    published: float  # [0..1] what they report
    ours: str  # [0..1] what this run has found; "not run" unless it ran the system at its published size on that data
    # set
    low: (
        float | None
    )  # [0..1] lower end of the 95 % bootstrap interval of ours; empty of a round before that which answers
    high: float | None  # [0..1] its upper end
    source: str  # the paper


read_published, write_published = PublishedScores.read, PublishedScores.write
