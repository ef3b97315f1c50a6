# The trainings, and before them an estimate of how long they will take.


# On the device that will train; it needs no data.
rule measure_speed:
    output:
        "results/{dataset}/systems/{system}/speed.csv",
    log:
        "results/{dataset}/logs/measure_speed/{system}.log",
    priority: 100
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=plan.gpus,
        device=plan.device,
        deterministic=plan.deterministic,
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.speed,
    shell:
        "python -m workflow_scripts.training.measure_speed --speed {output} --device {resources.device}"
        " --deterministic {resources.deterministic} --threads {threads} --settings {params.settings:q} --log {log}"


# Prints the estimate. A main job asks for it on a GPU and at the published sizes; nothing that is computed depends on it.
rule estimate_hours:
    input:
        clips="results/{dataset}/clips.csv",
        speeds=plan.speeds,
    output:
        "results/{dataset}/training_hours.csv",
    log:
        "results/{dataset}/logs/estimate_hours.log",
    priority: 100
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.estimate,
    shell:
        "python -m workflow_scripts.training.estimate_hours --clips {input.clips} --speeds {input.speeds} --estimate {output}"
        " --settings {params.settings:q} --log {log}"


# One job per system and fold: what a cluster schedules on one GPU. Resume files stand beside the outputs, undeclared,
# because Snakemake deletes declared outputs before a job starts.


rule train:
    input:
        unpack(plan.data_of_training),
    output:
        model="results/{dataset}/systems/{system}/round00/fold{fold}/model.safetensors",
        held_out="results/{dataset}/systems/{system}/round00/fold{fold}/held_out.parquet",
        history="results/{dataset}/systems/{system}/round00/fold{fold}/history.csv",
    log:
        "results/{dataset}/logs/train/{system}.fold{fold}.log",
    wildcard_constraints:
        system=plan.systems_pattern(self_verification=False),
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=plan.gpus,
        device=plan.device,
        deterministic=plan.deterministic,
        checkpoint_seconds=plan.checkpoint_seconds,
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.training,
    shell:
        "python -m workflow_scripts.training.train_model --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index}"
        " --folder $(dirname {output.model}) --device {resources.device} --deterministic {resources.deterministic}"
        " --threads {threads} --checkpoint-seconds {resources.checkpoint_seconds}"
        " --settings {params.settings:q} --log {log}"


# The same for a system with self-verification, whose models also judge the unverified clips that they held out.
use rule train as train_and_judge with:
    output:
        model="results/{dataset}/systems/{system}/round00/fold{fold}/model.safetensors",
        held_out="results/{dataset}/systems/{system}/round00/fold{fold}/held_out.parquet",
        history="results/{dataset}/systems/{system}/round00/fold{fold}/history.csv",
        judged="results/{dataset}/systems/{system}/round00/fold{fold}/judged.parquet",
    log:
        "results/{dataset}/logs/train_and_judge/{system}.fold{fold}.log",
    wildcard_constraints:
        system=plan.systems_pattern(self_verification=True),


rule fine_tune:
    input:
        unpack(plan.data_of_training),
        start="results/{dataset}/systems/{system}/round{round}/start.csv",
        accepted="results/{dataset}/systems/{system}/round{round}/accepted.csv",
    output:
        model="results/{dataset}/systems/{system}/round{round}/fold{fold}/model.safetensors",
        held_out="results/{dataset}/systems/{system}/round{round}/fold{fold}/held_out.parquet",
        history="results/{dataset}/systems/{system}/round{round}/fold{fold}/history.csv",
        judged="results/{dataset}/systems/{system}/round{round}/fold{fold}/judged.parquet",
    log:
        "results/{dataset}/logs/fine_tune/{system}.round{round}.fold{fold}.log",
    wildcard_constraints:
        system=plan.systems_pattern(self_verification=True),
        round=r"0[1-9]|[1-9]\d",
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=plan.gpus,
        device=plan.device,
        deterministic=plan.deterministic,
        checkpoint_seconds=plan.checkpoint_seconds,
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.fine_tuning,
    shell:
        "python -m workflow_scripts.training.train_model --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index}"
        " --start {input.start} --accepted {input.accepted}"
        " --folder $(dirname {output.model}) --device {resources.device} --deterministic {resources.deterministic}"
        " --threads {threads} --checkpoint-seconds {resources.checkpoint_seconds}"
        " --settings {params.settings:q} --log {log}"


# From scratch, like the training on given labels.
rule retrain:
    input:
        unpack(plan.data_of_training),
        labels=plan.labels_of_round,
    output:
        model="results/{dataset}/systems/{system}/round{round}/fold{fold}/model.safetensors",
        held_out="results/{dataset}/systems/{system}/round{round}/fold{fold}/held_out.parquet",
        history="results/{dataset}/systems/{system}/round{round}/fold{fold}/history.csv",
    log:
        "results/{dataset}/logs/retrain/{system}.round{round}.fold{fold}.log",
    wildcard_constraints:
        system=plan.retrained_pattern(),
        round=r"0[1-9]|[1-9]\d",
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=plan.gpus,
        device=plan.device,
        deterministic=plan.deterministic,
        checkpoint_seconds=plan.checkpoint_seconds,
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.retraining,
    shell:
        "python -m workflow_scripts.training.train_model --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index} --labels {input.labels}"
        " --folder $(dirname {output.model}) --device {resources.device} --deterministic {resources.deterministic}"
        " --threads {threads} --checkpoint-seconds {resources.checkpoint_seconds}"
        " --settings {params.settings:q} --log {log}"


# From scratch, like the training on labels.
rule train_on_targets:
    input:
        unpack(plan.data_of_taught),
    output:
        model="results/{dataset}/systems/{system}/round{round}/fold{fold}/model.safetensors",
        held_out="results/{dataset}/systems/{system}/round{round}/fold{fold}/held_out.parquet",
        history="results/{dataset}/systems/{system}/round{round}/fold{fold}/history.csv",
    log:
        "results/{dataset}/logs/train_on_targets/{system}.round{round}.fold{fold}.log",
    wildcard_constraints:
        system=plan.taught_pattern(),
        round=r"0[1-9]|[1-9]\d",
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=plan.gpus,
        device=plan.device,
        deterministic=plan.deterministic,
        checkpoint_seconds=plan.checkpoint_seconds,
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.taught_training,
    shell:
        "python -m workflow_scripts.training.train_model --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index}"
        " --tags {input.tags} --target-frames {input.target_frames} --target-index {input.target_index}"
        " --folder $(dirname {output.model}) --device {resources.device} --deterministic {resources.deterministic}"
        " --threads {threads} --checkpoint-seconds {resources.checkpoint_seconds}"
        " --settings {params.settings:q} --log {log}"
