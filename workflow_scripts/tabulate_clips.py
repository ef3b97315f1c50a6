"""Rule tabulate_clips: the clip table, from the dataset's own tables and audio files."""

from pathlib import Path

from workflow_scripts.artefacts.clips import write_clips
from workflow_scripts.artefacts.problems import write_problems
from workflow_scripts.common.stage import run
from workflow_scripts.data.clip_table import clip_table, parse_table, with_audio


def main(*, settings: dict, clips: Path, problems: Path, threads: int):
    """Check the dataset's tables against each other and the audio files, and write them as one clip table.

    settings: tables, columns, classes and counts of the dataset; root, the folder that these paths start from
    clips:    the clip table to write
    problems: the table of data problems to write, maybe without rows
    threads:  audio files decoded at a time
    """
    root = Path(settings["root"])
    tables = {split: parse_table(root / source["file"]) for split, source in settings["tables"].items()}
    table = with_audio(clip_table(tables, settings, root), threads)
    empty = table["fname"][table["seconds"] == 0]
    write_clips(table, clips)
    write_problems(
        [(fname, "empty audio file", "left out of training; predicted as uniform probabilities") for fname in empty],
        problems,
    )


if __name__ == "__main__":
    run(main)
