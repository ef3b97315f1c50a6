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

from workflow_scripts.cluster.records import keep_records_where_jobs_run
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.job_environment import shell_prefix
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.run_lock import run_lock


# That of the folder where Snakemake works (--directory), else the checkout's.
configfile: "config.yaml" if Path("config.yaml").is_file() else str(Path(workflow.basedir, "config.yaml"))


report: "report/workflow.rst"


# With --sdm apptainer, for all rules.
container: "envs/tagging.sif"


# Jobs find the package and, unless an environment is deployed for them, the Python that runs Snakemake.
python = None if workflow.deployment_settings.deployment_method else sys.executable

try:
    plan = Plan(config, in_one_line=True)
    study = plan.study
    shell.prefix(shell_prefix(workflow.basedir, python))
except UserError as error:
    raise WorkflowError(str(error)) from None


# Of all that Snakemake can be asked for, only a run executes; the Snakemakes that it starts for its jobs are part of it.
if workflow.is_main_process and not workflow.output_settings.dryrun:
    workflow.execute = run_lock(".snakemake/running.lock")(workflow.execute)


keep_records_where_jobs_run()


wildcard_constraints:
    dataset=r"[\w.+-]+",
    archive=r"[\w.-]+\.z(ip|\d\d+)",
    system=r"[\w-]+",
    store=r"[a-z0-9-]+",
    split=r"[\w.-]+",
    stage=r"\d\d",
    fold=r"\d+",


# Where jobs run with profiles/slurm, and why.
#
# GPU node: measure_speed embed_clips train prune_clips predict_stage predict_frames tag_sounds
#   One job for each training (system, stage, fold), judgement of what it has learned from, prediction of a stage and
#   probe: what takes long, and is alone.
# CPU node: mix_soundscapes list_embeddings inspect_audio extract_features gather_embeddings find_near_duplicates
#           predict_baselines stack_systems stack_stage make_tags make_frame_targets score_systems score_events
#   What takes minutes at the published size, or memory, and grows with clips and systems.
# Login node, by `localrule: True`: all others.
#   Seconds of one core: tables, folds, verdicts, means, figures, pages. In the queue each would wait for longer than it
#   works. What belongs together is one job, as starting Python and its libraries takes longest. Downloads, too: nodes may
#   have no internet.
#
# Jobs are not grouped: SLURM would reserve the sum of what they need and run them one after the other.
include: "rules/data.smk"
include: "rules/front_ends.smk"
include: "rules/training.smk"
include: "rules/labels.smk"
include: "rules/prediction.smk"
include: "rules/fusion.smk"
include: "rules/detection.smk"
include: "rules/scoring.smk"
include: "rules/tagging.smk"
include: "rules/report.smk"
include: "rules/audit.smk"
include: "rules/catalogue.smk"


# In front of a cluster, and only there.
onstart:
    if workflow.executor_plugin.name == "slurm":
        from snakemake_executor_plugin_slurm import Executor
        from workflow_scripts.cluster import orphans, polling

        polling.bound_pauses(Executor, workflow.remote_execution_settings.seconds_between_status_checks)
        try:
            cancelled = orphans.cancel_orphans(workflow.workdir_init)
        except UserError as error:
            raise WorkflowError(str(error)) from None
        if cancelled:
            print(f"Cancelled SLURM jobs of an earlier run: {', '.join(cancelled)}", file=sys.stderr)


rule all:
    default_target: True
    input:
        "results/task2_ensemble.csv",
    localrule: True
