"""The page of scores: what stands in its tables, by an HTML parser of its own."""

from html.parser import HTMLParser

import numpy as np
import pytest

from workflow_scripts.report.page import write_score_page
from workflow_scripts.tables.class_scores import write_class_scores
from workflow_scripts.tables.comparisons import write_comparisons
from workflow_scripts.tables.published_scores import write_published
from workflow_scripts.tables.scores import write_scores

SPLITS = {"oof_verified": 20, "public": 30, "private": 70, "all": 100}
OTHERS = ["sed_eval_f_measure", "sed_eval_class_f_measure", "sed_eval_eer", "expected_calibration_error"]
PAPER = 'A. Author, "On <noise>", DCASE 2018'
PUBLISHED = [
    {"system": "dorfer", "split": "private", "metric": "map3", "published": 0.9518, "ours": "not run"},
    {"system": "dorfer", "split": "all", "metric": "accuracy", "published": 0.92812, "ours": "not run"},
    {"system": "b", "split": "all", "metric": "map3", "published": 0.95, "ours": "0.940000", "low": 0.93, "high": 0.95},
]
PUBLISHED = [row | {"dataset": "fsdkaggle2018", "source": PAPER} for row in PUBLISHED]
VOID = {"meta"}


class Page(HTMLParser):
    """Tables by caption, each a list of rows of (tag, scope, text) cells; fails where tags do not match."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.open, self.seen, self.links, self.ids = {}, [], set(), [], set()
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.seen.add(tag)
        self.ids.add(attributes.get("id"))
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.caption, self.rows = "", []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append((tag, attributes.get("scope"), ""))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "table":
            self.tables[self.caption] = self.rows

    def handle_data(self, data):
        if "caption" in self.open:
            self.caption += data
        elif {"td", "th"} & set(self.open):
            tag, scope, text = self.rows[-1][-1]
            self.rows[-1][-1] = tag, scope, " ".join(f"{text} {data}".split())

    def cells(self, caption):
        return [[text for _, _, text in row] for name, rows in self.tables.items() if caption in name for row in rows]


@pytest.fixture
def text(tmp_path):
    def make(
        systems=("a", "b", "stack"),
        splits=SPLITS,
        labels=("Bark", "Meow"),
        answer="stack",
        dataset="Pets",
        empty=(),
        pretrained=(),
    ):
        scores, comparisons, by_class = [], [], []
        for number, system in enumerate(systems):
            for split, clips in splits.items():
                key = {"system": system, "split": split}
                mean = {"value": 0.5 + 0.01 * number, "low": 0.4, "high": 0.6}
                scores += [key | mean | {"metric": metric} for metric in ("map3", "accuracy")]
                scores += [key | {"metric": metric, "value": 0.3} for metric in OTHERS[:2]]
                scores += [key | {"metric": metric, "value": np.nan} for metric in OTHERS[2:]]
                scores += [key | {"metric": metric, "value": clips} for metric in ("clips", "listed_clips")]
                row = key | {"against": systems[0], "difference": -0.01 * number, "low": -0.05, "high": 0.02}
                comparisons += [row | {"metric": metric, "clips": clips} for metric in ("map3", "accuracy")]
                measures = {"clips": 1234, "f1": 0.25, "precision": np.nan, "recall": 0.75, "ap3": 0.8}
                by_class += [
                    key | {"label": label} | measures | ({"clips": 0} if label in empty else {}) for label in labels
                ]
        tables = {name: tmp_path / f"{name}.csv" for name in ("scores", "comparisons", "by_class", "published")}
        scores = [row | {"pretrained": "yamnet" if row["system"] in pretrained else ""} for row in scores]
        write_scores(scores, tables["scores"])
        write_comparisons(comparisons, tables["comparisons"])
        write_class_scores(by_class, tables["by_class"])
        write_published(PUBLISHED, tables["published"])
        write_score_page(**tables, page=tmp_path / "scores.html", dataset=dataset, answer=answer)
        return (tmp_path / "scores.html").read_text(encoding="utf-8")

    return make


def test_one_row_per_system_with_every_split_and_the_difference_to_the_best_single_system(text):
    header, *rows = Page(text()).cells("Every system")
    assert header == [
        "System",
        "MAP@3 test clips",
        "MAP@3 public test clips",
        "MAP@3 private test clips",
        "MAP@3 verified training clips, out of fold",
        "MAP@3 above the best single system test clips",
        "Accuracy test clips",
        "F-measure over clips test clips",
        "F-measure over classes test clips",
        "Equal error rate test clips",
        "Calibration error test clips",
    ]
    assert [row[0] for row in rows] == ["a", "b", "stack"]
    assert rows[0][1:7] == ["0.5000 0.400 to 0.600"] * 4 + ["the best single", "0.5000 0.400 to 0.600"]
    assert rows[2][5] == "\N{MINUS SIGN}0.0200 \N{MINUS SIGN}0.050 to +0.020"
    assert rows[2][7:] == ["0.3000", "0.3000", "\N{EN DASH}", "\N{EN DASH}"]


def test_systems_that_are_pretrained_say_so(text):
    _, *rows = Page(text(pretrained=["a", "stack"])).cells("Every system")
    assert [row[0] for row in rows] == ["a (pretrained)", "b", "stack (pretrained)"]


@pytest.mark.parametrize(
    ("splits", "columns"), [(["oof_verified"], 1), (["all"], 1), (["oof_verified", "all"], 2)], ids=str
)
def test_only_the_splits_that_there_are_have_columns(text, splits, columns):
    page = text(splits={split: SPLITS[split] for split in splits})
    header, *_ = Page(page).cells("Every system")
    assert len(header) == 1 + columns + 6
    assert ("Without verified training clips" in page) == ("oof_verified" not in splits)
    assert ("on the test clips" in Page(page).tables.popitem()[0]) == ("all" in splits)


def test_where_nothing_can_be_scored_the_page_says_so_and_still_has_what_is_published(text):
    page = text(splits={})
    assert "No clip of this data set can be scored" in page
    assert len(Page(page).cells("authors report")) == 1 + len(PUBLISHED)


def test_what_was_not_run_says_so_beside_what_is_published_with_the_digits_that_were(text):
    _, *rows = Page(text()).cells("authors report")
    assert rows == [
        ["dorfer", "fsdkaggle2018", "private test clips", "MAP@3", "0.9518", "not run", "1"],
        ["dorfer", "fsdkaggle2018", "test clips", "accuracy", "0.92812", "not run", "1"],
        ["b", "fsdkaggle2018", "test clips", "MAP@3", "0.950", "0.9400 0.930 to 0.950", "1"],
    ]


def test_the_classes_are_those_of_the_answer(text):
    page = Page(text(answer="b", labels=["None", "Hi-hat"]))
    _, *rows = page.cells("Every class by b, the answer of this run, on the test clips")
    assert rows == [[name, "1,234", "0.8000", "0.2500", "\N{EN DASH}", "0.7500"] for name in ("None", "Hi-hat")]


def test_tables_can_be_read_by_a_screen_reader(text):
    page = Page(text())
    assert len(page.tables) == 3
    assert all(page.tables), "each has a caption"
    for header, *rows in page.tables.values():
        assert {(tag, scope) for tag, scope, _ in header} == {("th", "col")}
        for row in rows:
            assert [(tag, scope) for tag, scope, _ in row] == [("th", "row"), *[("td", None)] * (len(header) - 1)]


def test_the_page_stands_alone(text):
    page = Page(text())
    assert set(page.links) == {"#source-1"}
    assert "source-1" in page.ids
    assert not {"script", "link", "img", "iframe"} & page.seen


def test_says_on_how_many_clips_and_by_what_interval(text):
    words = " ".join(text().split())
    assert "100 test clips; 30 public test clips; 70 private test clips; 20 verified training clips" in words
    assert "95 % percentile bootstrap interval" in words


def test_names_of_the_users_data_are_escaped(text):
    evil = "<script>alert('x')</script> & \"Co\""
    page = text(systems=["a", evil], labels=[evil], answer=evil, dataset=evil)
    assert "script" not in Page(page).seen
    assert Page(page).cells("Every class")[1][0] == Page(page).cells("Every system")[2][0] == evil


def test_the_same_tables_give_the_same_bytes(text):
    assert text() == text()


def test_classes_without_clips_are_named_as_left_out(text):
    names = [f"class {number:02}" for number in range(30)]
    assert "Left out" not in text()
    assert "as none of these clips has them: Meow. A clip" in text(empty=["Meow"])
    assert "class 18, class 19 and 10 more. A clip" in text(labels=names, empty=names)
