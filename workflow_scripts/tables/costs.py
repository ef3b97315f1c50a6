"""The table of costs: what all that has been computed for a data set has cost, one row per rule and device.

| column | what |
|---|---|
| rule, device | a GPU's name, or ``CPU`` |
| jobs | those that have ended well |
| attempts | how often they were started, interrupted and failed ones that led to the same result included |
| wall_seconds, cpu_seconds | sums over all attempts |
| gpu_hours | wall_seconds of jobs that computed on a GPU, each of which held one, in hours |
| peak_memory_mb, peak_gpu_memory_mb | the largest of all attempts, MB of 10^6 bytes |
| clips | what they have worked through, a training a clip once an epoch; empty where clips tell nothing |
| clips_per_second | clips by wall_seconds: per job, not of all jobs that run at a time |

Jobs whose results came from an output cache, and Snakemake's own work, are not in it.
"""

from workflow_scripts.tables.measures import read_measures
from workflow_scripts.tables.tables import write_table

NUMBERS = ["jobs", "attempts", "wall_seconds", "cpu_seconds", "gpu_hours"]
NUMBERS += ["peak_memory_mb", "peak_gpu_memory_mb", "clips", "clips_per_second"]
COLUMNS = ["rule", "device", *NUMBERS]


def read_costs(path):
    """Return the costs, numbers as floats, NaN where empty."""
    return read_measures(path, COLUMNS, NUMBERS)


def write_costs(table, path):
    write_table(table[COLUMNS], path)
