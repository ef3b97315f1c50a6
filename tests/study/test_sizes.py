"""Scaled-down sizes of a run: a file in configs/sizes/, or a section of the configuration."""

import copy
from pathlib import Path

import pytest
import yaml

from workflow_scripts.common.errors import UserError
from workflow_scripts.study import sizes
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.sizes import SIZES, read_sizes

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def config(**changes):
    return copy.deepcopy(CONFIG) | changes


def test_the_sizes_of_a_run_are_those_of_the_file_that_it_names():
    assert read_sizes(config(size="eighth")) == yaml.safe_load((ROOT / "configs/sizes/eighth.yaml").read_text())


def test_at_the_published_size_nothing_is_changed():
    assert read_sizes(config(size="published", sizes={"published": {"dorfer-a": {}}})) == {}
    plan = Plan(config(size="published"))
    assert plan.study.recipes == plan.study.published_recipes


def test_a_section_of_the_configuration_comes_on_top_of_a_file_of_its_name():
    own = {"dorfer-a": {"network": {"width": 3}}}
    demo, changed = read_sizes(config()), read_sizes(config(sizes={"demo": own}))
    assert changed["dorfer-a"] == demo["dorfer-a"] | {"network": {"width": 3, "dropout": 0.0}}
    assert {name: of for name, of in changed.items() if name != "dorfer-a"} == {
        name: of for name, of in demo.items() if name != "dorfer-a"
    }
    study = Plan(config(size="mine", sizes={"mine": own})).study
    assert study.recipe("dorfer-a")["network"] == {"name": "vgg_gap", "width": 3}
    assert study.recipe("dorfer-b") == study.published_recipes["dorfer-b"]


@pytest.mark.parametrize("size", sorted(path.stem for path in SIZES.glob("*.yaml")))
def test_every_size_can_be_planned(size):
    assert Plan(config(size=size)).study.recipes != Plan(config(size="published")).study.recipes


def test_an_unknown_size_is_one_line_that_names_all():
    with pytest.raises(UserError) as caught:
        read_sizes(config(size="huge", sizes={"mine": {}}))
    assert str(caught.value) == (
        "config.yaml: size 'huge' is neither published nor a file in configs/sizes/; "
        "there are demo, eighth, mine, published"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dorfer-a: 3\n", ["configs/sizes/own.yaml: dorfer-a", "3"]),
        ("- dorfer-a\n", ["own.yaml", "not a mapping"]),
        (
            "dorfer-z: {}\n",
            ["configs/sizes/own.yaml: 'dorfer-z' is neither in systems/, nor ensembles/, nor policies/"],
        ),
        ("dorfer-a: {foldz: 4}\n", ["systems/dorfer-a.yaml with the sizes of this run", "foldz"]),
    ],
)
def test_a_mistake_in_a_file_of_sizes_is_one_line(tmp_path, monkeypatch, text, words):
    (tmp_path / "own.yaml").write_text(text)
    monkeypatch.setattr(sizes, "SIZES", tmp_path)
    with pytest.raises(UserError) as caught:
        Plan(config(size="own"))
    assert "\n" not in str(caught.value)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_section_of_nothing_is_one_line_that_names_the_configuration():
    with pytest.raises(UserError, match=r"config\.yaml: sizes\.demo: 'dorfer-z' is neither in systems/"):
        Plan(config(sizes={"demo": {"dorfer-z": {}}}))
