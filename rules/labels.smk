# What trainings after the first learn: labels that were accepted, corrected, or made by a teacher.


# All folds' verdicts together decide which labels are accepted. It also names the models that the round goes on from,
# which are no inputs of fine_tune: so no rule makes its own input. A cluster job, which knows only its own rule, would
# otherwise train earlier rounds again inside itself.
rule accept_labels:
    input:
        clips="results/{dataset}/clips.csv",
        judged=plan.verdicts_before,
        models=plan.models_before,
    output:
        accepted="results/{dataset}/systems/{system}/round{round}/accepted.csv",
        start="results/{dataset}/systems/{system}/round{round}/start.csv",
    log:
        "results/{dataset}/logs/accept_labels/{system}.round{round}.log",
    wildcard_constraints:
        system=plan.systems_pattern(self_verification=True),
        round=r"0[1-9]|[1-9]\d",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.acceptance,
    shell:
        "python -m workflow_scripts.labels.accept_labels --clips {input.clips} --judged {input.judged} --models {input.models}"
        " --accepted {output.accepted} --start {output.start} --settings {params.settings:q} --log {log}"


rule relabel_clips:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.oof_of_round_before,
    output:
        "results/{dataset}/ensemble/{ensemble}/round{round}/labels.csv",
    log:
        "results/{dataset}/logs/relabel_clips/{ensemble}.round{round}.log",
    wildcard_constraints:
        ensemble=plan.correctors_pattern(),
        round=r"0[1-9]|[1-9]\d",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.correction,
    shell:
        "python -m workflow_scripts.labels.relabel_clips --clips {input.clips} --oof {input.oof} --labels {output}"
        " --settings {params.settings:q} --log {log}"


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
        "python -m workflow_scripts.labels.make_tags --clips {input.clips} --folds {input.folds}"
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
        "python -m workflow_scripts.labels.make_frame_targets --clips {input.clips}"
        " --post-processing {input.post_processing} --probabilities {input.probabilities}"
        " --probabilities-index {input.probabilities_index}"
        " --target-frames {output.frames} --target-index {output.index} --settings {params.settings:q} --log {log}"
