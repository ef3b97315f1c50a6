"""How policies differ that were each run with several seeds, on the same clips."""

from workflow_scripts.scoring.seeds_and_clips import interval, paired_interval


def compared_policies(values):
    """Return policy -> numbers of the table of policies (workflow_scripts/tables/noise_policies.py).

    ``values``: policy -> scores [seeds, clips], in 0..1, on the same clips in the same order; the first policy is what
    the others are compared with. Raises ValueError where they are not on the same clips, as far as their shapes tell.
    """
    first = next(iter(values))
    rows = {}
    for policy, scores in values.items():
        seeds, clips = scores.shape
        of_seeds = scores.mean(axis=1)
        low, high = interval(scores)
        rows[policy] = {"value": scores.mean(), "low": low, "high": high}
        rows[policy] |= {"lowest": of_seeds.min(), "highest": of_seeds.max()}
        if policy != first:
            low, high = paired_interval(scores, values[first])
            difference = scores.mean() - values[first].mean()
            rows[policy] |= {"difference": difference, "difference_low": low, "difference_high": high}
        rows[policy] |= {"intervals_over": "seeds and clips" if seeds > 1 else "clips", "seeds": seeds, "clips": clips}
    return rows
