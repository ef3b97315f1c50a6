"""The scores of one system under each label-noise policy: one row per policy, split and metric.

Intervals enclose, in 95 of 100 such comparisons, what the value would be over all seeds and all clips of this kind, for
these training clips, labels and folds (workflow_scripts/scoring/seeds_and_clips.py). Each stands for itself: of twenty
policies that change nothing one is to be expected whose difference leaves out zero.
"""

from typing import Literal

from workflow_scripts.tables.measures import Measures


class NoisePolicies(Measures):
    file = "<dataset>/noise_policies.csv"
    key = ("policy", "split", "metric")

    policy: str  # name in policies/
    split: str  # as in the score table
    metric: str  # map3 or accuracy
    value: float  # [0..1] the mean over seeds and clips
    low: float | None  # [0..1] lower end of its 95 % interval; empty where nothing tells how far scores scatter: of one
    # clip, or where all scores are 0, or all are 1
    high: float | None  # [0..1] its upper end
    lowest: float  # [0..1] the lowest of the seeds
    highest: float  # [0..1] the highest of the seeds
    difference: float | None  # [-1..1] value minus that of the first policy; empty for the first
    difference_low: float | None  # [-1..1] lower end of its 95 % interval, on the same clips; empty where low is, of
    # either policy
    difference_high: float | None  # [-1..1] its upper end
    intervals_over: Literal["seeds and clips", "clips"]  # clips: of one seed, whose training may be a lucky one
    seeds: int  # how many these are
    clips: int  # how many these are


read_noise_policies, write_noise_policies = NoisePolicies.read, NoisePolicies.write
