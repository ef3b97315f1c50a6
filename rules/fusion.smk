# The second level: means and stacks of systems.


# The means of all systems, and the published means of some of them.
rule average_systems:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.fused_oof,
        test=plan.fused_test,
    output:
        oof="results/{dataset}/ensemble/{ensemble}/oof.parquet",
        test="results/{dataset}/ensemble/{ensemble}/test.parquet",
    log:
        "results/{dataset}/logs/average_systems/{ensemble}.log",
    wildcard_constraints:
        ensemble=plan.ensembles_pattern("arithmetic-mean", "geometric-mean"),
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        settings=plan.average,
    shell:
        "python -m workflow_scripts.fusion.average_systems --clips {input.clips} --oof {input.oof} --test {input.test}"
        " --mean-oof {output.oof} --mean-test {output.test} --settings {params.settings:q} --log {log}"


# The stack of all systems, and the published stacks of some of them.
rule stack_systems:
    input:
        clips="results/{dataset}/clips.csv",
        folds=plan.stack_folds,
        oof=plan.fused_oof,
        test=plan.fused_test,
        labels=plan.stacked_labels,
    output:
        oof="results/{dataset}/ensemble/{ensemble}/oof.parquet",
        test="results/{dataset}/ensemble/{ensemble}/test.parquet",
        weights="results/{dataset}/ensemble/{ensemble}/weights.csv",
        stack="results/{dataset}/ensemble/{ensemble}/stack.safetensors",
    log:
        "results/{dataset}/logs/stack_systems/{ensemble}.log",
    wildcard_constraints:
        ensemble=plan.ensembles_pattern("stack"),
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.stack,
    shell:
        "python -m workflow_scripts.fusion.stack_systems --clips {input.clips} --folds {input.folds}"
        " --oof {input.oof} --test {input.test} --labels {input.labels}"
        " --stack-oof {output.oof} --stack-test {output.test} --weights {output.weights} --stack {output.stack}"
        " --settings {params.settings:q} --log {log}"


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
