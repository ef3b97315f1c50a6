# From audio files to spectrogram frames: silence trimming is an index, all frames are one memory-mapped array.


rule extract_features:
    input:
        clips="results/{dataset}/clips.csv",
        folders=ancient(plan.audio_folders),
    output:
        segments="results/{dataset}/features/{store}/segments.csv",
        problems="results/{dataset}/features/{store}/problems.csv",
        frames="results/{dataset}/features/{store}/frames.npy",
        index="results/{dataset}/features/{store}/index.csv",
    log:
        "results/{dataset}/logs/extract_features/{store}.log",
    conda:
        "../envs/environment.yaml"
    threads: 4
    resources:
        mem_mb=plan.megabytes,
        runtime=plan.minutes,
    params:
        settings=plan.features,
    shell:
        "python -m workflow_scripts.extract_features --clips {input.clips} --segments {output.segments}"
        " --problems {output.problems} --frames {output.frames} --index {output.index} --threads {threads}"
        " --settings {params.settings:q} --log {log}"


# Everything that was wrong with the audio and did not stop the run.
rule collect_problems:
    input:
        plan.problems,
    output:
        "results/{dataset}/data_problems.csv",
    log:
        "results/{dataset}/logs/collect_problems.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.collection,
    shell:
        "python -m workflow_scripts.collect_problems --tables {input} --problems {output}"
        " --settings {params.settings:q} --log {log}"
