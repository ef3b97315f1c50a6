"""What the default tier proves of the cluster: a training and the features that it needs go through SLURM."""

from tests.cluster.conftest import DATA, ClusterProject
from tests.cluster.slurm import gpus, rule_of

STORE, FOLD = f"{DATA}/features/log-mel-a", f"{DATA}/systems/iqbal-vgg13-a/stage00/fold0"


def test_a_training_and_what_it_needs_give_the_same_bytes_as_without_a_cluster(slurm, built, tmp_path):
    project = ClusterProject.without(built, tmp_path / "project", STORE, FOLD)
    status, printed = project.run(f"{FOLD}/model.safetensors")
    assert status == 0, printed
    for name in (f"{FOLD}/model.safetensors", f"{FOLD}/held_out.parquet", f"{STORE}/frames.npy", f"{STORE}/index.csv"):
        assert (project.folder / name).read_bytes() == (built.folder / name).read_bytes(), name

    records = slurm.records("Comment", "State", "Partition", "AllocTRES", "WorkDir")
    records = [record for record in records if record["WorkDir"] == str(project.folder)]
    assert {record["State"] for record in records} == {"COMPLETED"}
    jobs = sorted((rule_of(record), record["Partition"], gpus(record)) for record in records)
    assert jobs == [("extract_features", "cpu", 0), ("train", "gpu", 1)]
    (log,) = (project.folder / DATA / "logs/train").glob("iqbal-vgg13-a.stage00.fold0.log")
    assert "no GPU" in log.read_text()
