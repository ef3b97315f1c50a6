# What trained networks say of clips, and the baselines that they must beat.


rule predict_round:
    input:
        unpack(plan.data_of_system),
        models=plan.fold_models,
        held_out=plan.held_out,
    output:
        oof="results/{dataset}/systems/{system}/round{round}/oof.parquet",
        test="results/{dataset}/systems/{system}/round{round}/test.parquet",
    log:
        "results/{dataset}/logs/predict_round/{system}.round{round}.log",
    wildcard_constraints:
        round=r"\d\d",
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=plan.gpus,
        device=plan.device,
        deterministic=plan.deterministic,
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.prediction,
    shell:
        "python -m workflow_scripts.prediction.predict_round --clips {input.clips} --frames {input.frames} --index {input.index}"
        " --models {input.models} --held-out {input.held_out} --oof {output.oof} --test {output.test}"
        " --device {resources.device} --deterministic {resources.deterministic} --threads {threads}"
        " --settings {params.settings:q} --log {log}"


rule choose_round:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.oof_of_all_rounds,
        test=plan.test_of_all_rounds,
    output:
        oof="results/{dataset}/systems/{system}/oof.parquet",
        test="results/{dataset}/systems/{system}/test.parquet",
        rounds="results/{dataset}/systems/{system}/rounds.csv",
    log:
        "results/{dataset}/logs/choose_round/{system}.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        settings=plan.choice,
    shell:
        "python -m workflow_scripts.prediction.choose_round --clips {input.clips} --oof {input.oof} --test {input.test}"
        " --chosen-oof {output.oof} --chosen-test {output.test} --rounds {output.rounds}"
        " --settings {params.settings:q} --log {log}"


rule predict_frames:
    input:
        unpack(plan.data_of_frames),
        models=plan.fold_models,
    output:
        probabilities="results/{dataset}/systems/{system}/round{round}/probabilities.npy",
        index="results/{dataset}/systems/{system}/round{round}/probabilities.csv",
    log:
        "results/{dataset}/logs/predict_frames/{system}.round{round}.log",
    wildcard_constraints:
        system=plan.detectors_pattern(),
        round=r"\d\d",
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=plan.gpus,
        device=plan.device,
        deterministic=plan.deterministic,
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.frame_prediction,
    shell:
        "python -m workflow_scripts.prediction.predict_frames --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index} --models {input.models}"
        " --probabilities {output.probabilities} --probabilities-index {output.index}"
        " --device {resources.device} --deterministic {resources.deterministic} --threads {threads}"
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
        "python -m workflow_scripts.prediction.predict_baselines --clips {input.clips} --folds {input.folds}"
        " --frames {input.frames} --index {input.index}"
        " --frequent-oof {output.frequent_oof} --frequent-test {output.frequent_test}"
        " --forest-oof {output.forest_oof} --forest-test {output.forest_test}"
        " --threads {threads} --settings {params.settings:q} --log {log}"
