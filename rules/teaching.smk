# Rounds in which a network learns from what networks said in the round before (Task 4).


# Of clips without labels: their tags, or the probabilities of these.
rule make_tags:
    input:
        unpack(plan.data_of_teaching),
        clips="results/{dataset}/clips.csv",
        folds=plan.folds_of_system,
    output:
        "results/{dataset}/systems/{system}/round{round}/tags.parquet",
    log:
        "results/{dataset}/logs/make_tags/{system}.round{round}.log",
    wildcard_constraints:
        system=plan.taught_pattern(),
        round=r"0[1-9]|[1-9]\d",
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.tag_making,
    shell:
        "python -m workflow_scripts.make_tags --clips {input.clips} --folds {input.folds}"
        " --post-processing {input.post_processing} --probabilities {input.probabilities}"
        " --probabilities-index {input.probabilities_index} --tags {output}"
        " --settings {params.settings:q} --log {log}"


# Of every frame.
rule make_frame_targets:
    input:
        unpack(plan.data_of_teaching),
        clips="results/{dataset}/clips.csv",
    output:
        frames="results/{dataset}/systems/{system}/round{round}/targets.npy",
        index="results/{dataset}/systems/{system}/round{round}/targets.csv",
    log:
        "results/{dataset}/logs/make_frame_targets/{system}.round{round}.log",
    wildcard_constraints:
        system=plan.taught_pattern(),
        round=r"0[1-9]|[1-9]\d",
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.frame_targets,
    shell:
        "python -m workflow_scripts.make_frame_targets --clips {input.clips}"
        " --post-processing {input.post_processing} --probabilities {input.probabilities}"
        " --probabilities-index {input.probabilities_index}"
        " --target-frames {output.frames} --target-index {output.index} --settings {params.settings:q} --log {log}"


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
        "python -m workflow_scripts.train_model --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index}"
        " --tags {input.tags} --target-frames {input.target_frames} --target-index {input.target_index}"
        " --folder $(dirname {output.model}) --device {resources.device} --deterministic {resources.deterministic}"
        " --threads {threads} --checkpoint-seconds {resources.checkpoint_seconds}"
        " --settings {params.settings:q} --log {log}"
