"""What a run will ask of a cluster: jobs, GPUs, hours and memory by rule, and what the planning itself takes.

    python benchmarks/job_plan.py --configfile configs/full.yaml
    python benchmarks/job_plan.py                                   the main job on the demo
    python benchmarks/job_plan.py --against c91a434                 and the processor time of planning by that commit

Reads a dry run with profiles/slurm; needs neither SLURM nor the data. A copy of the project with an empty file for each
result then tells what a run with nothing to do takes. The reference for both is Snakemake on a Snakefile of one rule.
``--against`` compares the main job on the demo, with copies of recipes in systems/: a run with nothing to do, and what
each job on a cluster does twice before its stage starts (a plan of that one job).
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--configfile", type=Path)
    parser.add_argument("--against", help="a commit of this repository")
    parser.add_argument("--recipes", type=int, nargs="+", default=[22, 50, 200], help="how many, for --against")
    parser.add_argument("--repeats", type=int, default=5, help="of each measurement, for --against")
    options = parser.parse_args()
    configuration = ["--configfile", str(options.configfile)] if options.configfile else []
    arguments = ["--workflow-profile", "profiles/slurm", *configuration]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(".*", "results", "__pycache__"))
        printed, seconds = dry_run(project, *arguments)
        make_empty_results(project, printed)
        finished, no_op = dry_run(project, *arguments)
        assert "Nothing to be done" in finished, finished
        Path(folder, "Snakefile").write_text("rule all:\n    output: 'x'\n    shell: 'touch {output}'\n")
        _, reference = dry_run(folder)
    jobs = pd.DataFrame(requests(printed))
    print(table(jobs))
    on_gpus = jobs[jobs["gpu"] > 0]
    print(
        f"{len(jobs)} jobs, {(jobs['local']).sum()} of them light ones on the login node; {len(on_gpus)} GPU jobs ask "
        f"for {on_gpus['minutes'].sum() / 60:.0f} GPU-hours in all"
    )
    print(f"planning it: {seconds:.1f} s, {seconds / reference:.1f} of a dry run of one rule ({reference:.1f} s)")
    print(f"seeing that all of it is done: {no_op:.1f} s, {no_op / reference:.1f} of the same")
    if options.against:
        print(compared(options.against, options.recipes, options.repeats))


def compared(commit, counts, repeats):
    """Return a table of the processor seconds of planning: this build's, that of ``commit`` and one rule's, in turn."""
    lines = [f"| recipes | what | now, s | {commit}, s | ratio | one rule, s |", "|---|---|---|---|---|---|"]
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            now, before, one = (Path(folder, name) for name in ("now", "before", "one"))
            shutil.copytree(ROOT, now, ignore=shutil.ignore_patterns(".*", "results", "__pycache__"))
            subprocess.run(["git", "clone", "--quiet", ROOT, before], check=True)
            subprocess.run(["git", "checkout", "--quiet", commit], cwd=before, check=True)
            one.mkdir()
            Path(one, "Snakefile").write_text("rule all:\n    output: 'x'\n    shell: 'touch {output}'\n")
            jobs = []
            for project in (now, before):
                add_recipes(project, count)
                printed, _ = dry_run(project)
                make_empty_results(project, printed)
                jobs.append(one_job(printed))
            for what, *arguments in (("nothing to do", [], []), ("one job", *jobs)):
                runs = [(now, arguments[0]), (before, arguments[1]), (one, [])]
                seconds = [[processor_seconds(place, *given) for place, given in runs] for _ in range(1 + repeats)]
                least = [min(column) for column in zip(*seconds[1:], strict=True)]  # the first one writes bytecode
                ratio = least[0] / least[1]
                lines.append(f"| {count} | {what} | {least[0]:.2f} | {least[1]:.2f} | {ratio:.2f} | {least[2]:.2f} |")
    return "\n".join(lines)


def add_recipes(project, count):
    """Copy recipes until there are ``count``."""
    recipes = sorted(project.glob("systems/*.yaml"))
    for number in range(count - len(recipes)):
        path = recipes[number % len(recipes)]
        shutil.copy(path, path.with_stem(f"{path.stem}-copy{number}"))


def one_job(printed):
    """Return the arguments with which a cluster's job starts Snakemake: for one training in the dry run ``printed``."""
    pattern = (
        r"^rule (\w+):\n(?:    .*\n)*?    output: \S*/fold0/model\.safetensors.*\n(?:    .*\n)*?    wildcards: (.*)$"
    )
    rule, wildcards = re.search(pattern, printed, re.MULTILINE).groups()
    return ["--target-jobs", f"{rule}:{wildcards.replace(' ', '')}", "--allowed-rules", rule, "--force"]


def processor_seconds(folder, *arguments):
    """Return the user and system time of a dry run."""
    before = os.times()
    dry_run(folder, *arguments)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def dry_run(folder, *arguments):
    """Return what a dry run prints and the seconds it takes."""
    started = time.monotonic()
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run", *arguments]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}  # as where people work
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr, time.monotonic() - started


def make_empty_results(project, printed):
    """Make every output that a dry run names, all of one age."""
    outputs = [name for line in re.findall(r"^    output: (.*)$", printed, re.MULTILINE) for name in line.split(", ")]
    for name in outputs:
        path = project / name
        if f"{name}.csv" in outputs:  # an unpacked archive, beside its manifest
            path.mkdir(parents=True)
            path = path / ".snakemake_timestamp"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (0, 0))


def requests(printed):
    """Yield one dict per job of a dry run: rule, local, and for a job of the cluster gpu, minutes, megabytes."""
    sources = "".join(path.read_text() for path in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")])
    light = {re.match(r"rule (\w+):", block)[1] for block in light_rules(sources)}
    for rule, block in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)+)", printed, re.MULTILINE):
        asked = {}
        if rule not in light:
            resources = dict(re.findall(r"(\w+)=([^,\s]+)", re.search(r"resources: (.*)", block)[1]))
            names = {"gpu": "gpu", "minutes": "runtime", "megabytes": "mem_mb"}
            asked = {name: int(resources.get(resource, 0)) for name, resource in names.items()}
        yield {"rule": rule, "local": not asked, **asked}


def light_rules(sources):
    """Return the texts of the rules that run where Snakemake runs."""
    blocks = re.findall(r"^rule \w+:\n(?:[ \n].*\n?)*", sources, re.MULTILINE)
    return [block for block in blocks if "    localrule: True" in block]


def table(jobs):
    lines = ["| rule | jobs | GPUs each | minutes each | GB each | hours in all |", "|---|---|---|---|---|---|"]
    for rule, group in jobs[~jobs["local"]].groupby("rule", sort=False):
        minutes, gigabytes = (span(group[name], unit) for name, unit in (("minutes", 1), ("megabytes", 1000)))
        hours = group["minutes"].sum() / 60
        lines.append(f"| {rule} | {len(group)} | {group['gpu'].max():g} | {minutes} | {gigabytes} | {hours:.1f} |")
    return "\n".join(lines)


def span(values, unit):
    low, high = values.min() / unit, values.max() / unit
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


if __name__ == "__main__":
    main()
