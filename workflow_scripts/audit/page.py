"""The most suspicious clips on one page, to be listened to and decided on."""

import math
from base64 import b64encode
from pathlib import Path

import jinja2
import numpy as np

from workflow_scripts.audit import recording
from workflow_scripts.audit.opinions import shares
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import written_whole
from workflow_scripts.common.parts import load_part
from workflow_scripts.common.progress import progress
from workflow_scripts.tables.label_audit import read_audit

TEMPLATE = Path(__file__).parent / "page.html"
CLIPS = 100  # with recordings of 30 s and longer the page is then 27 MB large
KILOHERTZ = [0.25, 1, 2, 4, 8]
STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10]  # seconds between marks


def write_audit_page(audit, page, dataset, classes, ensemble, systems, listed, task="multiclass"):
    """Write one HTML file that needs nothing else: recordings, pictures and script are in it.

    It has the :data:`CLIPS` first clips of the table ``audit`` by combined_rank; ``classes`` can be decided on, and
    what ``ensemble`` and each of ``systems`` say is shown. ``listed``: how many training clips there are, those that
    are not in the audit included. ``task``: module in :mod:`workflow_scripts.tasks`.
    """
    table, doubts = read_audit(audit, systems), load_part("tasks.doubts", task)
    odds = ["log_odds", *(f"{system}_log_odds" for system in systems)]
    table = table.assign(**{f"{column}_share": shares(table[column]) for column in odds}).sort_values("combined_rank")
    shown = table.head(CLIPS).to_dict("records")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    data = {
        "dataset": dataset,
        "clips": [{"fname": r["fname"], "given": r["given_label"], "suggested": doubts.corrected(r)[0]} for r in shown],
    }
    stream = template.stream(
        data=data,
        dataset=dataset,
        classes=classes,
        ensemble=ensemble,
        meaning=doubts.MEANING,
        several="doubt" in table,
        systems=systems,
        unverified=int((table["manually_verified"] == 0).sum()),
        audited=len(table),
        listed=listed,
        kilohertz=[(number, 100 * recording.height(1000 * number)) for number in KILOHERTZ],
        # one recording is in memory at a time
        cards=(_card(row) | {"take": doubts.corrected(row)[1]} for row in progress(shown, "writing cards", "clips")),
    )
    with written_whole(page) as partial:
        stream.dump(str(partial), encoding="utf-8")


def _card(row):
    """Return what the template needs of a clip: its row of the audit, and its recording or why there is none."""
    card = {"row": row, "cleanlab": not math.isnan(row["cleanlab_rank"]), "problem": "", "audio": ""}
    try:
        samples, seconds = recording.read_start(row["path"])
    except (UserError, OSError) as error:
        return card | {"problem": str(error)}
    if not len(samples):
        return card | {"problem": "The recording is empty: it has no samples."}
    shown = min(seconds, recording.LONGEST)
    step = next((step for step in STEPS if shown / step <= 6), STEPS[-1])
    return card | {
        "audio": b64encode(recording.mp3(samples)).decode(),
        "picture": b64encode(recording.picture(samples)).decode(),
        "seconds": seconds,
        "cut": seconds > shown,
        "marks": [(f"{mark:g}", 100 * mark / shown) for mark in np.arange(0, 0.97 * shown, step).round(1)],
    }
