# The rounds of relabelling: the stack of all systems of an ensemble corrects the labels that they are trained on again.


# The same stack as that of the systems' answers, of one round.
use rule stack_systems as stack_round with:
    input:
        clips="results/{dataset}/clips.csv",
        folds=plan.stack_folds,
        oof=plan.oof_of_round,
        test=plan.test_of_round,
        labels=plan.stacked_labels_of_round,
    output:
        oof="results/{dataset}/ensemble/{ensemble}/round{round}/oof.parquet",
        test="results/{dataset}/ensemble/{ensemble}/round{round}/test.parquet",
        weights="results/{dataset}/ensemble/{ensemble}/round{round}/weights.csv",
        stack="results/{dataset}/ensemble/{ensemble}/round{round}/stack.safetensors",
    log:
        "results/{dataset}/logs/stack_round/{ensemble}.round{round}.log",
    wildcard_constraints:
        ensemble=plan.correctors_pattern(),
        round=r"\d\d",


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
        "python -m workflow_scripts.relabel_clips --clips {input.clips} --oof {input.oof} --labels {output}"
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
        "python -m workflow_scripts.train_model --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index} --labels {input.labels}"
        " --folder $(dirname {output.model}) --device {resources.device} --deterministic {resources.deterministic}"
        " --threads {threads} --checkpoint-seconds {resources.checkpoint_seconds}"
        " --settings {params.settings:q} --log {log}"
