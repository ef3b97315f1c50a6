# From audio files to spectrogram frames: silence trimming is an index, all frames are one memory-mapped array.


rule extract_features:
    input:
        clips="results/{dataset}/clips.csv",
        folders=ancient(plan.data.audio_folders),
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
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.front_ends.extract_features,
    shell:
        "python -m workflow_scripts.front_ends.extract_features --clips {input.clips} --segments {output.segments}"
        " --problems {output.problems} --frames {output.frames} --index {output.index} --threads {threads}"
        " --settings {params.settings:q} --log {log}"
