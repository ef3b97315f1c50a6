"""The plan of a run: what each rule reads, and its one parameter (see :mod:`workflow_scripts.graph.fingerprint`).

The methods that take ``wildcards`` are the input and parameter functions of the rules in ``rules/``.
"""

from workflow_scripts.graph.catalogue_plan import CataloguePlan
from workflow_scripts.graph.score_plan import ScorePlan


class Plan(CataloguePlan, ScorePlan):
    """Everything follows from ``config``, the content of config.yaml with the command line's changes."""
