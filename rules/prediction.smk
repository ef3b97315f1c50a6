# A system's predictions in every round, and its answer: the round that validates best, or the last one.


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
        "python -m workflow_scripts.predict_round --clips {input.clips} --frames {input.frames} --index {input.index}"
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
        "python -m workflow_scripts.choose_round --clips {input.clips} --oof {input.oof} --test {input.test}"
        " --chosen-oof {output.oof} --chosen-test {output.test} --rounds {output.rounds}"
        " --settings {params.settings:q} --log {log}"
