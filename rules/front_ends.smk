# From audio files to frames of spectrograms, or of embeddings: silence trimming is an index, all frames are one
# memory-mapped array.


# Of pretrained networks. They belong to no data set.
rule fetch_weights:
    output:
        "results/weights/{weights}/{file}",
    log:
        "results/weights/logs/{weights}.{file}.log",
    wildcard_constraints:
        weights=r"[a-z0-9-]+",
        file=r"[\w.-]+",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=720,
        sources=plan.front_ends.weights_sources,  # not a parameter: a mirror of the same content invalidates nothing
    params:
        settings=plan.front_ends.fetch_weights,
    shell:
        "python -m workflow_scripts.data.fetch_archive --sources {resources.sources:q} --archive {output}"
        " --settings {params.settings:q} --log {log}"


rule extract_features:
    input:
        clips=plan.data.heard_clips,
        folders=ancient(plan.data.audio_folders),
        weights=plan.front_ends.weights_of_store,
    output:
        segments="results/{dataset}/features/{store}/segments.csv",
        problems="results/{dataset}/features/{store}/problems.csv",
        frames="results/{dataset}/features/{store}/frames.npy",
        index="results/{dataset}/features/{store}/index.csv",
    log:
        "results/{dataset}/logs/extract_features/{store}.log",
    wildcard_constraints:
        store=plan.front_ends.stores_pattern("extract_features"),
    conda:
        "../envs/environment.yaml"
    threads: 4
    resources:
        device="cpu",
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.front_ends.extract_features,
    shell:
        "python -m workflow_scripts.front_ends.extract_features --clips {input.clips} --weights {input.weights}"
        " --segments {output.segments}"
        " --problems {output.problems} --frames {output.frames} --index {output.index} --threads {threads}"
        " --device {resources.device} --settings {params.settings:q} --log {log}"


# The same where a network in torch computes embeddings, on a GPU if there is one.
use rule extract_features as embed_clips with:
    log:
        "results/{dataset}/logs/embed_clips/{store}.log",
    wildcard_constraints:
        store=plan.front_ends.stores_pattern("embed_clips"),
    resources:
        gpu=study.gpus,
        device=study.device,
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,


# There is nothing to compute where a data set consists of embeddings.
rule gather_embeddings:
    input:
        clips="results/{dataset}/clips.csv",
    output:
        segments="results/{dataset}/features/{store}/segments.csv",
        problems="results/{dataset}/features/{store}/problems.csv",
        frames="results/{dataset}/features/{store}/frames.npy",
        index="results/{dataset}/features/{store}/index.csv",
    log:
        "results/{dataset}/logs/gather_embeddings/{store}.log",
    wildcard_constraints:
        store=plan.front_ends.stores_pattern("gather_embeddings"),
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.front_ends.gather_embeddings,
    shell:
        "python -m workflow_scripts.front_ends.gather_embeddings --clips {input.clips} --segments {output.segments}"
        " --problems {output.problems} --frames {output.frames} --index {output.index}"
        " --settings {params.settings:q} --log {log}"


# Whoever has a collection asks for it, or whoever suspects that training and test clips are the same; nothing else
# needs it.
rule find_near_duplicates:
    input:
        unpack(plan.front_ends.embeddings),
        clips=plan.data.heard_clips,
        facts="results/{dataset}/audio.csv",
    output:
        "results/{dataset}/near_duplicates.csv",
    log:
        "results/{dataset}/logs/find_near_duplicates.log",
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.front_ends.find_near_duplicates,
    shell:
        "python -m workflow_scripts.front_ends.find_near_duplicates --clips {input.clips} --facts {input.facts}"
        " --frames {input.frames} --index {input.index} --pairs {output} --settings {params.settings:q} --log {log}"
