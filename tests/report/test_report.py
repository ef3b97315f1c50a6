"""Snakemake's report of a finished main job, looked at in a browser."""

import pytest
from PIL import Image

from tests.browser import chromium

FIGURES = ["class_f1", "confusion", "learning_curves", "stage_effects", "stack_weights", "reliability"]
FIGURES += ["accepted_labels", "durations", "trimmed_clip", "costs"]
WIDEST = 1150  # pixels; beyond about 1200 Snakemake's report cuts pictures


@pytest.fixture(scope="module")
def report(built, tmp_path_factory):
    project = built.copy(tmp_path_factory.mktemp("report") / "project")
    status, printed = project.run("--report", "report.html")
    assert status == 0, printed
    return project


def test_the_main_job_draws_all_figures_in_a_size_that_the_report_can_show(built):
    folder = built.folder / "results/fsdkaggle2018-demo"
    pictures = [folder / "scores.png", folder / "audit_precision.png"]
    pictures += [folder / f"figures/{name}.png" for name in FIGURES]
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.width <= WIDEST, path
    assert {path.stem for path in folder.glob("figures/*.png")} == set(FIGURES)


def test_the_report_has_every_figure_page_and_caption(report):
    text = (report.folder / "report.html").read_text()
    for name in [*FIGURES, "scores", "audit_precision"]:
        assert f"{name}.png" in text
    for page in ("scores.html", "label_audit.html"):
        assert page in text


def test_a_reader_finds_the_parts_in_the_menu(report, tmp_path):
    with chromium(tmp_path) as browser:
        browser.open(report.folder / "report.html")
        wait = "return new Promise(done => setTimeout(() => done(document.body.innerText), 2000))"
        shown = browser.script(wait)
        asked_for = browser.requests()
    for part in ("Scores", "Classes", "Training", "Ensemble", "Data", "Costs", "Label audit"):
        assert part in shown
    assert "fsdkaggle2018-demo" in shown  # the front page
    assert [address for address in asked_for if address.startswith("http")] == []
