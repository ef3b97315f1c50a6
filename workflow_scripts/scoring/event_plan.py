"""The plan of Task 4's scores and answer (see graph/plan.py)."""

from workflow_scripts.detection.plan import DetectionPlan
from workflow_scripts.study.ensembles import EVENT_FUSIONS
from workflow_scripts.study.fingerprint import fingerprint
from workflow_scripts.study.recipes import step_seconds

ORACLE = "whole-clip-oracle"  # perfect tags, each through the whole clip


class EventScorePlan(DetectionPlan):
    """The input and parameter functions of ``rules/event_scores.smk``."""

    def scored_detections(self, wildcards):
        return self._outputs_of(self.detections, wildcards.dataset)

    def event_scoring(self, wildcards):
        detections = [{"name": d.name, "step_seconds": self._step_seconds(d)} for d in self.detections]
        return fingerprint(
            "scoring.score_events",
            oracle=ORACLE,
            detections=detections,
            classes=self.event_classes(wildcards.dataset),
            usages=self._usages_with_events(wildcards.dataset),
            published=[
                {key: row[key] for key in ("system", "split", "metric", "value", "by_class")}
                for row in self._published_events()
                if row["dataset"] == wildcards.dataset and row["as_published"]
            ],
            resamples=self.config["bootstrap_resamples"],
            seed=self.seed,
        )

    def answered_detection(self, wildcards):
        """The outputs of the answer."""
        return {key: files[0] for key, files in self._outputs_of([self.event_answer], wildcards.dataset).items()}

    def events_report(self, wildcards):
        published = self._published_events()
        last = {d.system: d.name for d in self.detections}  # of a system its last round
        return fingerprint(
            "report.report_events",
            dataset=wildcards.dataset,
            classes=self.event_classes(wildcards.dataset),
            published=[{key: value for key, value in row.items() if key != "by_class"} for row in published],
            answer=self.event_answer.name,
            oracle=ORACLE,
            detections=[[d.name, d.system] for d in self.detections],
            last=[ORACLE, *last.values()],
            step_seconds=self._step_seconds(self.event_answer),
        )

    def event_results(self, wildcards):
        """What a run of Task 4 leaves behind for people to look at, but for its costs."""
        folder = f"results/{wildcards.get('dataset', self.task4_dataset)}"
        names = ["event_timelines", "event_class_f1", "passes", "learning_curves"]
        tables = [
            f"{folder}/{name}.csv" for name in ("event_class_scores", "published_events", "data_problems", "counts")
        ]
        return tables + [f"{folder}/figures/{name}.png" for name in names]

    def answered_events(self, wildcards):
        return f"{self.event_answer.folder(self.task4_dataset)}/events.csv"

    def writing_events(self, wildcards):
        return fingerprint("scoring.write_events", dataset=self.task4_dataset, answer=self.event_answer.name)

    # ---------------------------------------------------------------- helpers

    def _outputs_of(self, detections, dataset):
        folders = [d.folder(dataset) for d in detections]
        names = {"events": "events.csv", "filtered": "filtered.npy", "filtered_index": "filtered.csv"}
        return {key: [f"{folder}/{name}" for folder in folders] for key, name in names.items()}

    def _step_seconds(self, detection):
        systems = (
            [detection.system] if detection.round is not None else self.event_ensembles[detection.system]["systems"]
        )
        return step_seconds(self.recipe(systems[0]))

    def _usages_with_events(self, dataset):
        tables = self.data(dataset)["tables"].values()
        return list(dict.fromkeys(t["usage"] for t in tables if t["format"] == "events" and t["split"] == "test"))

    def _published_events(self):
        """All published scores of Task 4; ``as_published``: the run's sizes change nothing that they are made from."""
        given = self.published_recipes | self.published_ensembles
        now = self.recipes | self.event_ensembles
        detecting = {name: content for name, content in given.items() if _detects(content)}
        return [
            {
                "system": name
                if "systems" in content
                else f"{name} round {score.get('round', len(content['passes']))}",
                "dataset": content["published"]["dataset"],
                **{key: score.get(key) for key in ("split", "metric", "value", "by_class")},
                "source": content["source"],
                "as_published": all(now.get(part) == given[part] for part in _made_from(name, given)),
            }
            for name, content in detecting.items()
            for score in content["published"]["scores"]
        ]


def _detects(content):
    """Whether a recipe or an ensemble is of Task 4."""
    return content["fusion"] in EVENT_FUSIONS if "systems" in content else bool(content["detection"])


def _made_from(name, given):
    """Return ``name`` and all that it is made from: the systems of an ensemble, and the teachers of each."""
    systems = given[name].get("systems", [name])
    teachers = {teacher for system in systems for one in given[system]["passes"] for teacher in one["teachers"] or ()}
    return {name, *systems, *teachers}
