"""A checkout may lie in any folder whose name a shell would take for something else."""

import subprocess
import sys

import pytest
import yaml

from tests.project import ROOT, Project
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.job_environment import shell_prefix

ODD = "O'Brien's \"own\" $HOME `x` & m\u00f6re; (1) #[2]* \\n %s"


def test_jobs_find_the_package_and_python_whatever_the_names_of_their_folders(tmp_path):
    checkout, python = tmp_path / ODD, tmp_path / f"{ODD} bin" / "python"
    (checkout / "workflow_scripts").mkdir(parents=True)
    (checkout / "workflow_scripts/hello.py").write_text("print('hello')")
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    command = shell_prefix(checkout, python) + "python -m workflow_scripts.hello && command -v python"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, text=True, capture_output=True, check=True)
    assert done.stdout.splitlines() == ["hello", str(python)]


@pytest.mark.parametrize("sign", ["{", "}", ":"])
def test_what_no_quoting_helps_is_one_line(tmp_path, sign):
    with pytest.raises(UserError, match="move this folder, or rename it") as error:
        shell_prefix(tmp_path / f"a{sign}b")
    assert str(tmp_path / f"a{sign}b") in str(error.value)


def test_a_run_works_in_such_a_folder(tmp_path):
    status, printed = Project(tmp_path / ODD).run("results/fsdkaggle2018-demo/listing.csv")
    assert status == 0, printed


def test_a_run_elsewhere_takes_the_configuration_and_the_demo_of_the_checkout(tmp_path):
    """Unless there is a config.yaml where it works."""
    project = Project(tmp_path / "project")
    project.write_config(yaml.safe_load((ROOT / "config.yaml").read_text()))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    arguments = ["--directory", elsewhere, "--", "results/fsdkaggle2018-demo/listing.csv"]
    status, printed = project.run(*arguments)
    assert status == 0, printed
    assert (elsewhere / "results/fsdkaggle2018-demo/listing.csv").exists()
    (elsewhere / "config.yaml").write_text((project.folder / "config.yaml").read_text() + "unheard_of: 1\n")
    status, printed = project.run("-n", *arguments)
    assert status != 0
    assert "unheard_of" in printed
