"""The comparison of label-noise policies."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from tests import warm
from tests.project import ROOT
from tests.refusals import refusal
from workflow_scripts.common.errors import UserError
from workflow_scripts.scoring import compare_noise_policies
from workflow_scripts.scoring.policies import compared_policies
from workflow_scripts.scoring.seeds_and_clips import interval, paired_interval
from workflow_scripts.study import policies as graph
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.policies import POLICIES
from workflow_scripts.tables.noise_policies import read_noise_policies
from workflow_scripts.tables.predictions import prediction_table, write_predictions

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
ALL = sorted(path.stem for path in POLICIES.glob("*.yaml"))
DEMO = "results/fsdkaggle2018-demo"


def planned(**changes):
    return Plan(CONFIG | {"noise_policies": CONFIG["noise_policies"] | changes})


def on(name, fold=0, stage="00"):
    return SimpleNamespace(dataset="fsdkaggle2018-demo", system=name, ensemble=name, fold=str(fold), stage=stage)


def numbers(plan, system):
    return [stage.number for stage in plan.study.stages(system)]


# ------------------------------------------------------------------ the plan


def test_the_policies_differ_in_nothing_but_what_is_done_about_unverified_labels():
    plan = planned(seeds=[4], policies=ALL)
    recipes = plan.study.policy_recipes
    of_none = recipes["policy-none-seed4"]
    allowed = {
        "verified-only": {"learn_from": "verified"},
        "down-weighting": {"unverified_weight": 0.7},
        "loss-masking": {"loss": {"name": "masked_in_batch", "of": {"name": "cross_entropy"}, "above": 0.8}},
        "self-verification": {},
        "relabelling": {"unverified_weight": 0.7},
        "mixup": {"augmentation": {"name": "mixup", "alpha": 0.1}},
        "mixup-warm-up": {"augmentation": {"name": "mixup", "alpha": 0.1, "after": 3}},
        "label-smoothing": {"label_smoothing": {"epsilon": 0.15}},
        "lq": {"loss": {"name": "lq", "q": 0.7}},
    }
    for policy, changes in allowed.items():
        recipe = recipes[f"policy-{policy}-seed4"]
        section = "stages" if policy == "self-verification" else "training"
        assert {key for key in recipe if recipe[key] != of_none[key]} == {section}, policy
        assert recipe["training"] == of_none["training"] | changes, policy
        first = plan.study.stages(f"policy-{policy}-seed4")[0]
        assert first.settings == plan.study.stages("policy-none-seed4")[0].settings | changes, policy


def test_a_system_loses_the_policy_that_it_has_itself():
    plan = planned(system="dorfer-a")
    assert numbers(plan, "policy-none-seed1") == ["00"]
    _first, *rounds = plan.study.stages("policy-self-verification-seed1")
    assert [stage.settings["labels"]["cap"] for stage in rounds] == [8, 8], "the demo's"
    (only,) = planned(system="densenet-logmel-44k").study.stages("policy-none-seed1")
    assert only.settings["loss"] == {"name": "cross_entropy"}
    (weighed,) = planned(system="iqbal-vgg13-a").study.stages("policy-none-seed1")
    assert weighed.settings["unverified_weight"] == 1


def test_a_system_loses_the_policy_of_its_first_stage_too():
    own = {
        "iqbal-vgg13-a": {"stages": {"training": {"unverified_weight": 0.1, "learn_from": "unverified", "epochs": 3}}}
    }
    compared = CONFIG["noise_policies"] | {"system": "iqbal-vgg13-a"}
    study = Plan(CONFIG | {"noise_policies": compared, "size": "own", "sizes": {"own": own}}).study
    first = study.stages("policy-none-seed1")[0].settings
    assert (first["unverified_weight"], first["learn_from"], first["epochs"]) == (1, "all", 3)
    assert study.stages("policy-down-weighting-seed1")[0].settings["unverified_weight"] == 0.7


def test_a_policy_divides_the_training_and_leaves_it_as_long_as_it_is():
    plan = planned(policies=["none", "loss-mixture"], seeds=[1])
    (whole,), (first, second) = (plan.study.stages(f"policy-{name}-seed1") for name in ("none", "loss-mixture"))
    assert (first.epochs, second.epochs, whole.epochs) == (3, 5, 8), "3 are the demo's"
    plain = whole.settings
    assert first.settings == plain | {"epochs": 3, "early_stopping": None, "gone_on_until": 8}
    labels = {
        **{"name": "pruned", "loss": {"name": "cross_entropy"}, "among": "unverified"},
        "by": {"name": "loss_mixture", "clean_above": 0.5},
    }
    going_on = {"start": "previous", "optimizer_state": "previous", "begins_after": 3}
    assert second.settings == plain | going_on | {"labels": labels}


def test_the_published_pruning_and_rejection_divide_it_too():
    """The numbers of Fonseca et al., WASPAA 2019; n1 is the demo's."""
    plan = planned(policies=["none", "lq-prune", "lq-discard"], seeds=[1])
    lq = {"name": "lq", "q": 0.7}
    first, second = plan.study.stages("policy-lq-prune-seed1")
    by = {"name": "percentile", "at": 97}
    assert second.settings["labels"] == {"name": "pruned", "loss": lq, "by": by, "among": "unverified"}
    assert first.settings["loss"] == second.settings["loss"] == lq
    first, second = plan.study.stages("policy-lq-discard-seed1")
    rejecting = {
        "name": "rejected_by_percentile",
        "above": 93,
        "mean_over": "survivors",
        "of": {"name": "lq", "q": 0.5},
    }
    assert (first.settings["loss"], second.settings["loss"]) == (lq, rejecting)
    assert (first.epochs, second.epochs, second.goes_on) == (3, 5, True)


