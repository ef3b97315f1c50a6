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
        gpu=study.gpus,
        device=study.device,
        deterministic=study.deterministic,
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.training.measure_speed,
    shell:
        "python -m workflow_scripts.training.measure_speed --speed {output} --device {resources.device}"
        " --deterministic {resources.deterministic} --threads {threads} --settings {params.settings:q} --log {log}"


# Prints the estimate. A main job asks for it on a GPU and at the published sizes; nothing that is computed depends on it.
rule estimate_hours:
    input:
        clips="results/{dataset}/clips.csv",
        speeds=plan.training.speeds,
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
        settings=plan.training.estimate_hours,
    shell:
        "python -m workflow_scripts.training.estimate_hours --clips {input.clips} --speeds {input.speeds} --estimate {output}"
        " --settings {params.settings:q} --log {log}"


# Published weights as a model of the network that starts from them.
rule convert_weights:
    input:
        plan.training.published_weights,
    output:
        "results/{dataset}/systems/{system}/stage{stage}/weights.safetensors",
    log:
        "results/{dataset}/logs/convert_weights/{system}.stage{stage}.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=plan.training.convert_weights,
    shell:
        "python -m workflow_scripts.training.convert_weights --weights {input} --model {output}"
        " --settings {params.settings:q} --log {log}"


# A training starts from models that are no inputs of it: so no rule makes its own input. A cluster job, which knows only
# its own rule, would otherwise train earlier stages again inside itself.
rule start_stage:
    input:
        plan.training.models_to_start_from,
    output:
        "results/{dataset}/systems/{system}/stage{stage}/start.csv",
    log:
        "results/{dataset}/logs/start_stage/{system}.stage{stage}.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.training.start_stage,
    shell:
        "python -m workflow_scripts.training.start_stage --models {input} --start {output}"
        " --settings {params.settings:q} --log {log}"


# One job per system, stage and fold: what a cluster schedules on one GPU. Resume files stand beside the outputs,
# undeclared, because Snakemake deletes declared outputs before a job starts.
rule train:
    input:
        unpack(plan.training.data_of_training),
    output:
        model="results/{dataset}/systems/{system}/stage{stage}/fold{fold}/model.safetensors",
        held_out="results/{dataset}/systems/{system}/stage{stage}/fold{fold}/held_out.parquet",
        judged="results/{dataset}/systems/{system}/stage{stage}/fold{fold}/judged.parquet",
        history="results/{dataset}/systems/{system}/stage{stage}/fold{fold}/history.csv",
    log:
        "results/{dataset}/logs/train/{system}.stage{stage}.fold{fold}.log",
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=study.gpus,
        device=study.device,
        deterministic=study.deterministic,
        checkpoint_seconds=study.checkpoint_seconds,
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.training.train,
    shell:
        "python -m workflow_scripts.training.train_model --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index} --start {input.start} --labels {input.labels}"
        " --folder $(dirname {output.model}) --device {resources.device} --deterministic {resources.deterministic}"
        " --threads {threads} --checkpoint-seconds {resources.checkpoint_seconds}"
        " --settings {params.settings:q} --log {log}"
