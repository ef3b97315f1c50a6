# Scores, and the answer for the dataset in config.yaml.


rule score_systems:
    input:
        listing="results/{dataset}/listing.csv",
        clips="results/{dataset}/clips.csv",
        oof=plan.scored_oof,
        test=plan.scored_test,
        given_oof=plan.given_oof,
        given_test=plan.given_test,
    output:
        scores="results/{dataset}/scores.csv",
        comparisons="results/{dataset}/comparisons.csv",
        by_class="results/{dataset}/class_scores.csv",
        confusions="results/{dataset}/confusion.csv",
        reliability="results/{dataset}/reliability.csv",
        effects="results/{dataset}/stage_effects.csv",
    log:
        "results/{dataset}/logs/score_systems.log",
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.scoring,
    shell:
        "python -m workflow_scripts.score_systems --listing {input.listing} --clips {input.clips}"
        " --oof {input.oof} --test {input.test} --given-oof {input.given_oof} --given-test {input.given_test}"
        " --scores {output.scores} --comparisons {output.comparisons} --by-class {output.by_class}"
        " --confusions {output.confusions} --reliability {output.reliability} --effects {output.effects}"
        " --settings {params.settings:q} --log {log}"


# Prints the score table; everything that a run of the main job should leave behind is an input here.
rule write_answer:
    input:
        clips=f"results/{plan.dataset}/clips.csv",
        predictions=plan.answered,
        scores=f"results/{plan.dataset}/scores.csv",
        plot=f"results/{plan.dataset}/scores.png",
        others=plan.left_behind,
        costs=f"results/{plan.dataset}/figures/costs.png",
        estimate=plan.awaited_estimate(plan.dataset),  # not ancient(): Snakemake issue 4166
    output:
        answer="results/task2_ensemble.csv",
        scores="results/task2_scores.csv",
        plot="results/task2_scores.png",
    log:
        "results/logs/write_answer.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.answer,
    shell:
        "python -m workflow_scripts.write_answer --clips {input.clips} --predictions {input.predictions}"
        " --scores {input.scores} --plot {input.plot} --answer {output.answer} --answer-scores {output.scores}"
        " --answer-plot {output.plot} --settings {params.settings:q} --log {log}"
