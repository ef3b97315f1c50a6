"""Noisy-label audio tagging: DCASE 2018 Task 2. What can be asked for:

snakemake --cores 8 results/task2_ensemble.csv     the ensemble's answer for the dataset in config.yaml, its scores
snakemake --cores 8 results/<dataset>/...          any intermediate result
"""

import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.27")
sys.path.insert(0, workflow.basedir)

from workflow_scripts.common.errors import UserError
from workflow_scripts.graph.one_line import OneLine
from workflow_scripts.graph.plan import Plan


configfile: "config.yaml"


try:
    plan = OneLine(Plan(config))
except UserError as error:
    raise WorkflowError(str(error)) from None


# Jobs find the package and, unless an environment is deployed for them, the Python that runs Snakemake.
prefix = f"export PYTHONPATH='{workflow.basedir}'; "
if not workflow.deployment_settings.deployment_method:
    prefix += f"export PATH='{Path(sys.executable).parent}':\"$PATH\"; "
shell.prefix(prefix)


wildcard_constraints:
    dataset=r"[\w.-]+",
    archive=r"[\w.-]+\.z(ip|\d\d+)",
    system=r"[\w-]+",
    store=r"[a-z0-9-]+",
    folds=r"\d+",
    fold=r"\d+",


include: "rules/data.smk"
include: "rules/front_ends.smk"
include: "rules/training.smk"
include: "rules/self_verification.smk"
include: "rules/prediction.smk"
include: "rules/ensemble.smk"
include: "rules/relabelling.smk"
include: "rules/scores.smk"


rule all:
    default_target: True
    input:
        "results/task2_ensemble.csv",
    localrule: True
