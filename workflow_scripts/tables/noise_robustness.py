"""The scores of one system at growing label noise: one row per kind of noise, rate, policy and metric.

Intervals are as those of the comparison of policies (workflow_scripts/tables/noise_policies.py), over all seeds, which
draw the noise, too, and all clips of this kind. Those at several rates are not independent: the clips are the same, and
labels that are wrong at one rate are so at all higher ones.
"""

from typing import Literal

from workflow_scripts.tables.measures import Measures


class NoiseRobustness(Measures):
    file = "<dataset>/noise_robustness.csv"
    key = ("kind", "rate", "policy", "metric")

    kind: str  # uniform, confusable or out_of_vocabulary; at a rate of 0 all are the same labels, which are right
    rate: float  # [0..1] the share of the unverified training labels that are wrong
    policy: str  # name in policies/
    metric: str  # map3 or accuracy, of the test clips, whose labels are right
    value: float  # [0..1] the mean over seeds and clips
    low: float | None  # [0..1] lower end of its 95 % interval; empty where nothing tells how far scores scatter: of one
    # clip, or where all scores are 0, or all are 1
    high: float | None  # [0..1] its upper end
    lowest: float  # [0..1] the lowest of the seeds, each of which drew other wrong labels, too
    highest: float  # [0..1] the highest of the seeds
    difference: float | None  # [-1..1] value minus that of the first policy on the same labels; empty for the first
    difference_low: float | None  # [-1..1] lower end of its 95 % interval, on the same clips; empty where low is, of
    # either policy
    difference_high: float | None  # [-1..1] its upper end
    intervals_over: Literal[
        "seeds and clips", "clips"
    ]  # clips: of one seed, whose noise and training may be lucky ones
    seeds: int  # how many these are
    clips: int  # how many these are


read_noise_robustness, write_noise_robustness = NoiseRobustness.read, NoiseRobustness.write
