# What a run is told by: tables beside the scores, a page and figures (`snakemake --report report.html`).

# Two of the figures apply to some runs only.
of_labels = {
    "accepted_labels": report(
        "results/{dataset}/figures/accepted_labels.png",
        caption="../report/accepted_labels.rst",
        category="Training",
        labels={"result": "Labels accepted by self-verification"},
    ),
    "relabelled_labels": report(
        "results/{dataset}/figures/relabelled_labels.png",
        caption="../report/relabelled_labels.rst",
        category="Training",
        labels={"result": "Labels changed by relabelling"},
    ),
}


rule report_results:
    input:
        clips="results/{dataset}/clips.csv",
        facts=plan.data.facts,
        folders=ancient(plan.data.audio_folders),
        segments=plan.report.segment_tables,
        accepted=plan.labels.accepted_tables,
        rounds=plan.labels.rounds_tables,
        corrected=plan.labels.corrected_tables,
        pruned=plan.report.pruned_of_systems,
        weights=plan.report.shown_weights,
        scores="results/{dataset}/scores.csv",
        comparisons="results/{dataset}/comparisons.csv",
        by_class="results/{dataset}/class_scores.csv",
        confusions="results/{dataset}/confusion.csv",
        reliability="results/{dataset}/reliability.csv",
        effects="results/{dataset}/stage_effects.csv",
        manifest=plan.data.true_labels_manifest,
        folder=ancient(plan.data.true_labels_folder),
    output:
        [of_labels[name] for name in plan.report.figures_of_labels()],
        [f"results/{{dataset}}/figures/{name}.csv" for name in plan.report.figures_of_labels()],
        [f"results/{{dataset}}/{name}" for name in plan.report.tables_of_labels()],
        published="results/{dataset}/published.csv",
        self_verification="results/{dataset}/self_verification.csv",
        relabelling="results/{dataset}/relabelling.csv",
        page=report(
            "results/{dataset}/scores.html",
            caption="../report/scores.rst",
            category="Scores",
            labels={"result": "Score table"},
        ),
        scores=report(
            "results/{dataset}/scores.png",
            caption="../report/scores_plot.rst",
            category="Scores",
            labels={"result": "Main measure of all systems"},
        ),
        effects=report(
            "results/{dataset}/figures/stage_effects.png",
            caption="../report/stage_effects.rst",
            category="Scores",
            labels={"result": "What each stage adds"},
        ),
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
        weights=report(
            "results/{dataset}/figures/stack_weights.png",
            caption="../report/stack_weights.rst",
            category="Ensemble",
            labels={"result": "Whom the stack trusts"},
        ),
        reliability=report(
            "results/{dataset}/figures/reliability.png",
            caption="../report/reliability.rst",
            category="Ensemble",
            labels={"result": "Reliability of probabilities"},
        ),
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
        "results/{dataset}/logs/report_results.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=plan.report.report_results,
    shell:
        "python -m workflow_scripts.report.report_results --clips {input.clips} --facts {input.facts}"
        " --segments {input.segments} --accepted {input.accepted} --rounds {input.rounds}"
        " --corrected {input.corrected} --pruned {input.pruned} --weights {input.weights} --scores {input.scores}"
        " --comparisons {input.comparisons} --by-class {input.by_class} --confusions {input.confusions}"
        " --reliability {input.reliability} --effects {input.effects} --published {output.published}"
        " --self-verification {output.self_verification} --relabelling {output.relabelling}"
        " --pruning results/{wildcards.dataset}/pruning.csv --page {output.page}"
        " --scores-plot {output.scores} --figures results/{wildcards.dataset}/figures"
        " --settings {params.settings:q} --log {log}"


rule report_events:
    input:
        unpack(plan.report.answered_detection),
        clips="results/{dataset}/clips.csv",
        reference="results/{dataset}/events.csv",
        scores="results/{dataset}/event_scores.csv",
        by_class="results/{dataset}/event_class_scores.csv",
        folders=ancient(plan.data.audio_folders),
    output:
        published="results/{dataset}/published_events.csv",
        timelines=report(
            "results/{dataset}/figures/event_timelines.png",
            caption="../report/event_timelines.rst",
            category="Sound events",
            labels={"result": "Events of some clips"},
        ),
        class_f1=report(
            "results/{dataset}/figures/event_class_f1.png",
            caption="../report/event_class_f1.rst",
            category="Sound events",
            labels={"result": "Event F1 of each class"},
        ),
        passes=report(
            "results/{dataset}/figures/passes.png",
            caption="../report/passes.rst",
            category="Sound events",
            labels={"result": "What each pass adds"},
        ),
    log:
        "results/{dataset}/logs/report_events.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=plan.report.report_events,
    shell:
        "python -m workflow_scripts.report.report_events --clips {input.clips} --reference {input.reference}"
        " --events {input.events} --filtered {input.filtered} --filtered-index {input.filtered_index}"
        " --scores {input.scores} --by-class {input.by_class} --published {output.published}"
        " --timelines-plot {output.timelines} --class-plot {output.class_f1} --passes-plot {output.passes}"
        " --settings {params.settings:q} --log {log}"


# Of its own, as it needs no scores and Task 4 has it, too.
rule plot_learning:
    input:
        clips="results/{dataset}/clips.csv",
        histories=plan.report.histories,
        rounds=plan.report.rounds_tables,
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
        settings=plan.report.plot_learning,
    shell:
        "python -m workflow_scripts.report.plot_learning --clips {input.clips} --histories {input.histories}"
        " --rounds {input.rounds} --plot {output} --settings {params.settings:q} --log {log}"


# At the end of a run: the benchmarks that it reads lie beside the logs, undeclared.
rule report_costs:
    input:
        plan.report.left_behind,
    output:
        costs="results/{dataset}/costs.csv",
        plot=report(
            "results/{dataset}/figures/costs.png",
            caption="../report/costs.rst",
            category="Costs",
            labels={"result": "What each rule cost"},
        ),
    log:
        "results/{dataset}/logs/report_costs.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.report.report_costs,
    shell:
        "python -m workflow_scripts.report.report_costs --logs results/{wildcards.dataset}/logs --costs {output.costs}"
        " --plot {output.plot} --settings {params.settings:q} --log {log}"
