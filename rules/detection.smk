# From probabilities of frames to sound events with onset and offset (Task 4).


# Threshold and median filter are chosen on labelled training clips that the round has not learned from.
rule detect_events:
    input:
        clips="results/{dataset}/clips.csv",
        folds=plan.training.split_table,
        probabilities="results/{dataset}/systems/{system}/stage{stage}/probabilities.npy",
        index="results/{dataset}/systems/{system}/stage{stage}/probabilities.csv",
    output:
        post_processing="results/{dataset}/systems/{system}/stage{stage}/post_processing.csv",
        filtered="results/{dataset}/systems/{system}/stage{stage}/filtered.npy",
        filtered_index="results/{dataset}/systems/{system}/stage{stage}/filtered.csv",
        events="results/{dataset}/systems/{system}/stage{stage}/events.csv",
    log:
        "results/{dataset}/logs/detect_events/{system}.stage{stage}.log",
    wildcard_constraints:
        system=plan.detection.detectors_pattern(),
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        settings=plan.detection.detect_events,
    shell:
        "python -m workflow_scripts.detection.detect_events --clips {input.clips} --folds {input.folds}"
        " --probabilities {input.probabilities} --probabilities-index {input.index}"
        " --post-processing {output.post_processing} --filtered {output.filtered}"
        " --filtered-index {output.filtered_index} --events {output.events}"
        " --settings {params.settings:q} --log {log}"


# The published ensembles of Task 4.
rule merge_events:
    input:
        unpack(plan.detection.merged_detections),
        clips="results/{dataset}/clips.csv",
    output:
        chosen="results/{dataset}/ensemble/{ensemble}/chosen.csv",
        filtered="results/{dataset}/ensemble/{ensemble}/filtered.npy",
        filtered_index="results/{dataset}/ensemble/{ensemble}/filtered.csv",
        events="results/{dataset}/ensemble/{ensemble}/events.csv",
    log:
        "results/{dataset}/logs/merge_events/{ensemble}.log",
    wildcard_constraints:
        ensemble=plan.detection.event_ensembles_pattern(),
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        settings=plan.detection.merge_events,
    shell:
        "python -m workflow_scripts.detection.merge_events --clips {input.clips} --reference {input.reference}"
        " --post-processing {input.post_processing} --filtered {input.filtered}"
        " --filtered-index {input.filtered_index} --events {input.events}"
        " --chosen {output.chosen} --merged-filtered {output.filtered}"
        " --merged-filtered-index {output.filtered_index} --merged-events {output.events}"
        " --settings {params.settings:q} --log {log}"
