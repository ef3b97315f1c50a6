"""The page of the label audit: what is in the file, and how it behaves in a real browser."""

import csv
import io
import re
import time

import librosa
import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image

from tests.browser import chromium
from workflow_scripts.audit import page as audit_page
from workflow_scripts.audit import recording
from workflow_scripts.audit.page import write_audit_page
from workflow_scripts.tables.label_audit import write_audit

CLASSES = ["Bark", "Hi hat", "</script><b>"]
NASTY = "<b>&\"'.wav"
SECONDS = {"one.wav": 0.5, NASTY: 1.3, "three.wav": 2.0, "four.wav": 0.7, "gone.wav": 1.0, "empty.wav": 0.0}
SETTINGS = {"dataset": "my-clips", "classes": CLASSES, "ensemble": "stack", "systems": ["dorfer-a"]}


def tone(seconds, hertz=1000, rate=16000):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def audit_table(folder, fnames):
    """Return an audit of ``fnames``, the most suspicious first; the table has them in another order."""
    given = [CLASSES[number % 3] for number in range(len(fnames))]
    suggested = [CLASSES[(number + 1) % 3] for number in range(len(fnames))]
    ranks = range(1, len(fnames) + 1)
    table = pd.DataFrame({"fname": fnames, "path": [str(folder / fname) for fname in fnames], "seconds": 1.0})
    table = table.assign(
        given_label=given, manually_verified=0, true_label="Hi hat", combined_rank=ranks, combined=0.875
    )
    # the margin alone would have listed them the other way round
    table = table.assign(suspicion_rank=ranks[::-1], suspicion=0.5, log_odds=range(len(fnames), 0, -1))
    table = table.assign(suggested_label=suggested, suggested_probability=0.75, predicted=suggested, probability=0.75)
    table = table.assign(given_probability=0.25, accepted_by="dorfer-a: 1", relabelled_by="iqbal-stack8: 1 -> Bark")
    table = table.assign(cleanlab_rank=ranks, cleanlab_quality=0.25, cleanlab_issue=1, cleanlab_suggested=suggested)
    table = table.assign(
        **{f"dorfer-a_{name}": table[name] for name in ("predicted", "probability", "given_probability", "log_odds")}
    )
    return table.sort_values("path", ascending=False)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page of six clips, one of which is gone and one empty."""
    folder = tmp_path_factory.mktemp("page")
    for fname, seconds in SECONDS.items():
        if fname != "gone.wav":
            soundfile.write(folder / fname, tone(seconds), 16000)
    write_audit(audit_table(folder, list(SECONDS)), folder / "audit.csv", SETTINGS["systems"])
    write_audit_page(folder / "audit.csv", folder / "page.html", **SETTINGS, listed=len(SECONDS))
    return folder / "page.html"


# ------------------------------------------------------------------ recordings


def test_an_mp3_is_as_long_as_the_recording_and_sounds_like_it():
    samples = tone(1.234, rate=recording.RATE).astype(np.float32)
    decoded, rate = soundfile.read(io.BytesIO(recording.mp3(samples)))
    assert (len(decoded), rate) == (len(samples), recording.RATE)
    spectrum = np.abs(np.fft.rfft(decoded))
    assert spectrum.argmax() * rate / len(decoded) == pytest.approx(1000, abs=2)
    assert np.abs(decoded).max() == pytest.approx(0.5, rel=0.1)


def test_the_same_recording_gives_the_same_bytes():
    noise = np.random.default_rng(1).normal(size=recording.RATE).astype(np.float32) / 9
    assert recording.mp3(noise) == recording.mp3(noise)
    assert recording.picture(noise) == recording.picture(noise)


def test_a_hundred_recordings_of_half_a_minute_stay_below_30_megabytes():
    noise = np.random.default_rng(1).normal(size=30 * recording.RATE).astype(np.float32) / 9
    in_base64 = 4 / 3 * (len(recording.mp3(noise)) + len(recording.picture(noise)))
    assert 100 * in_base64 < 30e6


def test_of_a_long_recording_the_start_is_taken(tmp_path):
    soundfile.write(tmp_path / "long.wav", tone(31.5, rate=8000), 8000)
    samples, seconds = recording.read_start(tmp_path / "long.wav")
    assert (len(samples), seconds) == (30 * recording.RATE, 31.5)


@pytest.mark.parametrize("hertz", [250, 1000, 8000])
def test_a_tone_is_in_the_picture_where_the_axis_says(hertz):
    image = Image.open(io.BytesIO(recording.picture(tone(1, hertz, recording.RATE).astype(np.float32))))
    brightness = np.asarray(image.convert("L"), float).mean(axis=1)[::-1]
    assert (brightness.argmax() + 0.5) / len(brightness) == pytest.approx(recording.height(hertz), abs=1 / 96)


def test_the_axis_is_that_of_the_mel_bands():
    """The centre of band 40 of 96 is at the middle of its row."""
    centres = librosa.mel_frequencies(96 + 2, fmin=0, fmax=recording.RATE / 2)[1:-1]
    assert recording.height(centres[40]) == pytest.approx(40.5 / 96)


def test_silence_is_dark():
    image = Image.open(io.BytesIO(recording.picture(np.zeros(recording.RATE, np.float32))))
    assert np.asarray(image.convert("L")).max() < 10


# ------------------------------------------------------------------ the file


def test_the_page_holds_no_address_and_the_same_audit_gives_the_same_bytes(page):
    text = page.read_text()
    assert not re.search(r"https?:|//\w+\.\w|@import|<link[^>]*href=\"(?!data:)", re.sub(r"base64,[^\"]*", "", text))
    again = page.with_name("again.html")
    write_audit_page(page.with_name("audit.csv"), again, **SETTINGS, listed=len(SECONDS))
    assert again.read_bytes() == page.read_bytes()


def test_only_the_most_suspicious_clips_have_a_card(page, monkeypatch):
    monkeypatch.setattr(audit_page, "CLIPS", 2)
    few = page.with_name("few.html")
    write_audit_page(page.with_name("audit.csv"), few, **SETTINGS, listed=len(SECONDS))
    assert re.findall(r'id="clip-(\d+)"', few.read_text()) == ["1", "2"]


def test_the_classes_stand_once_in_the_page_however_many_cards_there_are(page):
    """A hundred cards with a thousand options each are a page that browsers take many seconds to open."""
    assert page.read_text().count('<option value="Hi hat">') == 1


# ------------------------------------------------------------------ in a browser


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chromium")
    with chromium(folder) as browser:
        browser.folder = folder
        yield browser


@pytest.fixture
def browser(started, page):
    """The page, nothing decided yet; nothing is asked for elsewhere, and nothing goes wrong on it."""
    started.open(page)
    started.script("localStorage.clear()")
    started.open(page)
    yield started
    assert [address for address in started.requests() if not address.startswith(("file:", "data:", "blob:"))] == []
    assert started.console() == []


def texts(browser, selector):
    return browser.script(
        "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText.trim())", selector
    )


def focused(browser):
    return browser.script("return document.activeElement.id")


def test_there_is_a_card_for_each_clip_in_the_order_of_suspicion(browser):
    assert texts(browser, ".card h2") == [f"{rank}. {fname}" for rank, fname in enumerate(SECONDS, start=1)]


def test_a_card_tells_what_the_audit_says(browser):
    (card,) = texts(browser, "#clip-1")
    for words in (
        "Bark, 0.25",
        "Hi hat, 0.75",
        "dorfer-a: 1",
        "iqbal-stack8: 1 -> Bark",
        "rank 1, quality 0.25, flagged",
        "Suspicion 0.88",
        "dorfer-a Hi hat 0.75 0.25 92 %",  # five of the six, and half of itself
    ):
        assert words in " ".join(card.split())


def test_every_recording_plays_and_is_as_long_as_the_clip(browser):
    durations = browser.script("""
        return Promise.all([...document.querySelectorAll("audio")].map((audio) => new Promise((resolve) => {
          audio.onloadedmetadata = () => resolve(audio.duration);
          audio.onerror = () => resolve(audio.error.message);
          audio.load();
        })));
    """)
    assert durations == pytest.approx([0.5, 1.3, 2.0, 0.7], abs=0.1)


def test_every_picture_is_shown_and_described(browser):
    pictures = "[...document.images].map((image) => [image.decode(), image])"
    sizes = browser.script(f"""
        for (const image of document.images) image.loading = "eager";
        return Promise.all({pictures}.map(([decoded, image]) => decoded.then(() => [image.naturalHeight, image.alt])));
    """)
    names = [fname for fname in SECONDS if fname not in ("gone.wav", "empty.wav")]
    assert [height for height, _ in sizes] == [96] * 4
    assert all(name in alt for name, (_, alt) in zip(names, sizes, strict=True))


def test_a_clip_without_sound_says_why(browser):
    gone, empty = texts(browser, ".problem")
    assert "gone.wav: no such audio file" in gone
    assert "no samples" in empty


def test_j_and_k_move_and_stay_at_the_ends(browser):
    browser.press("jj")
    assert focused(browser) == "clip-2"
    browser.press("kk")
    assert focused(browser) == "clip-1"
    browser.press("jjjjjjjj")
    assert focused(browser) == "clip-6"


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_the_space_bar_plays_and_pauses_and_moving_on_stops(browser):
    paused = "return document.querySelector('#clip-3 audio').paused"
    browser.press("jjj ")
    wait_for(lambda: browser.script("return document.querySelector('#clip-3 audio').currentTime > 0"))
    browser.press(" ")
    assert browser.script(paused) is True
    browser.press(" ")
    assert browser.script(paused) is False
    browser.press("j")
    assert browser.script(paused) is True


def test_keys_decide_and_the_same_key_takes_it_back(browser):
    browser.press("j1j2j4")
    assert texts(browser, ".verdict")[:4] == ["keep: Bark", "suggestion: </script><b>", "unsure", "undecided"]
    pressed = "return [...document.querySelectorAll('[aria-pressed=true]')].map((b) => b.dataset.decision)"
    assert browser.script(pressed) == ["keep", "suggestion", "unsure"]
    assert texts(browser, "#count") == ["3 of 6 decided, 6 shown"]
    browser.press("4")
    assert texts(browser, ".verdict")[2] == "undecided"


def test_another_class_is_chosen_by_keyboard(browser):
    enter, down = "\ue007", "\ue015"
    browser.press("jj3" + down + down + enter)
    assert texts(browser, ".verdict")[1] == "other: Hi hat"
    browser.press("j")
    assert focused(browser) == "clip-3"


def test_a_card_gets_its_classes_when_somebody_may_choose_there(browser):
    count = "return [...document.querySelectorAll('.card select')].map((e) => e.options.length)"
    assert set(browser.script(count)) == {1}
    browser.press("j3")
    assert browser.script(count)[0] == 1 + len(CLASSES)
    options = browser.script("return [...document.querySelector('.card select').options].slice(1).map((e) => e.value)")
    assert options == CLASSES


def test_after_a_click_the_space_bar_plays_and_presses_no_button(browser):
    browser.click("#clip-3 [data-decision=keep]")
    browser.press(" ")
    assert texts(browser, ".verdict")[2] == "keep: </script><b>"
    assert browser.script("return document.querySelector('#clip-3 audio').paused") is False


def test_decisions_survive_a_reload_and_count_for_the_same_label_only(browser, page):
    browser.press("j1j2")
    browser.open(page)
    assert texts(browser, ".verdict")[:3] == ["keep: Bark", "suggestion: </script><b>", "undecided"]
    corrected = page.with_name("corrected.html")
    text = page.read_text()
    assert text.count('"given": "Bark"') == 2
    corrected.write_text(text.replace('"given": "Bark"', '"given": "Meow"'))
    browser.open(corrected)
    assert texts(browser, ".verdict")[:2] == ["undecided", "suggestion: </script><b>"]


def test_the_filters_show_what_is_left_to_decide_and_one_class(browser):
    change = (
        "const e = document.getElementById(arguments[0]); e.value = arguments[1]; e.dispatchEvent(new Event('change'))"
    )
    shown = "return [...document.querySelectorAll('.card:not([hidden])')].map((card) => card.id)"
    browser.press("j1j2")
    browser.script(change, "state", "undecided")
    assert browser.script(shown) == ["clip-3", "clip-4", "clip-5", "clip-6"]
    browser.press("j1")
    assert browser.script(shown)[0] == "clip-3", "the clip just decided stays until the next one"
    browser.press("j")
    assert browser.script(shown) == ["clip-4", "clip-5", "clip-6"]
    browser.script(change, "state", "decided")
    assert browser.script(shown) == ["clip-1", "clip-2", "clip-3"]
    browser.script(change, "state", "all")
    browser.script(change, "class", "Bark")  # given of 1 and 4, suggested for 3 and 6
    assert browser.script(shown) == ["clip-1", "clip-3", "clip-4", "clip-6"]


def test_the_downloaded_table_holds_the_decisions(browser):
    browser.press("j1j2j4")
    browser.click("#download")
    path = browser.folder / "label_decisions_my-clips.csv"
    wait_for(path.is_file)
    rows = list(csv.reader(path.read_text().splitlines()))
    assert rows == [
        ["fname", "given_label", "decision", "label"],
        ["one.wav", "Bark", "keep", "Bark"],
        [NASTY, "Hi hat", "suggestion", "</script><b>"],
        ["three.wav", "</script><b>", "unsure", ""],
    ]


def test_every_control_has_a_name_and_every_id_stands_once(browser):
    unnamed = browser.script("""
        const named = (e) => e.innerText?.trim() && e.tagName === "BUTTON" || e.ariaLabel || e.labels?.length;
        return [...document.querySelectorAll("button, select, audio")].filter((e) => !named(e)).length;
    """)
    assert unnamed == 0
    ids = browser.script("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


def test_nothing_is_wider_than_a_phone(browser):
    browser.resize(360, 700)
    assert browser.script("return document.documentElement.scrollWidth") == 360
