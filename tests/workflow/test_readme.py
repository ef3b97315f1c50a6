"""What the README shows is done here as it stands there; what the pages for people link to is there."""

import importlib.util
import re

import pandas as pd
import pytest
import torch
import yaml

from tests.project import ROOT

README = (ROOT / "README.md").read_text()
SECTION = README.split("## A new system")[1].split("\n## ")[0]
FILES = dict(re.findall(r"`(\S+)`:\n\n```\w+\n(.*?)```", SECTION, re.DOTALL))
DEMO = "results/fsdkaggle2018-demo"

PAGES = ["README.md", "benchmarks/README.md", "datasets/README.md", "results/README.md"]


def without_code(text):
    """A page's prose: without blocks of code, and with nothing in place of code within a line."""
    return re.sub(r"`[^`]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors(text):
    """GitHub's anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {f"{slug}-{slugs[:i].count(slug)}" if slug in slugs[:i] else slug for i, slug in enumerate(slugs)}


def test_anchors_are_those_of_github():
    page = "# A B\n```bash\n# no heading\n```\n## `C_1`, d: e-f!\n### A B\n"
    assert anchors(page) == {"a-b", "c_1-d-e-f", "a-b-1"}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code((ROOT / page).read_text())):
        if "://" not in link:
            name, _, anchor = link.partition("#")
            target = (ROOT / page).parent / name if name else ROOT / page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target.read_text()), link


def test_nothing_is_left_to_be_filled_in():
    assert re.findall(r"\b[A-Z]+_[A-Z_]+\b", without_code(README)) == []


@pytest.fixture(scope="module")
def with_new_system(built, tmp_path_factory):
    """The finished project, the example's files, and its command line's configuration at a tiny size."""
    project = built.copy(tmp_path_factory.mktemp("readme") / "project")
    for name, text in FILES.items():
        (project.folder / name).write_text(text)
    config = project.config() | yaml.safe_load(
        re.search(r"--config '(systems)=(.*?)'", SECTION).expand(r"\1: \2").replace(",", ", ")
    )
    sizes = config["sizes"]["tiny"]
    sizes["resnet"] = sizes["iqbal-vgg13-a"]
    project.write_config(config)
    return project


def test_the_new_loss_is_its_formula(tmp_path):
    path = tmp_path / "taylor.py"
    path.write_text(re.search(r"parts/losses/taylor\.py`.*?```python\n(.*?)```", SECTION, re.DOTALL)[1])
    spec = importlib.util.spec_from_file_location("taylor", path)
    spec.loader.exec_module(taylor := importlib.util.module_from_spec(spec))
    outputs = torch.log(torch.tensor([[1 / 4, 3 / 4], [1.0, 0.0]]))
    found = taylor.losses(outputs, torch.tensor([[1.0, 0.0], [1.0, 0.0]]), doubt=None, order=2)
    assert found.tolist() == pytest.approx([3 / 4 + 9 / 32, 0], abs=1e-6)
    assert set(taylor.TASKS) <= {path.stem for path in (ROOT / "workflow_scripts/tasks").glob("[!_]*.py")}


def test_the_new_system_takes_at_most_60_lines():
    assert list(FILES) == ["workflow_scripts/parts/networks/resnet.py", "systems/resnet.yaml"]
    assert sum(len(text.splitlines()) for text in FILES.values()) <= 60


def test_the_new_system_trains_its_own_models_and_no_other(with_new_system):
    planned = with_new_system.planned("results/task2_ensemble.csv")
    assert planned["train"] == 2  # folds
    assert planned["predict_stage"] == planned["choose_stage"] == 1
    assert not planned.keys() & {"accept_labels", "start_stage", "extract_features", "make_folds"}


def test_the_new_system_is_scored_beside_the_others_and_part_of_the_stack(with_new_system):
    project = with_new_system
    before = pd.read_csv(project.folder / DEMO / "scores.csv").set_index(["system", "split", "metric"])
    status, printed = project.run(f"{DEMO}/scores.csv")
    assert status == 0, printed
    scores = pd.read_csv(project.folder / DEMO / "scores.csv").set_index(["system", "split", "metric"])
    assert scores.loc[("resnet", "all", "clips"), "value"] == 120
    assert 0 < scores.loc[("resnet", "all", "map3"), "value"] < 1
    pd.testing.assert_frame_equal(scores.loc[["dorfer-a"]], before.loc[["dorfer-a"]])
    weights = pd.read_csv(project.folder / DEMO / "ensemble/stack/weights.csv", keep_default_na=False)
    assert set(weights["system"]) == {"dorfer-a", "iqbal-vgg13-a", "resnet"}


@pytest.mark.nightly
def test_the_new_system_is_part_of_the_answer_and_of_its_figures(with_new_system, tmp_path):
    project = with_new_system.copy(tmp_path / "project")
    status, printed = project.run("results/task2_ensemble.csv")
    assert status == 0, printed
    assert "resnet" in printed
    scores = pd.read_csv(project.folder / "results/task2_scores.csv")
    assert "resnet" in set(scores["system"])
    assert project.planned("results/task2_ensemble.csv") == {}
