# Scores of Task 4, and the answer for its data set in config.yaml.


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
        "python -m workflow_scripts.score_events --listing {input.listing} --clips {input.clips}"
        " --reference {input.reference} --events {input.events} --filtered {input.filtered}"
        " --filtered-index {input.filtered_index} --scores {output.scores} --by-class {output.by_class}"
        " --settings {params.settings:q} --log {log}"


rule report_events:
    input:
        unpack(plan.answered_detection),
        clips="results/{dataset}/clips.csv",
        reference="results/{dataset}/events.csv",
        scores="results/{dataset}/event_scores.csv",
        by_class="results/{dataset}/event_class_scores.csv",
        folders=ancient(plan.audio_folders),
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
        settings=plan.events_report,
    shell:
        "python -m workflow_scripts.report_events --clips {input.clips} --reference {input.reference}"
        " --events {input.events} --filtered {input.filtered} --filtered-index {input.filtered_index}"
        " --scores {input.scores} --by-class {input.by_class} --published {output.published}"
        " --timelines-plot {output.timelines} --class-plot {output.class_f1} --passes-plot {output.passes}"
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
        "python -m workflow_scripts.write_events --events {input.events} --scores {input.scores}"
        " --by-class {input.by_class} --answer {output.answer} --answer-scores {output.scores} --settings {params.settings:q} --log {log}"
