# The second level, and the baselines that the networks must beat.


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
        "python -m workflow_scripts.average_systems --clips {input.clips} --oof {input.oof} --test {input.test}"
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
        "python -m workflow_scripts.stack_systems --clips {input.clips} --folds {input.folds}"
        " --oof {input.oof} --test {input.test} --labels {input.labels}"
        " --stack-oof {output.oof} --stack-test {output.test} --weights {output.weights} --stack {output.stack}"
        " --settings {params.settings:q} --log {log}"


rule predict_baselines:
    input:
        unpack(plan.baseline_data),
        clips="results/{dataset}/clips.csv",
    output:
        frequent_oof="results/{dataset}/baselines/most-frequent/oof.parquet",
        frequent_test="results/{dataset}/baselines/most-frequent/test.parquet",
        forest_oof="results/{dataset}/baselines/random-forest/oof.parquet",
        forest_test="results/{dataset}/baselines/random-forest/test.parquet",
    log:
        "results/{dataset}/logs/predict_baselines.log",
    conda:
        "../envs/environment.yaml"
    threads: 4
    resources:
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.baselines,
    shell:
        "python -m workflow_scripts.predict_baselines --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index}"
        " --frequent-oof {output.frequent_oof} --frequent-test {output.frequent_test}"
        " --forest-oof {output.forest_oof} --forest-test {output.forest_test}"
        " --threads {threads} --settings {params.settings:q} --log {log}"
