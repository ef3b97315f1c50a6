# What trained networks say of clips, and the baselines that they must beat.


rule predict_stage:
    input:
        unpack(plan.prediction.data_and_folds),
        models=plan.prediction.fold_models,
        held_out=plan.prediction.held_out,
    output:
        oof="results/{dataset}/systems/{system}/stage{stage}/oof.parquet",
        test="results/{dataset}/systems/{system}/stage{stage}/test.parquet",
    log:
        "results/{dataset}/logs/predict_stage/{system}.stage{stage}.log",
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=study.gpus,
        device=study.device,
        deterministic=study.deterministic,
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.prediction.predict_stage,
    shell:
        "python -m workflow_scripts.prediction.predict_stage --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index} --models {input.models}"
        " --held-out {input.held_out} --oof {output.oof} --test {output.test}"
        " --device {resources.device} --deterministic {resources.deterministic} --threads {threads}"
        " --settings {params.settings:q} --log {log}"


rule choose_stage:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.prediction.oof_of_all_stages,
        test=plan.prediction.test_of_all_stages,
    output:
        oof="results/{dataset}/systems/{system}/oof.parquet",
        test="results/{dataset}/systems/{system}/test.parquet",
        rounds="results/{dataset}/systems/{system}/rounds.csv",
    log:
        "results/{dataset}/logs/choose_stage/{system}.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        settings=plan.prediction.choose_stage,
    shell:
        "python -m workflow_scripts.prediction.choose_stage --clips {input.clips} --oof {input.oof} --test {input.test}"
        " --chosen-oof {output.oof} --chosen-test {output.test} --rounds {output.rounds}"
        " --settings {params.settings:q} --log {log}"


rule predict_frames:
    input:
        unpack(plan.prediction.data_and_folds),
        models=plan.prediction.fold_models,
    output:
        probabilities="results/{dataset}/systems/{system}/stage{stage}/probabilities.npy",
        index="results/{dataset}/systems/{system}/stage{stage}/probabilities.csv",
    log:
        "results/{dataset}/logs/predict_frames/{system}.stage{stage}.log",
    wildcard_constraints:
        system=plan.detection.detectors_pattern(),
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=study.gpus,
        device=study.device,
        deterministic=study.deterministic,
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.prediction.predict_frames,
    shell:
        "python -m workflow_scripts.prediction.predict_frames --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index} --models {input.models}"
        " --probabilities {output.probabilities} --probabilities-index {output.index}"
        " --device {resources.device} --deterministic {resources.deterministic} --threads {threads}"
        " --settings {params.settings:q} --log {log}"


rule predict_baselines:
    input:
        unpack(plan.prediction.baseline_data),
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
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.prediction.predict_baselines,
    shell:
        "python -m workflow_scripts.prediction.predict_baselines --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index}"
        " --frequent-oof {output.frequent_oof} --frequent-test {output.frequent_test}"
        " --forest-oof {output.forest_oof} --forest-test {output.forest_test}"
        " --threads {threads} --settings {params.settings:q} --log {log}"
