"""Snakemake's records of what results were made with, kept where they are made."""

import sys

from snakemake.persistence import PersistenceBase
from snakemake_interface_executor_plugins.settings import ExecMode


def keep_records_where_jobs_run():
    """Let a job on a cluster record itself by what it was made, instead of the Snakemake that submitted it.

    That one may have been killed: a result without a record is taken for good, whatever is edited later. Or it planned
    the job before an edit that reached the job in the queue, and would record what it had planned.
    """
    finished = PersistenceBase.finished

    async def finished_where_it_ran(self, job):
        workflow = self.dag.workflow
        if workflow.remote_exec and workflow.executor_plugin.name == "local":  # within the job
            settings, self.max_checksum_file_size = workflow.workflow_settings, sys.maxsize
            mode, settings.exec_mode = settings.exec_mode, ExecMode.DEFAULT
            await finished(self, job)
            settings.exec_mode = mode
        elif workflow.is_main_process and not job.is_local:  # in front of the cluster
            for file in job.output:
                self._unmark_incomplete(self._get_key(file))
        else:
            await finished(self, job)

    PersistenceBase.finished = finished_where_it_ran