def test_a_stage_that_goes_on_has_what_the_first_one_has_of_its_own():
    plan = planned(policies=["none", "loss-mixture"], seeds=[1], system="raw-spec-comb")
    _, second = plan.study.stages("policy-loss-mixture-seed1")
    assert (second.settings["frozen"], second.settings["fresh"]) == (["raw", "spectrogram"], [])
    assert second.settings["start"] == "previous"
    own = {"cross-task-cnn": {"stages": {"training": {"epochs": 20, "learning_rate": 0.5, "unverified_weight": 0.1}}}}
    compared = CONFIG["noise_policies"] | {"policies": ["none", "loss-mixture"]}
    study = Plan(CONFIG | {"noise_policies": compared, "size": "own", "sizes": {"own": own}}).study
    first, second = study.stages("policy-loss-mixture-seed1")
    assert (first.epochs, second.epochs, second.settings["learning_rate"]) == (10, 10, 0.5)
    assert second.settings["unverified_weight"] == 1.0, "a policy that the system has itself is taken away"


def test_a_training_that_a_policy_cannot_divide_is_one_line():
    with pytest.raises(UserError) as error:
        planned(policies=["none", "loss-mixture"], system="vggish-finetuned")
    message = str(error.value)
    assert message.startswith("policies/loss-mixture.yaml: stages.pruning: optimizer_state: epochs: ")
    assert "ends with epoch 3" in message and "epoch 2 of the same training" in message


def test_what_policies_prune_is_told_beside_their_comparison():
    plan = planned(policies=["none", "loss-mixture"], seeds=[1, 2])
    folder, names = f"{DEMO}/systems", ["policy-loss-mixture-seed1", "policy-loss-mixture-seed2"]
    wildcards = SimpleNamespace(dataset="fsdkaggle2018-demo")
    assert plan.scoring.policy_pruned(wildcards) == [
        f"{folder}/{name}/stage01/fold{fold}/pruned.csv" for name in names for fold in range(4)
    ]
    settings = json.loads(plan.scoring.compare_noise_policies(wildcards))
    assert settings["pruned"] == [[name, 1, fold] for name in names for fold in range(4)]
    assert settings["true_labels"].startswith("results/fsdkaggle2018-demo/raw/")
    assert plan.scoring.policy_tables() == ["noise_policies_pruning.csv"]
    plain = planned()
    assert not {"pruned", "true_labels"} & json.loads(plain.scoring.compare_noise_policies(wildcards)).keys()
    assert plain.scoring.policy_tables() == plain.scoring.policy_true_labels(wildcards) == []


def test_a_training_stands_on_the_code_of_its_loss_and_of_those_that_it_names():
    plan = planned()
    none, masked = (
        set(json.loads(plan.training.train(on(f"policy-{policy}-seed1")))["modules"])
        for policy in ("none", "loss-masking")
    )
    assert masked - none == {"workflow_scripts.parts.losses.masked_in_batch"}
    assert {f"workflow_scripts.parts.{part}" for part in ("losses.cross_entropy", "optimizers.adam")} <= none & masked


