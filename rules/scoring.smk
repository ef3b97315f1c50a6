# Scores, and the answers for the data sets in config.yaml.


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
        "python -m workflow_scripts.scoring.score_systems --listing {input.listing} --clips {input.clips}"
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
        "python -m workflow_scripts.scoring.write_answer --clips {input.clips} --predictions {input.predictions}"
        " --scores {input.scores} --plot {input.plot} --answer {output.answer} --answer-scores {output.scores}"
        " --answer-plot {output.plot} --settings {params.settings:q} --log {log}"


rule compare_noise_policies:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.policy_oof,
        test=plan.policy_test,
    output:
        table="results/{dataset}/noise_policies.csv",
        plot=report(
            "results/{dataset}/figures/noise_policies.png",
            caption="../report/noise_policies.rst",
            category="Noise policies",
            labels={"result": "Which policy helps"},
        ),
    log:
        "results/{dataset}/logs/compare_noise_policies.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=plan.policy_comparison,
    shell:
        "python -m workflow_scripts.scoring.compare_noise_policies --clips {input.clips} --oof {input.oof} --test {input.test}"
        " --table {output.table} --plot {output.plot} --settings {params.settings:q} --log {log}"


rule score_events:
    input:
        unpack(plan.scored_detections),
        listing="results/{dataset}/listing.csv",
        clips="results/{dataset}/clips.csv",
        reference="results/{dataset}/events.csv",
    output:
        scores="results/{dataset}/event_scores.csv",
        by_class="results/{dataset}/event_class_scores.csv",
    log:
        "results/{dataset}/logs/score_events.log",
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.event_scoring,
    shell:
        "python -m workflow_scripts.scoring.score_events --listing {input.listing} --clips {input.clips}"
        " --reference {input.reference} --events {input.events} --filtered {input.filtered}"
        " --filtered-index {input.filtered_index} --scores {output.scores} --by-class {output.by_class}"
        " --settings {params.settings:q} --log {log}"


# Prints the scores; everything that a run of Task 4 should leave behind is an input here.
rule write_events:
    input:
        events=plan.answered_events,
        scores=f"results/{plan.task4_dataset}/event_scores.csv",
        by_class=f"results/{plan.task4_dataset}/event_class_scores.csv",
        others=plan.event_results,
        costs=f"results/{plan.task4_dataset}/figures/costs.png",
        estimate=plan.awaited_estimate(plan.task4_dataset),  # not ancient(): Snakemake issue 4166
    output:
        answer="results/task4_events.csv",
        scores="results/task4_scores.csv",
    log:
        "results/logs/write_events.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.writing_events,
    shell:
        "python -m workflow_scripts.scoring.write_events --events {input.events} --scores {input.scores}"
        " --by-class {input.by_class} --answer {output.answer} --answer-scores {output.scores} --settings {params.settings:q} --log {log}"
