# The second level: means and stacks of systems.


# The means of all systems, and the published means of some of them.
rule average_systems:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.fusion.fused_oof,
        test=plan.fusion.fused_test,
    output:
        oof="results/{dataset}/ensemble/{ensemble}/oof.parquet",
        test="results/{dataset}/ensemble/{ensemble}/test.parquet",
    log:
        "results/{dataset}/logs/average_systems/{ensemble}.log",
    wildcard_constraints:
        ensemble=plan.fusion.ensembles_pattern("arithmetic-mean", "geometric-mean"),
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        settings=plan.fusion.average_systems,
    shell:
        "python -m workflow_scripts.fusion.average_systems --clips {input.clips} --oof {input.oof} --test {input.test}"
        " --mean-oof {output.oof} --mean-test {output.test} --settings {params.settings:q} --log {log}"


# The stack of all systems and their log-linear pool, and the published stacks of some of them: what is fitted to labels.
rule stack_systems:
    input:
        clips="results/{dataset}/clips.csv",
        folds=plan.fusion.stack_folds,
        oof=plan.fusion.fused_oof,
        test=plan.fusion.fused_test,
        labels=plan.fusion.stacked_labels,
    output:
        oof="results/{dataset}/ensemble/{ensemble}/oof.parquet",
        test="results/{dataset}/ensemble/{ensemble}/test.parquet",
        weights="results/{dataset}/ensemble/{ensemble}/weights.csv",
        stack="results/{dataset}/ensemble/{ensemble}/stack.safetensors",
    log:
        "results/{dataset}/logs/stack_systems/{ensemble}.log",
    wildcard_constraints:
        ensemble=plan.fusion.ensembles_pattern("stack", "log-linear-pool"),
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.fusion.stack_systems,
    shell:
        "python -m workflow_scripts.fusion.stack_systems --clips {input.clips} --folds {input.folds}"
        " --oof {input.oof} --test {input.test} --labels {input.labels}"
        " --stack-oof {output.oof} --stack-test {output.test} --weights {output.weights} --stack {output.stack}"
        " --settings {params.settings:q} --log {log}"


# The same stack as that of the systems' answers, of one round.
use rule stack_systems as stack_stage with:
    input:
        clips="results/{dataset}/clips.csv",
        folds=plan.fusion.stack_folds,
        oof=plan.fusion.oof_of_stage,
        test=plan.fusion.test_of_stage,
        labels=plan.fusion.labels_of_stage,
    output:
        oof="results/{dataset}/ensemble/{ensemble}/stage{stage}/oof.parquet",
        test="results/{dataset}/ensemble/{ensemble}/stage{stage}/test.parquet",
        weights="results/{dataset}/ensemble/{ensemble}/stage{stage}/weights.csv",
        stack="results/{dataset}/ensemble/{ensemble}/stage{stage}/stack.safetensors",
    log:
        "results/{dataset}/logs/stack_stage/{ensemble}.stage{stage}.log",
    wildcard_constraints:
        ensemble=plan.fusion.correctors_pattern(),
