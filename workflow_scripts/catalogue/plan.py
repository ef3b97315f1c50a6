"""The plan of the catalogue of systems (see graph/plan.py)."""

from pathlib import Path

from workflow_scripts.fusion.plan import EnsemblePlan
from workflow_scripts.study.contents import content_of
from workflow_scripts.study.fingerprint import fingerprint

TABLES = ("scores.csv", "event_scores.csv")  # of Tasks 2 and 4


class CataloguePlan(EnsemblePlan):
    """The parameter of ``rules/catalogue.smk``."""

    def catalogue(self, wildcards):
        recipes, ensembles = self.published_recipes, self.published_ensembles
        corrected = {system: name for name, e in ensembles.items() if e["relabelling"] for system in e["systems"]}
        systems = {
            name: {key: recipe[key] for key in ("title", "source", "network")}
            | {"front_end": recipe["front_end"]["spectrogram"], "published": recipe["published"]["scores"]}
            | {"label_noise": _label_noise(recipe, corrected.get(name))}
            | {"classes": len(self.data(recipe["published"]["dataset"])["classes"])}
            for name, recipe in recipes.items()
        }
        fused = {
            name: {key: ensemble[key] for key in ("title", "source", "systems")}
            | {"published": ensemble["published"]["scores"], "label_noise": ensemble["fusion"]}
            for name, ensemble in ensembles.items()
        }
        parts = [
            ("parts.networks", name) for name in sorted({recipe["network"]["name"] for recipe in recipes.values()})
        ]
        return fingerprint(
            "catalogue.catalogue_systems",
            parts,
            systems=systems,
            ensembles=fused,
            content=content_of(sorted(path for name in TABLES for path in Path("results").glob(f"*/{name}"))),
        )


def _label_noise(recipe, corrector):
    """Return in words what a system does about labels that nobody has verified."""
    if recipe["self_verification"]:
        return f"self-verification, {recipe['self_verification']['rounds']} rounds"
    if recipe["detection"]:
        return f"weak labels; {len(recipe['passes'])} rounds that learn from teachers"
    words = [f"unverified clips weigh {recipe['unverified_weight']}"]
    if recipe["training"].get("mask_losses_above") is not None:
        words.append(f"losses masked from {recipe['training']['mask_losses_above']} of the batch's largest")
    if corrector:
        words.append(f"relabelled by {corrector}")
    return "; ".join(words)
