# What trainings after the first learn: labels that were accepted, kept, corrected, or made by a teacher.


# All folds' verdicts together decide.
rule accept_labels:
    input:
        clips="results/{dataset}/clips.csv",
        judged=plan.labels.verdicts,
    output:
        "results/{dataset}/systems/{system}/stage{stage}/accepted.csv",
    log:
        "results/{dataset}/logs/accept_labels/{system}.stage{stage}.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.labels.accept_labels,
    shell:
        "python -m workflow_scripts.labels.accept_labels --clips {input.clips} --judged {input.judged}"
        " --accepted {output} --settings {params.settings:q} --log {log}"


# Each fold by itself: of what it has learned from, by the model that has.
rule prune_clips:
    input:
        unpack(plan.prediction.data_and_folds),
        model=plan.labels.model_of_stage_before,
    output:
        "results/{dataset}/systems/{system}/stage{stage}/fold{fold}/pruned.csv",
    log:
        "results/{dataset}/logs/prune_clips/{system}.stage{stage}.fold{fold}.log",
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=study.gpus,
        device=study.device,
        deterministic=study.deterministic,
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.labels.prune_clips,
    shell:
        "python -m workflow_scripts.labels.prune_clips --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index} --model {input.model} --pruned {output}"
        " --device {resources.device} --deterministic {resources.deterministic} --threads {threads}"
        " --settings {params.settings:q} --log {log}"


# By all folds' models of the stage before, which have learned unverified clips alone.
rule estimate_transition:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.labels.oof_of_noisy_stage,
    output:
        "results/{dataset}/systems/{system}/stage{stage}/transition.csv",
    log:
        "results/{dataset}/logs/estimate_transition/{system}.stage{stage}.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.labels.estimate_transition,
    shell:
        "python -m workflow_scripts.labels.estimate_transition --clips {input.clips} --oof {input.oof}"
        " --transition {output} --settings {params.settings:q} --log {log}"


# By the stack of an ensemble, for all its systems.
rule correct_labels:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.labels.oof_of_stage_before,
    output:
        "results/{dataset}/ensemble/{ensemble}/stage{stage}/labels.csv",
    log:
        "results/{dataset}/logs/correct_labels/{ensemble}.stage{stage}.log",
    wildcard_constraints:
        ensemble=plan.fusion.correctors_pattern(),
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.labels.correct_labels,
    shell:
        "python -m workflow_scripts.labels.correct_labels --clips {input.clips} --oof {input.oof} --labels {output}"
        " --settings {params.settings:q} --log {log}"


# Of clips without labels: their tags, or the probabilities of these.
rule make_tags:
    input:
        unpack(plan.labels.data_of_teaching),
        clips="results/{dataset}/clips.csv",
    output:
        "results/{dataset}/systems/{system}/stage{stage}/tags.parquet",
    log:
        "results/{dataset}/logs/make_tags/{system}.stage{stage}.log",
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.labels.make_tags,
    shell:
        "python -m workflow_scripts.labels.make_tags --clips {input.clips} --folds {input.folds}"
        " --post-processing {input.post_processing} --probabilities {input.probabilities}"
        " --probabilities-index {input.probabilities_index} --tags {output}"
        " --settings {params.settings:q} --log {log}"


# Of every frame.
rule make_frame_targets:
    input:
        unpack(plan.labels.data_of_teaching),
        clips="results/{dataset}/clips.csv",
    output:
        frames="results/{dataset}/systems/{system}/stage{stage}/targets.npy",
        index="results/{dataset}/systems/{system}/stage{stage}/targets.csv",
    log:
        "results/{dataset}/logs/make_frame_targets/{system}.stage{stage}.log",
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.labels.make_frame_targets,
    shell:
        "python -m workflow_scripts.labels.make_frame_targets --clips {input.clips}"
        " --post-processing {input.post_processing} --probabilities {input.probabilities}"
        " --probabilities-index {input.probabilities_index}"
        " --target-frames {output.frames} --target-index {output.index} --settings {params.settings:q} --log {log}"
