"""The scores of one system at growing label noise: one row per kind of noise, rate, policy and metric."""

from workflow_scripts.tables.measures import Measures


class NoiseRobustness(Measures):
    file = "<dataset>/noise_robustness.csv"
    key = ("kind", "rate", "policy", "metric")

    kind: str  # uniform, confusable or out_of_vocabulary; at a rate of 0 all are the same labels, which are right
    rate: float  # [0..1] the share of the unverified training labels that are wrong
    policy: str  # name in policies/
    metric: str  # map3 or accuracy, of the test clips, whose labels are right
    value: float  # [0..1] the mean over seeds and clips
    low: float  # [0..1] lower end of its 95 % bootstrap interval, of seeds and clips drawn anew
    high: float  # [0..1] its upper end
    lowest: float  # [0..1] the lowest of the seeds, each of which drew other wrong labels, too
    highest: float  # [0..1] the highest of the seeds
    difference: float | None  # [-1..1] value minus that of the first policy on the same labels; empty for the first
    difference_low: float | None  # [-1..1] lower end of its 95 % interval, in the same way, on the same clips
    difference_high: float | None  # [-1..1] its upper end
    seeds: int  # how many these are
    clips: int  # how many these are


read_noise_robustness, write_noise_robustness = NoiseRobustness.read, NoiseRobustness.write
