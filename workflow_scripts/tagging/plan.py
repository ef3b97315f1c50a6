"""The plan of tagging sounds that belong to no data set (see graph/plan.py)."""

from pathlib import Path

from workflow_scripts.common.digest import digest
from workflow_scripts.common.errors import UserError
from workflow_scripts.scoring.plan import ScorePlan
from workflow_scripts.study import requests
from workflow_scripts.study.contents import content_of
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.tagging.sounds import WINDOW_SECONDS, is_file, sounds_in


class TaggingPlan(ScorePlan):
    """The input, parameter and resource functions of ``rules/tagging.smk``."""

    def __init__(self, config):
        super().__init__(config)
        self.tags = {}
        for name, asked in config["tagging"].items():
            window = asked.get("window_seconds", WINDOW_SECONDS)
            hop = asked.get("hop_seconds", window / 2)
            if hop > window:
                raise UserError(
                    f"config.yaml: tagging.{name}: hop_seconds is {hop}, longer than a window of {window} s, which "
                    "would leave gaps; correct it"
                )
            self.tags[name] = {"sounds": asked["sounds"], "window_seconds": window, "hop_seconds": hop}

    # ---------------------------------------------------------------- the tagger

    def tagger_rounds(self, wildcards):
        return self._files_of_systems(wildcards, self._taggers(), "rounds.csv")

    def tagger_models(self, wildcards):
        """Of all rounds: which one is chosen is known only when the job runs."""
        folder = f"results/{wildcards.dataset}/systems"
        return [
            f"{folder}/{system}/round{number}/fold{fold}/model.safetensors"
            for system in self._taggers()
            for number in self.rounds(system)
            for fold in range(self.recipe(system)["folds"])
        ]

    def tagger_stack(self, wildcards):
        name = self.config["answer"]
        stacked = self.fused[name]["fusion"] == "stack"
        return [f"results/{wildcards.dataset}/ensemble/{name}/stack.safetensors"] if stacked else []

    def packing(self, wildcards):
        name = self.config["answer"]
        systems = []
        for system in self._taggers():
            recipe = self.recipe(system)
            sections = {key: recipe[key] for key in ("front_end", "windows", "aggregation", "folds")}
            systems.append({"system": system, "rounds": len(self.rounds(system)), **sections})
        classes, fusion = self.classes(wildcards.dataset), self.fusion(name)
        return fingerprint("tagging.pack_tagger", ensemble=name, classes=classes, systems=systems, **fusion)

    # ---------------------------------------------------------------- the sounds

    def tagging(self, wildcards):
        asked = self._asked(wildcards)
        sounds = sounds_in(asked["sounds"])
        of_list = [] if Path(asked["sounds"]).is_dir() else [path for _, path in sounds if is_file(path)]
        content = content_of([asked["sounds"], *of_list])
        missing = digest([name for name, path in sounds if not is_file(path)])
        parts = {part for system in self._taggers() for part in self._tagging_parts(system)}
        return fingerprint("tagging.tag_sounds", sorted(parts), content=content, missing=missing, **asked)

    def _need(self, wildcards, rule):
        if rule != "tag_sounds":
            return super()._need(wildcards, rule)
        asked = self._asked(wildcards)
        overlap = asked["window_seconds"] / asked["hop_seconds"]
        clips = overlap * requests.clips_in(path for _, path in sounds_in(asked["sounds"]))
        recipes = [self.recipe(system) for system in self._taggers()]
        networks = [requests.expected(recipe, "test prediction", 0, clips, self.device).seconds for recipe in recipes]
        front_ends = requests.of_clips(rule, clips)
        return front_ends._replace(seconds=front_ends.seconds + sum(networks))

    # ---------------------------------------------------------------- helpers

    def _taggers(self):
        """The systems of the ensemble that answers."""
        return self.fused[self.config["answer"]]["systems"]

    def _tagging_parts(self, system):
        recipe = self.recipe(system)
        front_end = recipe["front_end"]
        return [
            ("parts.silence", front_end["silence"]["name"]),
            ("parts.spectrograms", front_end["spectrogram"]["name"]),
            ("parts.networks", recipe["network"]["name"]),
            ("parts.windows", recipe["windows"]["name"]),
        ]

    def _asked(self, wildcards):
        if wildcards.name not in self.tags:
            known = ", ".join(self.tags) or "none"
            raise UserError(f"config.yaml: tagging: there is no {wildcards.name!r}; there are {known}")
        return self.tags[wildcards.name]