LOSSES = {  # policy -> the parts that it names
    **{"lq": ["lq"], "lq-origin": ["by_origin", "cross_entropy", "lq"]},
    "soft-bootstrapping": ["soft_bootstrapping"],
    "soft-bootstrapping-origin": ["by_origin", "cross_entropy", "soft_bootstrapping"],
    "hard-bootstrapping": ["hard_bootstrapping"],
    "hard-bootstrapping-origin": ["by_origin", "cross_entropy", "hard_bootstrapping"],
    "cce-max": ["rejected_by_largest", "cross_entropy"],
    "cce-max-origin": ["by_origin", "cross_entropy", "rejected_by_largest", "cross_entropy"],
    "cce-outlier": ["rejected_by_deviation", "cross_entropy"],
    "cce-outlier-origin": ["by_origin", "cross_entropy", "rejected_by_deviation", "cross_entropy"],
    "lq-max": ["rejected_by_largest", "lq"],
    "lq-percentile": ["rejected_by_percentile", "lq"],
    "symmetric-cross-entropy": ["symmetric_cross_entropy"],
    "jensen-shannon": ["jensen_shannon"],
    "focal": ["focal"],
    "early-learning-regularisation": ["early_learning_regularisation", "cross_entropy"],
}


def test_a_policy_of_a_loss_stands_on_the_code_of_its_parts_on_whichever_data_set_with_both_origins():
    plan = planned(policies=["none", *LOSSES], seeds=[1])
    for policy, parts in LOSSES.items():
        for dataset in ("fsdkaggle2018-demo", "fsdnoisy18k"):
            training = on(f"policy-{policy}-seed1")
            training.dataset = dataset
            modules = json.loads(plan.training.train(training))["modules"]
            prefix = "workflow_scripts.parts.losses."
            assert [name.removeprefix(prefix) for name in modules if name.startswith(prefix)] == parts, policy


def test_classes_that_a_data_set_has_not_are_named_before_anything_runs():
    plan = planned(policies=["none", "label-smoothing-fsdnoisy18k"], seeds=[1])
    training = on("policy-label-smoothing-fsdnoisy18k-seed1")
    message = refusal(plan.training.train, training)
    assert message.startswith("policies/label-smoothing-fsdnoisy18k.yaml: stages.training: label_smoothing.noisier: ")
    assert "fsdkaggle2018-demo has no class 'Bass_guitar'; it has Acoustic_guitar, " in message
    training.dataset = "fsdnoisy18k"
    smoothing = json.loads(plan.training.train(training))["training"]["label_smoothing"]
    assert len(smoothing["noisier"]) == 9


@pytest.mark.parametrize(
    ("system", "policy", "words"),
    [
        ("cross-task-cnn-multilabel", "lq", "training.loss: lq is of multiclass, and this is multilabel"),
        ("cross-task-cnn-multilabel", "cce-max-origin", "training.loss: cross_entropy is of multiclass"),
        (
            "iqbal-crnn-b",
            "early-learning-regularisation",
            "loss: early_learning_regularisation remembers clips, and mixup",
        ),
    ],
)
def test_a_policy_on_a_system_that_cannot_take_it_is_one_line(system, policy, words):
    message = refusal(planned, system=system, policies=["none", policy])
    assert message.startswith(f"policies/{policy}.yaml: ")
    assert words in message


def test_a_system_loses_its_own_smoothing_too():
    own = {"cross-task-cnn": {"training": {"label_smoothing": {"epsilon": 0.2}, "loss": {"name": "focal"}}}}
    study = Plan(CONFIG | {"size": "own", "sizes": {"own": own}}).study
    (none,) = study.stages("policy-none-seed1")
    assert "label_smoothing" not in none.settings
    assert none.settings["loss"] == {"name": "cross_entropy"}


def test_each_training_has_its_own_seed_and_all_the_same_folds():
    plan = planned()
    settings = {
        (policy, seed): json.loads(plan.training.train(on(f"policy-{policy}-seed{seed}")))
        for policy in ("none", "loss-masking")
        for seed in (1, 2, 3)
    }
    assert {key: one["seed"] for key, one in settings.items()} == {key: key[1] for key in settings}
    assert len({plan.training.data_of_training(on(f"policy-{p}-seed{s}"))["folds"] for p, s in settings}) == 1


