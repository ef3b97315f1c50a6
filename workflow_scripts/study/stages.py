"""A system's training as the list of its stages, unrolled: one that repeats is a stage for every round."""

from dataclasses import dataclass, field

from workflow_scripts.study.schema import merged

FURTHER = {  # what a stage says beside its objective, and what it is where neither it nor `training` says so
    "start": "scratch",
    "frozen": [],
    "fresh": [],
    "learn_from": "all",
    "validate_on": "verified",
    "labels": {"name": "given"},
    "unverified_weight": 1.0,
}
SECTIONS = ("task", "network", "windows")  # of the recipe, which a stage of pre-training changes
STAGES = {"training": {}}  # of a recipe that names none
OF_LABELS = ("co_teaching", "noise_layer")  # what is nothing to a stage of pre-training, which learns none
TAUGHT = ("tags", "clip_probabilities", "frame_probabilities")  # kinds of labels that teachers make


@dataclass(frozen=True)
class Stage:
    """One training of a system on every fold.

    ``number``: as in paths, from 00 on. ``name``: of the stage that it belongs to. ``settings``: all that the recipe
    says of it: objective, schedule, ``start``, ``labels``, ``learn_from``, ``validate_on`` and so on. ``sections``:
    what it changes of the recipe's ``SECTIONS``.
    """

    number: str
    name: str
    settings: dict
    sections: dict = field(default_factory=dict)

    @property
    def labels(self):
        """The part in ``workflow_scripts/parts/labels`` whose labels it learns."""
        return self.settings["labels"]["name"]

    @property
    def pretrains(self):
        """Whether it learns no labels, so that its models say nothing of classes."""
        return "task" in self.sections

    @property
    def networks(self):
        """How many networks an update changes."""
        return 2 if self.settings.get("co_teaching") else 1

    @property
    def before(self):
        """The number of the stage before."""
        return f"{int(self.number) - 1:02d}"

    def of(self, recipe):
        """Return ``recipe`` with the sections that this stage changes."""
        return merged(recipe, self.sections)


def unrolled(training, stages):
    """Return the tuple of :class:`Stage` objects.

    ``training``: what all stages share. ``stages``: name -> what one has of its own, in their order; one with
    ``repeat: 3`` stands there three times. A stage that is null is left out and keeps its number, so that the same
    stages of several systems have the same numbers. Of what all share a stage of pre-training does not have
    ``OF_LABELS``.
    """
    found, number = [], 0
    for name, own in stages.items():
        if own is None:
            number += 1
            continue
        sections = {key: value for key, value in own.items() if key in SECTIONS}
        shared = {k: v for k, v in training.items() if not ("task" in own and k in OF_LABELS)}
        settings = FURTHER | shared | {k: v for k, v in own.items() if k not in ("repeat", *SECTIONS)}
        for _ in range(own.get("repeat", 1)):
            found.append(Stage(f"{number:02d}", name, settings, sections))
            number += 1
    return tuple(found)
