"""A system's training as the list of its stages, unrolled: one that repeats is a stage for every round."""

from dataclasses import dataclass, field, replace

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
OF_LABELS = (
    "label_smoothing",
    "co_teaching",
    "noise_layer",
)  # what is nothing to a stage of pre-training, which learns none
TAUGHT = ("tags", "clip_probabilities", "frame_probabilities")  # kinds of labels that teachers make


@dataclass(frozen=True)
class Stage:
    """One training of a system on every fold.

    ``number``: as in paths, from 00 on. ``name``: of the stage that it belongs to. ``settings``: all that the recipe
    says of it: objective, schedule, ``start``, ``labels``, ``learn_from``, ``validate_on`` and so on; and where one
    stage goes on with the training of another, ``begins_after``, the epoch after which this one begins, and
    ``gone_on_until``, the epoch with which the last of the stages ends that go on from this one. ``sections``: what it
    changes of the recipe's ``SECTIONS``.
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
    def goes_on(self):
        """Whether it goes on with the training of the stage before, as if that had not ended."""
        return self.settings.get("optimizer_state") == "previous"

    @property
    def ends(self):
        """Whether no other stage goes on with its training."""
        return "gone_on_until" not in self.settings

    @property
    def epochs(self):
        """How many it trains itself; 1 where a classifier is fitted."""
        return self.settings.get("epochs", 1) - self.settings.get("begins_after", 0)

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
    stages of several systems have the same numbers. Of what all share, a stage of pre-training does not have
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
    return tuple(_knowing_each_other(found))


def _knowing_each_other(stages):
    """Return the stages with where those begin that go on from another one, and where those end."""
    found, until = [], None
    for before, stage in reversed(list(zip([None, *stages[:-1]], stages, strict=True))):
        known = {} if until is None else {"gone_on_until": until}
        if goes_on := stage.goes_on and before is not None:
            known["begins_after"] = before.settings["epochs"]
        found.append(replace(stage, settings=stage.settings | known))
        until = (until or stage.settings["epochs"]) if goes_on else None
    return reversed(found)
