"""The plan of Task 4: networks that learn from networks, and the events that they detect (see graph/plan.py)."""

from typing import NamedTuple

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.recipes import step_seconds
from workflow_scripts.study.request_plan import RequestPlan
from workflow_scripts.training.plan import parts_of, pattern, round_before

DETECTION = ["post_processing.csv", "filtered.npy", "filtered.csv", "events.csv"]  # outputs of rule detect_events


class Detection(NamedTuple):
    """Something that detects events: one round of a system, or an ensemble."""

    name: str  # its row in the score table
    system: str  # or ensemble
    round: str | None  # None of an ensemble

    def folder(self, dataset):
        if self.round is None:
            return f"results/{dataset}/ensemble/{self.system}"
        return f"results/{dataset}/systems/{self.system}/round{self.round}"


class DetectionPlan(RequestPlan):
    """The input and parameter functions of ``rules/teaching.smk`` and ``rules/detection.smk``."""

    def __init__(self, config):
        super().__init__(config)
        self._check_teachers()
        self.detections = [
            Detection(f"{system} round {int(number)}", system, number)
            for system in self.detectors
            for number in self.rounds(system)
        ]
        self.detections += [Detection(name, name, None) for name in self.event_ensembles]
        answers = {**{d.system: d for d in self.detections}}  # of a system its last round
        if config["task4"]["answer"] not in answers:
            raise UserError(
                f"config.yaml: task4.answer: {config['task4']['answer']!r} is none of the systems and ensembles of "
                f"task4; there are {', '.join(answers)}"
            )
        self.event_answer = answers[config["task4"]["answer"]]

    def taught_pattern(self):
        """Return a regular expression for the systems that learn from teachers."""
        return pattern(system for system, recipe in self.recipes.items() if recipe["passes"])

    def detectors_pattern(self):
        """Return a regular expression for the systems that detect events."""
        return pattern(system for system, recipe in self.recipes.items() if recipe["detection"])

    def event_ensembles_pattern(self):
        return pattern(self.event_ensembles)

    # ---------------------------------------------------------------- teaching

    def data_of_teaching(self, wildcards):
        """What the teachers of a round have found in the round before; of a single one no matter how well it did."""
        folders = [
            f"results/{wildcards.dataset}/systems/{teacher}/round{round_before(wildcards.round)}"
            for teacher in self.teachers(wildcards.system, wildcards.round)
        ]
        return {
            "post_processing": [f"{folder}/post_processing.csv" for folder in folders if len(folders) > 1],
            "probabilities": [f"{folder}/probabilities.npy" for folder in folders],
            "probabilities_index": [f"{folder}/probabilities.csv" for folder in folders],
        }

    def folds_of_system(self, wildcards):
        return f"results/{wildcards.dataset}/folds/{self.recipe(wildcards.system)['folds']}.csv"

    def tag_making(self, wildcards):
        one = self.pass_of(wildcards.system, wildcards.round)
        if one["targets"] == "frame_probabilities":
            raise UserError(f"{wildcards.system}: round {wildcards.round} learns from frames, not from tags")
        decide = one["targets"] == "tags"
        return fingerprint("labels.make_tags", decide=decide, **self._judged(wildcards), **self._taught(wildcards))

    def frame_targets(self, wildcards):
        one = self.pass_of(wildcards.system, wildcards.round)
        if one["targets"] != "frame_probabilities":
            raise UserError(f"{wildcards.system}: round {wildcards.round} learns from tags, not from frames")
        smoothing = {"median_frames": one.get("median_frames", 1), "gaussian_frames": one.get("gaussian_frames")}
        return fingerprint("labels.make_frame_targets", **smoothing, **self._taught(wildcards))

    def targets_of_round(self, wildcards):
        """The targets that teachers have made for a round."""
        folder = f"results/{wildcards.dataset}/systems/{wildcards.system}/round{wildcards.round}"
        if self.pass_of(wildcards.system, wildcards.round)["targets"] == "frame_probabilities":
            return {"tags": [], "target_frames": [f"{folder}/targets.npy"], "target_index": [f"{folder}/targets.csv"]}
        return {"tags": [f"{folder}/tags.parquet"], "target_frames": [], "target_index": []}

    def data_of_taught(self, wildcards):
        return self.data_of_training(wildcards) | self.targets_of_round(wildcards)

    def taught_training(self, wildcards):
        one = self.pass_of(wildcards.system, wildcards.round)
        training = self.recipe(wildcards.system)["training"] | one["training"]
        return self._training(wildcards, wildcards.round, training, learn_labelled=one["learn_labelled"])

    # ---------------------------------------------------------------- detection

    def data_of_frames(self, wildcards):
        return self.data_of_training(wildcards)

    def frame_prediction(self, wildcards):
        recipe = self.recipe(wildcards.system)
        return fingerprint(
            "prediction.predict_frames",
            parts_of(recipe, self.labels(wildcards.dataset)),
            classes=self.event_classes(wildcards.dataset),
            labels=self.labels(wildcards.dataset),
            windows=recipe["windows"],
            pool=recipe["detection"]["pool"],
            learn_labelled=self.learns_labelled(wildcards.system, wildcards.round),
            teaches=self._teaches(wildcards.system, wildcards.round),
        )

    def detection(self, wildcards):
        recipe = self.recipe(wildcards.system)
        settings = {key: recipe["detection"][key] for key in ("thresholds", "median_seconds", "pool", "trained_folds")}
        return fingerprint(
            "detection.detect_events",
            classes=self.event_classes(wildcards.dataset),
            step_seconds=step_seconds(recipe),
            learn_labelled=self.learns_labelled(wildcards.system, wildcards.round),
            **settings,
        )

    def merged_detections(self, wildcards):
        """The outputs of all rounds of all systems of an ensemble, and the reference where that has a say."""
        folders = [d.folder(wildcards.dataset) for d in self._members(wildcards.ensemble)]
        keys = ("post_processing", "filtered", "filtered_index", "events")
        files = {key: [f"{folder}/{name}" for folder in folders] for key, name in zip(keys, DETECTION, strict=True)}
        by_halves = self.event_ensembles[wildcards.ensemble]["fusion"] == "best-per-class-by-halves"
        return files | {"reference": [f"results/{wildcards.dataset}/events.csv"] if by_halves else []}

    def merging(self, wildcards):
        detections = [[d.system, int(d.round)] for d in self._members(wildcards.ensemble)]
        return fingerprint(
            "detection.merge_events", detections=detections, classes=self.event_classes(wildcards.dataset)
        )

    # ---------------------------------------------------------------- helpers

    def learns_labelled(self, system, number):
        return number == "00" or self.pass_of(system, number)["learn_labelled"]

    def _members(self, ensemble):
        """All rounds of its systems, the last ones first: of equals that is taken."""
        systems = self.event_ensembles[ensemble]["systems"]
        members = [d for d in self.detections if d.system in systems and d.round is not None]
        return sorted(members, key=lambda d: d.round, reverse=True)

    def _teaches(self, system, number):
        """Whether any system learns from what this one says in the round ``number``."""
        after = f"{int(number) + 1:02d}"
        students = [s for s in self.detectors if after in self.rounds(s)]
        return any(system in self.teachers(student, after) for student in students)

    def _taught(self, wildcards):
        return {
            "teachers": self.teachers(wildcards.system, wildcards.round),
            "classes": self.event_classes(wildcards.dataset),
            "pool": self.recipe(wildcards.system)["detection"]["pool"],
        }

    def _judged(self, wildcards):
        """Which clips judge the teachers: in this all of them are alike (``_check_teachers``)."""
        before = round_before(wildcards.round)
        teacher = self.teachers(wildcards.system, wildcards.round)[0]
        return {
            "trained_folds": self.recipe(teacher)["detection"]["trained_folds"],
            "learn_labelled": self.learns_labelled(teacher, before),
        }

    def _check_teachers(self):
        """Teachers and students hear the same frames, and the same clips validate them."""
        for system in self.detectors:
            for number in self.rounds(system):
                for teacher in self.teachers(system, number) if number != "00" else ():
                    where = f"systems/{system}.yaml: passes: round {int(number)}: teacher {teacher!r}"
                    if teacher not in self.recipes or not self.recipes[teacher]["detection"]:
                        raise UserError(f"{where} is no system that detects events; correct the name")
                    if int(number) > 1 + len(self.recipes[teacher]["passes"]):
                        raise UserError(f"{where} has no round {int(number) - 1}; give it one, or leave it out")
                    if self._frames_of(teacher) != self._frames_of(system):
                        raise UserError(
                            f"{where} has other spectrograms, windows or folds; a teacher's must be the same"
                        )
                    if self.learns_labelled(teacher, round_before(number)) != self.learns_labelled(
                        self.teachers(system, number)[0], round_before(number)
                    ):
                        raise UserError(f"{where}: learn_labelled is not the same in the rounds of all teachers")

    def _frames_of(self, system):
        recipe = self.recipes[system]
        detection = {key: recipe["detection"][key] for key in ("trained_folds", "pool")}
        return [recipe["front_end"], recipe["windows"], recipe["folds"], detection]