def test_the_stack_of_the_one_system_corrects_its_labels():
    plan = planned()
    name = "policy-relabelling-seed2"
    assert numbers(plan, name) == ["00", "01"]
    assert plan.fusion.oof_of_stage(on(name)) == [f"{DEMO}/systems/{name}/stage00/oof.parquet"]
    data = plan.training.data_of_training(on(name, stage="01"))
    assert (data["start"], data["labels"]) == ([], [f"{DEMO}/ensemble/{name}/stage01/labels.csv"])
    settings = json.loads(plan.training.train(on(name, stage="01")))["training"]
    assert (settings["unverified_weight"], settings["labels"]["promoted_weight"]) == (0.9, 1.0)
    assert numbers(plan, "policy-none-seed2") == ["00"]


def test_policies_take_no_part_in_the_ensemble_and_its_scores():
    plan = planned()
    assert not [name for name in plan.study.fused if name.startswith("policy-")]
    assert not [path for path in plan.scoring.scored_oof(on("stack")) if "policy-" in path]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"policies": ["none", "hope"]}, ["noise_policies.policies", "hope", "loss-masking"]),
        ({"system": "dorfer-z"}, ["dorfer-z"]),
        ({"system": "t4-baseline"}, ["noise_policies.system", "t4-baseline"]),
        ({"policies": ["none"]}, ["noise_policies.policies"]),
        ({"seeds": []}, ["noise_policies.seeds"]),
    ],
)
def test_a_mistake_in_the_configuration_is_one_line(changes, words):
    with pytest.raises(UserError) as error:
        planned(**changes)
    assert all(word in str(error.value) for word in words)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: a\nsource: b\ntraining: {unverifed_weight: 1}", ["policies/none.yaml", "unverifed_weight"]),
        ("title: a\ntraining: {}", ["policies/none.yaml", "source"]),
        (
            "title: a\nsource: b\nstages: {relabelling: {labels: {name: corrected}}}",
            ["policies/none.yaml", "stages.relabelling", "corrected needs", "promote_above"],
        ),
        (
            "title: a\nsource: b\nstages: {more: {start: previous}, relabelling: {labels: {name: corrected}}}",
            ["policies/none.yaml", "corrected labels and other stages"],
        ),
    ],
)
def test_a_mistake_in_a_policy_is_one_line(tmp_path, monkeypatch, text, words):
    for path in POLICIES.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "none.yaml").write_text(text)
    monkeypatch.setattr(graph, "POLICIES", tmp_path)
    with pytest.raises(UserError) as error:
        planned()
    assert all(word in str(error.value) for word in words)
    assert "\n" not in str(error.value)


# ------------------------------------------------------------------ the numbers


def test_means_ranges_and_differences_by_hand():
    values = {"none": np.array([[1.0, 0.0], [1.0, 1.0]]), "other": np.array([[0.5, 0.5], [0.0, 0.0]])}
    rows = compared_policies(values)
    none, other = rows["none"], rows["other"]
    assert (none["value"], none["lowest"], none["highest"]) == (0.75, 0.5, 1.0)
    assert (other["value"], other["lowest"], other["highest"]) == (0.25, 0.0, 0.5)
    assert other["difference"] == -0.5
    assert "difference" not in none
    assert other["seeds"] == other["clips"] == 2


def test_every_policy_has_its_intervals_in_the_order_of_the_list():
    random = np.random.default_rng(1)
    values = {f"policy-{number}": random.integers(2, size=(20, 1600)) for number in (2, 0, 1)}
    rows = compared_policies(values)
    assert list(rows) == list(values)
    for policy, row in rows.items():
        assert (row["low"], row["high"]) == interval(values[policy])
        assert row["intervals_over"] == "seeds and clips"
    bounds = rows["policy-1"]["difference_low"], rows["policy-1"]["difference_high"]
    assert bounds == paired_interval(values["policy-1"], values["policy-2"])


def test_of_one_seed_the_table_says_that_intervals_are_over_clips():
    assert compared_policies({"none": np.array([[1.0, 0.0, 1.0]])})["none"]["intervals_over"] == "clips"


