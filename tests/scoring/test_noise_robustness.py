"""How scores fall as labels are made wrong: the table and the picture."""

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refusal
from workflow_scripts.report.figures.noise_robustness import noise_robustness
from workflow_scripts.scoring import compare_noise_robustness
from workflow_scripts.tables.noise_robustness import read_noise_robustness
from workflow_scripts.tables.predictions import prediction_table, write_predictions

CLASSES = ["Cat", "Dog"]
CLIPS = """fname,split,label,manually_verified,usage,subsets,group,fold,path,seconds,md5
a,train,Cat,1,,,,,a.wav,1.0,
c,test,Cat,1,Public,,,,c.wav,1.0,
d,test,Dog,1,Private,,,,d.wav,1.0,
x,test,,1,Ignored,,,,x.wav,1.0,
"""
CAT, DOG = [0.8, 0.2], [0.1, 0.9]
# by kind, rate, policy and seed: what is said of c and of d
SAID = [
    *[(CAT, DOG), (CAT, DOG), (CAT, DOG), (CAT, CAT)],  # uniform 0: none and its two seeds, verified-only and its two
    *[(DOG, CAT), (CAT, CAT), (CAT, DOG), (CAT, CAT)],  # uniform 0.5
    *[(CAT, DOG), (CAT, DOG), (CAT, DOG), (CAT, CAT)],  # confusable 0
    *[(DOG, CAT), (DOG, CAT), (CAT, DOG), (CAT, CAT)],  # confusable 0.5
]
SETTINGS = {
    **{"dataset": "pets", "system": "net", "policies": ["none", "verified-only"], "kinds": ["uniform", "confusable"]},
    **{"rates": [0, 0.5], "seeds": [1, 2], "classes": CLASSES},
}


@pytest.fixture
def compare(tmp_path):
    def run(said=SAID):
        (tmp_path / "clips.csv").write_text(CLIPS)
        paths = [tmp_path / f"{number}.parquet" for number in range(len(said))]
        for path, (of_c, of_d) in zip(paths, said, strict=True):
            write_predictions(prediction_table(["x", "d", "c"], [CAT, of_d, of_c], CLASSES), path)
        outputs = {"table": tmp_path / "table.csv", "plot": tmp_path / "plot.png"}
        settings = compare_noise_robustness.Settings(**SETTINGS)
        compare_noise_robustness.main(clips=tmp_path / "clips.csv", test=paths, **outputs, settings=settings)
        return read_noise_robustness(outputs["table"]), outputs["plot"].read_bytes()

    return run


def test_every_policy_is_scored_at_every_rate_by_hand(compare):
    table, picture = compare()
    table = table.set_index(["kind", "rate", "policy", "metric"])
    assert len(table) == 2 * 2 * 2 * 2
    assert (table["clips"] == 2).all(), "padding is not scored"
    none = table.loc[("uniform", 0.5, "none", "accuracy")]
    assert (none["value"], none["lowest"], none["highest"]) == (0.25, 0, 0.5)
    assert table.loc[("uniform", 0.5, "none", "map3"), "value"] == (0.5 + 0.5 + 1 + 0.5) / 4
    other = table.loc[("uniform", 0.5, "verified-only", "accuracy")]
    assert (other["value"], other["difference"]) == (0.75, 0.5)
    assert table.loc[("confusable", 0.5, "none", "accuracy"), "value"] == 0
    assert table.loc[("confusable", 0, "none", "accuracy"), "value"] == 1
    assert np.isnan(none["difference"])
    assert picture.startswith(b"\x89PNG")
    assert compare()[1] == picture, "the same bytes"


def test_a_missing_clip_is_one_line(compare, tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.CLIPS", CLIPS + "y,test,Dog,1,Private,,,,y.wav,1.0,\n")
    assert "1 clips are missing, the first is y" in refusal(compare)


def test_a_panel_is_of_one_kind_and_measure_and_a_line_of_one_policy():
    keys = [(k, r, p, m) for k in ("uniform", "out_of_vocabulary") for r in (0.5, 0) for p in "ab" for m in METRICS]
    table = pd.DataFrame(keys, columns=["kind", "rate", "policy", "metric"])
    value = 0.9 - table["rate"] * table["policy"].map({"a": 0.5, "b": 0.1})
    table = table.assign(value=value, lowest=value - 0.1, highest=value + 0.1, seeds=3, clips=80)
    figure = noise_robustness(table, "pets", "net")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["uniform", "out of vocabulary", "", ""]
    assert [axes.get_ylabel() for axes in figure.axes] == ["MAP@3", "", "accuracy", ""]
    for axes in figure.axes:
        lines = {line.get_label(): line for line in axes.get_lines()}
        assert lines.keys() == {"a", "b"}
        assert lines["a"].get_xdata().tolist() == [0, 0.5]
        assert lines["a"].get_ydata().tolist() == pytest.approx([0.9, 0.65])
        assert lines["b"].get_ydata().tolist() == pytest.approx([0.9, 0.85])


METRICS = ("map3", "accuracy")
