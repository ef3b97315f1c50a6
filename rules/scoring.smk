# Scores, and the answers for the data sets in config.yaml.


rule score_systems:
    input:
        listing=plan.data.listing,
        clips="results/{dataset}/clips.csv",
        oof=plan.scoring.scored_oof,
        test=plan.scoring.scored_test,
        given_oof=plan.scoring.given_oof,
        given_test=plan.scoring.given_test,
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
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.scoring.score_systems,
    shell:
        "python -m workflow_scripts.scoring.score_systems --listing {input.listing} --clips {input.clips}"
        " --oof {input.oof} --test {input.test} --given-oof {input.given_oof} --given-test {input.given_test}"
        " --scores {output.scores} --comparisons {output.comparisons} --by-class {output.by_class}"
        " --confusions {output.confusions} --reliability {output.reliability} --effects {output.effects}"
        " --settings {params.settings:q} --log {log}"


# Prints the score table; everything that a run of the main job should leave behind is an input here.
rule write_answer:
    input:
        clips=f"results/{study.dataset}/clips.csv",
        predictions=plan.scoring.answered,
        scores=f"results/{study.dataset}/scores.csv",
        plot=f"results/{study.dataset}/scores.png",
        others=plan.report.left_behind,
        costs=f"results/{study.dataset}/figures/costs.png",
        estimate=plan.training.awaited_estimate(study.dataset),  # not ancient(): Snakemake issue 4166
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
        settings=plan.scoring.write_answer,
    shell:
        "python -m workflow_scripts.scoring.write_answer --clips {input.clips} --predictions {input.predictions}"
        " --scores {input.scores} --plot {input.plot} --answer {output.answer} --answer-scores {output.scores}"
        " --answer-plot {output.plot} --settings {params.settings:q} --log {log}"


rule compare_noise_policies:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.scoring.policy_oof,
        test=plan.scoring.policy_test,
        pruned=plan.scoring.policy_pruned,
        manifest=plan.scoring.policy_true_labels,
        folder=ancient(plan.scoring.policy_true_labels_folder),
    output:
        [f"results/{{dataset}}/{name}" for name in plan.scoring.policy_tables()],
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
        settings=plan.scoring.compare_noise_policies,
    shell:
        "python -m workflow_scripts.scoring.compare_noise_policies --clips {input.clips} --oof {input.oof} --test {input.test}"
        " --pruned {input.pruned} --table {output.table} --plot {output.plot}"
        " --pruning results/{wildcards.dataset}/noise_policies_pruning.csv --settings {params.settings:q} --log {log}"


# On the test clips, which are the same whatever is done to training labels.
rule compare_noise_robustness:
    input:
        clips="results/{dataset}/clips.csv",
        test=plan.scoring.robustness_test,
    output:
        table="results/{dataset}/noise_robustness.csv",
        plot=report(
            "results/{dataset}/noise_robustness.png",
            caption="../report/noise_robustness.rst",
            category="Noise policies",
            labels={"result": "How scores fall as labels are made wrong"},
        ),
    log:
        "results/{dataset}/logs/compare_noise_robustness.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=plan.scoring.compare_noise_robustness,
    shell:
        "python -m workflow_scripts.scoring.compare_noise_robustness --clips {input.clips} --test {input.test}"
        " --table {output.table} --plot {output.plot} --settings {params.settings:q} --log {log}"


rule score_events:
    input:
        unpack(plan.scoring.scored_detections),
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
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.scoring.score_events,
    shell:
        "python -m workflow_scripts.scoring.score_events --listing {input.listing} --clips {input.clips}"
        " --reference {input.reference} --events {input.events} --filtered {input.filtered}"
        " --filtered-index {input.filtered_index} --scores {output.scores} --by-class {output.by_class}"
        " --settings {params.settings:q} --log {log}"


# Prints the scores; everything that a run of Task 4 should leave behind is an input here.
rule write_events:
    input:
        events=plan.scoring.answered_events,
        scores=f"results/{study.task4_dataset}/event_scores.csv",
        by_class=f"results/{study.task4_dataset}/event_class_scores.csv",
        others=plan.report.event_results,
        costs=f"results/{study.task4_dataset}/figures/costs.png",
        estimate=plan.training.awaited_estimate(study.task4_dataset),  # not ancient(): Snakemake issue 4166
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
        settings=plan.scoring.write_events,
    shell:
        "python -m workflow_scripts.scoring.write_events --events {input.events} --scores {input.scores}"
        " --by-class {input.by_class} --answer {output.answer} --answer-scores {output.scores} --settings {params.settings:q} --log {log}"
