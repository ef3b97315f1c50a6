"""What all that has been computed for a data set has cost: one row per rule and device.

Jobs whose results came from an output cache, and Snakemake's own work, are not in it.
"""

from workflow_scripts.tables.declaration import Table


class Costs(Table):
    file = "<dataset>/costs.csv"
    key = ("rule", "device")

    rule: str  # name of the rule
    device: str  # a GPU's name, or CPU
    jobs: int  # those that have ended well
    attempts: int  # how often they were started, interrupted and failed ones that led to the same result included
    wall_seconds: float  # [s] sum over all attempts
    cpu_seconds: float  # [s] sum over all attempts
    gpu_hours: float  # [h] wall_seconds of jobs that computed on a GPU, each of which held one
    peak_memory_mb: float  # [10^6 bytes] the largest of all attempts
    peak_gpu_memory_mb: float  # [10^6 bytes] the largest of all attempts
    clips: int | None  # what they have worked through, a training a clip once an epoch; empty where clips tell nothing
    clips_per_second: float | None  # [1/s] clips by wall_seconds: per job, not of all jobs that run at a time


read_costs, write_costs = Costs.read, Costs.write
