# Scores, and the answer for the dataset in config.yaml.


rule score_systems:
    input:
        listing="results/{dataset}/listing.csv",
        clips="results/{dataset}/clips.csv",
        oof=plan.scored_oof,
        test=plan.scored_test,
    output:
        scores="results/{dataset}/scores.csv",
        comparisons="results/{dataset}/comparisons.csv",
        by_class="results/{dataset}/class_scores.csv",
        confusions="results/{dataset}/confusion.csv",
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
        " --oof {input.oof} --test {input.test} --scores {output.scores} --comparisons {output.comparisons}"
        " --by-class {output.by_class} --confusions {output.confusions} --settings {params.settings:q} --log {log}"


# How far the systems' probabilities can be believed.
rule tabulate_reliability:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.scored_oof,
        test=plan.scored_test,
    output:
        "results/{dataset}/reliability.csv",
    log:
        "results/{dataset}/logs/tabulate_reliability.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=plan.calibration,
    shell:
        "python -m workflow_scripts.tabulate_reliability --clips {input.clips} --oof {input.oof} --test {input.test}"
        " --reliability {output} --settings {params.settings:q} --log {log}"


rule plot_scores:
    input:
        "results/{dataset}/scores.csv",
    output:
        report(
            "results/{dataset}/scores.png",
            caption="../report/scores_plot.rst",
            category="Scores",
            labels={"result": "MAP@3 of all systems"},
        ),
    log:
        "results/{dataset}/logs/plot_scores.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.plotting,
    shell:
        "python -m workflow_scripts.plot_scores --scores {input} --plot {output}"
        " --settings {params.settings:q} --log {log}"


# What the authors report beside what this run has found.
rule compare_published:
    input:
        "results/{dataset}/scores.csv",
    output:
        "results/{dataset}/published.csv",
    log:
        "results/{dataset}/logs/compare_published.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.comparison,
    shell:
        "python -m workflow_scripts.compare_published --scores {input} --published {output}"
        " --settings {params.settings:q} --log {log}"


rule write_score_page:
    input:
        scores="results/{dataset}/scores.csv",
        comparisons="results/{dataset}/comparisons.csv",
        by_class="results/{dataset}/class_scores.csv",
        published="results/{dataset}/published.csv",
    output:
        report(
            "results/{dataset}/scores.html",
            caption="../report/scores.rst",
            category="Scores",
            labels={"result": "Score table"},
        ),
    log:
        "results/{dataset}/logs/write_score_page.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.score_page,
    shell:
        "python -m workflow_scripts.write_score_page --scores {input.scores} --comparisons {input.comparisons}"
        " --by-class {input.by_class} --published {input.published} --page {output}"
        " --settings {params.settings:q} --log {log}"


# How well self-verification accepts, where the true labels are known.
rule report_acceptance:
    input:
        accepted=plan.accepted_tables,
        rounds=plan.rounds_tables,
        manifest=plan.true_labels_manifest,
        folder=ancient(plan.true_labels_folder),
    output:
        "results/{dataset}/self_verification.csv",
    log:
        "results/{dataset}/logs/report_acceptance.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.acceptance_report,
    shell:
        "python -m workflow_scripts.report_acceptance --accepted {input.accepted} --rounds {input.rounds}"
        " --report {output} --settings {params.settings:q} --log {log}"


# What relabelling did to the labels, and how much of it was right where the true ones are known.
rule report_relabelling:
    input:
        clips="results/{dataset}/clips.csv",
        corrected=plan.corrected_tables,
        manifest=plan.true_labels_manifest,
        folder=ancient(plan.true_labels_folder),
    output:
        "results/{dataset}/relabelling.csv",
    log:
        "results/{dataset}/logs/report_relabelling.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.relabelling_report,
    shell:
        "python -m workflow_scripts.report_relabelling --clips {input.clips} --corrected {input.corrected}"
        " --report {output} --settings {params.settings:q} --log {log}"


# Prints the score table; everything that a run of the main job should leave behind is an input here.
rule write_answer:
    input:
        clips=f"results/{plan.dataset}/clips.csv",
        predictions=plan.answered,
        scores=f"results/{plan.dataset}/scores.csv",
        plot=f"results/{plan.dataset}/scores.png",
        others=plan.left_behind,
        costs=f"results/{plan.dataset}/figures/costs.png",
        estimate=f"results/{plan.dataset}/training_hours.csv",  # not ancient(): Snakemake issue 4166
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
