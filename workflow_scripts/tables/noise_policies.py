"""The scores of one system under each label-noise policy: one row per policy, split and metric."""

from workflow_scripts.tables.measures import Measures


class NoisePolicies(Measures):
    file = "<dataset>/noise_policies.csv"
    key = ("policy", "split", "metric")

    policy: str  # name in policies/
    split: str  # as in the score table
    metric: str  # map3 or accuracy
    value: float  # [0..1] the mean over seeds and clips
    low: float  # [0..1] lower end of its 95 % bootstrap interval, of seeds and clips drawn anew
    high: float  # [0..1] its upper end
    lowest: float  # [0..1] the lowest of the seeds
    highest: float  # [0..1] the highest of the seeds
    difference: float | None  # [-1..1] value minus that of the first policy; empty for the first
    difference_low: float | None  # [-1..1] lower end of its 95 % interval, in the same way, on the same clips
    difference_high: float | None  # [-1..1] its upper end
    seeds: int  # how many these are
    clips: int  # how many these are


read_noise_policies, write_noise_policies = NoisePolicies.read, NoisePolicies.write