CLASSES = ["Cat", "Dog"]
CLIPS = """fname,split,label,manually_verified,usage,subsets,group,fold,path,seconds,md5
a,train,Cat,1,,,,,a.wav,1.0,
b,train,Dog,0,,,,,b.wav,1.0,
c,test,Cat,1,Public,,,,c.wav,1.0,
d,test,Dog,1,Private,,,,d.wav,1.0,
"""


def test_the_stage_scores_every_policy_with_every_seed(tmp_path):
    (tmp_path / "clips.csv").write_text(CLIPS)
    cat, dog = [0.8, 0.2], [0.1, 0.9]
    runs = [(cat, dog), (cat, cat), (dog, dog), (dog, dog)]  # none, none, other, other: what is said of c and of d
    oof, test = [], []
    for number, (of_c, of_d) in enumerate(runs):
        oof.append(tmp_path / f"oof{number}.parquet")
        write_predictions(prediction_table(["a", "b"], [cat, dog], CLASSES), oof[-1])
        test.append(tmp_path / f"test{number}.parquet")
        write_predictions(prediction_table(["c", "d"], [of_c, of_d], CLASSES), test[-1])
    settings = {
        **{"dataset": "x", "system": "y", "policies": ["none", "other"], "seeds": [1, 2]},
        "classes": CLASSES,
    }
    table, plot = tmp_path / "table.csv", tmp_path / "plot.png"
    compare_noise_policies.main(
        clips=tmp_path / "clips.csv",
        oof=oof,
        test=test,
        pruned=[],
        table=table,
        plot=plot,
        pruning=tmp_path / "pruning.csv",
        settings=compare_noise_policies.Settings(**settings),
    )
    found = read_noise_policies(table).set_index(["policy", "split", "metric"])
    assert found.loc[("none", "all", "accuracy"), "value"] == 0.75
    assert found.loc[("none", "all", "map3"), "value"] == (1 + 1 + 1 + 0.5) / 4
    assert found.loc[("other", "public", "map3"), ["value", "difference"]].tolist() == [0.5, -0.5]
    assert found.loc[("other", "oof_verified", "accuracy"), ["value", "clips"]].tolist() == [1, 1]
    assert pd.isna(found.loc[("none", "all", "map3"), "difference"])
    assert pd.isna(found.loc[("none", "oof_verified", "map3"), "low"]), "of one clip"
    assert found.loc[("none", "all", "map3"), ["low", "high"]].notna().all()
    assert plot.read_bytes().startswith(b"\x89PNG")


# ------------------------------------------------------------------ from end to end


def compared(built, folder, policies, seeds, **changes):
    """Return the project, a copy of ``built``, after the comparison, and its table."""
    project = built.copy(folder)
    config = project.config()
    config["noise_policies"] |= {"policies": policies, "seeds": seeds} | changes
    project.write_config(config)
    status, printed = warm.run(project, "--", f"{DEMO}/noise_policies.csv")
    assert status == 0, printed
    table = read_noise_policies(project.folder / DEMO / "noise_policies.csv").set_index(["policy", "split", "metric"])
    assert list(table.index.unique("policy")) == policies
    assert (table["seeds"] == len(seeds)).all()
    assert table["value"].between(0, 1).all()
    assert table.xs(("all", "map3"), level=("split", "metric"))["value"].nunique() == len(policies)
    assert (project.folder / DEMO / "figures/noise_policies.png").stat().st_size > 10_000
    return project


def test_two_policies_on_the_demo(built, tmp_path):
    """On a system whose features are there already."""
    project = compared(built, tmp_path / "project", ["none", "verified-only"], [1], system="iqbal-vgg13-a")
    learned = {
        policy: (project.folder / DEMO / f"logs/train/policy-{policy}-seed1.stage00.fold0.log").read_text()
        for policy in ("none", "verified-only")
    }
    assert "learning from 156 clips" in learned["none"]
    assert "learning from 62 clips" in learned["verified-only"]
    assert project.planned("results/task2_ensemble.csv") == {}, "nothing else has changed"


@pytest.mark.nightly
def test_three_policies_with_two_seeds_on_the_demo(built, tmp_path):
    project = compared(built, tmp_path / "project", ["none", "verified-only", "relabelling"], [1, 2])
    assert {"policy-none-seed1.stage00.fold0.log", "policy-verified-only-seed2.stage00.fold1.log"} <= {
        path.name for path in (project.folder / DEMO / "logs/train").iterdir()
    }
