# The figures of the report (`snakemake --report report.html`). Which of them apply to a run, plan.figures() says.


rule plot_classes:
    input:
        by_class="results/{dataset}/class_scores.csv",
        confusions="results/{dataset}/confusion.csv",
        comparisons="results/{dataset}/comparisons.csv",
    output:
        f1=report(
            "results/{dataset}/figures/class_f1.png",
            caption="../report/class_f1.rst",
            category="Classes",
            labels={"result": "F1 of each class"},
        ),
        confusion=report(
            "results/{dataset}/figures/confusion.png",
            caption="../report/confusion.rst",
            category="Classes",
            labels={"result": "Confusion matrix"},
        ),
    log:
        "results/{dataset}/logs/plot_classes.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.class_plotting,
    shell:
        "python -m workflow_scripts.plot_classes --by-class {input.by_class} --confusions {input.confusions}"
        " --comparisons {input.comparisons} --f1-plot {output.f1} --confusion-plot {output.confusion}"
        " --settings {params.settings:q} --log {log}"


# The table of the stages' effects is made here, too: it needs the predictions of all stages.
rule plot_ensemble:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.oof_of_stages,
        test=plan.test_of_stages,
        weights=plan.shown_weights,
        reliability="results/{dataset}/reliability.csv",
    output:
        effects="results/{dataset}/stage_effects.csv",
        effects_plot=report(
            "results/{dataset}/figures/stage_effects.png",
            caption="../report/stage_effects.rst",
            category="Scores",
            labels={"result": "What each stage adds"},
        ),
        weights_plot=report(
            "results/{dataset}/figures/stack_weights.png",
            caption="../report/stack_weights.rst",
            category="Ensemble",
            labels={"result": "Whom the stack trusts"},
        ),
        reliability_plot=report(
            "results/{dataset}/figures/reliability.png",
            caption="../report/reliability.rst",
            category="Ensemble",
            labels={"result": "Reliability of probabilities"},
        ),
    log:
        "results/{dataset}/logs/plot_ensemble.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=plan.ensemble_plotting,
    shell:
        "python -m workflow_scripts.plot_ensemble --clips {input.clips} --oof {input.oof} --test {input.test}"
        " --weights {input.weights} --reliability {input.reliability} --effects {output.effects}"
        " --effects-plot {output.effects_plot} --weights-plot {output.weights_plot}"
        " --reliability-plot {output.reliability_plot} --settings {params.settings:q} --log {log}"


rule plot_learning:
    input:
        clips="results/{dataset}/clips.csv",
        histories=plan.histories,
        rounds=plan.rounds_of_all,
    output:
        report(
            "results/{dataset}/figures/learning_curves.png",
            caption="../report/learning_curves.rst",
            category="Training",
            labels={"result": "Learning curves"},
        ),
    log:
        "results/{dataset}/logs/plot_learning.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.learning_plotting,
    shell:
        "python -m workflow_scripts.plot_learning --clips {input.clips} --histories {input.histories}"
        " --rounds {input.rounds} --plot {output} --settings {params.settings:q} --log {log}"


# Only where systems have self-verification.
rule plot_labels:
    input:
        accepted=plan.accepted_tables,
        manifest=plan.true_labels_manifest,
        folder=ancient(plan.true_labels_folder),
    output:
        report(
            "results/{dataset}/figures/accepted_labels.png",
            caption="../report/accepted_labels.rst",
            category="Training",
            labels={"result": "Labels accepted by self-verification"},
        ),
    log:
        "results/{dataset}/logs/plot_labels.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.label_plotting,
    shell:
        "python -m workflow_scripts.plot_labels --accepted {input.accepted} --plot {output}"
        " --settings {params.settings:q} --log {log}"


# Only where an ensemble relabels.
rule plot_relabelling:
    input:
        plan.corrected_tables,
    output:
        report(
            "results/{dataset}/figures/relabelled_labels.png",
            caption="../report/relabelled_labels.rst",
            category="Training",
            labels={"result": "Labels changed by relabelling"},
        ),
    log:
        "results/{dataset}/logs/plot_relabelling.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.relabelling_plotting,
    shell:
        "python -m workflow_scripts.plot_relabelling --corrected {input} --plot {output}"
        " --settings {params.settings:q} --log {log}"


rule plot_trimming:
    input:
        clips="results/{dataset}/clips.csv",
        facts="results/{dataset}/audio.csv",
        segments=plan.segment_tables,
        folders=ancient(plan.audio_folders),
    output:
        durations=report(
            "results/{dataset}/figures/durations.png",
            caption="../report/durations.rst",
            category="Data",
            labels={"result": "Durations before and after trimming"},
        ),
        example=report(
            "results/{dataset}/figures/trimmed_clip.png",
            caption="../report/trimmed_clip.rst",
            category="Data",
            labels={"result": "A clip before and after trimming"},
        ),
    log:
        "results/{dataset}/logs/plot_trimming.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=plan.trimming_plotting,
    shell:
        "python -m workflow_scripts.plot_trimming --clips {input.clips} --facts {input.facts}"
        " --segments {input.segments} --durations-plot {output.durations} --example-plot {output.example}"
        " --settings {params.settings:q} --log {log}"


# At the end of a run: the benchmarks that it reads lie beside the logs, undeclared.
rule tabulate_costs:
    input:
        plan.left_behind,
    output:
        "results/{dataset}/costs.csv",
    log:
        "results/{dataset}/logs/tabulate_costs.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.cost_table,
    shell:
        "python -m workflow_scripts.tabulate_costs --logs results/{wildcards.dataset}/logs --costs {output}"
        " --settings {params.settings:q} --log {log}"


rule plot_costs:
    input:
        "results/{dataset}/costs.csv",
    output:
        report(
            "results/{dataset}/figures/costs.png",
            caption="../report/costs.rst",
            category="Costs",
            labels={"result": "What each rule cost"},
        ),
    log:
        "results/{dataset}/logs/plot_costs.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.cost_plotting,
    shell:
        "python -m workflow_scripts.plot_costs --costs {input} --plot {output}"
        " --settings {params.settings:q} --log {log}"
