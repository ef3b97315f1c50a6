# The rounds of self-verification, unrolled by the wildcard `round` (01, 02, ...). Round 00 is the training from scratch.


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
        "python -m workflow_scripts.accept_labels --clips {input.clips} --judged {input.judged} --models {input.models}"
        " --accepted {output.accepted} --start {output.start} --settings {params.settings:q} --log {log}"


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
        "python -m workflow_scripts.train_model --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index}"
        " --start {input.start} --accepted {input.accepted}"
        " --folder $(dirname {output.model}) --device {resources.device} --deterministic {resources.deterministic}"
        " --threads {threads} --checkpoint-seconds {resources.checkpoint_seconds}"
        " --settings {params.settings:q} --log {log}"
