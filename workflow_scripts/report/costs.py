"""What all that has been computed for a data set has cost, by rule."""

import pandas as pd

from workflow_scripts.common.benchmark import SUFFIX, read_attempts
from workflow_scripts.report.figures.costs import rule_costs
from workflow_scripts.report.figures.style import save
from workflow_scripts.tables.costs import read_costs, write_costs

OF_ATTEMPTS = ["wall_seconds", "cpu_seconds", "peak_memory_mb", "peak_gpu_memory_mb", "clips"]


def tabulate_costs(logs, costs):
    """Write ``costs``, see :mod:`workflow_scripts.tables.costs`, from the benchmarks below ``logs``.

    The longest comes first.
    """
    attempts = [
        {"rule": _rule(path, logs), "job": str(path), **row}
        for path in sorted(logs.rglob(f"*{SUFFIX}"))
        for row in read_attempts(path)
    ]
    table = pd.DataFrame(attempts, columns=["rule", "job", "outcome", "device", *OF_ATTEMPTS])
    table[OF_ATTEMPTS] = table[OF_ATTEMPTS].astype(float)
    groups = table.groupby(["rule", "device"])
    report = groups[["wall_seconds", "cpu_seconds", "clips"]].sum()
    report[["peak_memory_mb", "peak_gpu_memory_mb"]] = groups[["peak_memory_mb", "peak_gpu_memory_mb"]].max()
    report["attempts"] = groups.size()
    report["jobs"] = table[table["outcome"] == "done"].groupby(["rule", "device"])["job"].nunique()
    report = report.reset_index().fillna({"jobs": 0}).astype({"jobs": int, "clips": int})
    report["gpu_hours"] = report["wall_seconds"].where(report["device"] != "CPU", 0) / 3600
    report["clips_per_second"] = report["clips"] / report["wall_seconds"]
    report = report.sort_values(["wall_seconds", "rule"], ascending=[False, True])
    decimals = {"wall_seconds": 1, "cpu_seconds": 1, "gpu_hours": 4, "clips_per_second": 2}
    report = report.round(decimals).astype({"clips": object, "clips_per_second": object})
    report.loc[report["clips"] == 0, ["clips", "clips_per_second"]] = ""
    write_costs(report, costs)


def plot_costs(costs, plot, dataset):
    """Draw the table ``costs``."""
    save(rule_costs(read_costs(costs), dataset), plot)


def _rule(path, logs):
    """Logs lie in ``logs/<rule>/``, those of a rule with one job directly in ``logs/``."""
    return path.relative_to(logs).parts[0].removesuffix(SUFFIX)
