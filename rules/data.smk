# From the archives in the dataset file to the checked table of clips.


rule fetch_archive:
    output:
        "results/{dataset}/download/{archive}",
    log:
        "results/{dataset}/logs/fetch_archive/{archive}.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=720,
        sources=plan.data.archive_sources,  # not a parameter: a mirror of the same content invalidates nothing
    params:
        settings=plan.data.fetch_archive,
    shell:
        "python -m workflow_scripts.data.fetch_archive --sources {resources.sources:q} --archive {output}"
        " --settings {params.settings:q} --log {log}"


rule unpack_archive:
    input:
        plan.data.archive_parts,
    output:
        folder=directory("results/{dataset}/raw/{archive}"),
        manifest="results/{dataset}/raw/{archive}.csv",
    log:
        "results/{dataset}/logs/unpack_archive/{archive}.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        settings=plan.data.unpack_archive,
    shell:
        "python -m workflow_scripts.data.unpack_archive --archive {input} --folder {output.folder}"
        " --manifest {output.manifest} --settings {params.settings:q} --log {log}"


# A data set of soundscapes takes the place of an archive.
rule mix_soundscapes:
    input:
        clips=plan.data.soundscape_clips,
        folders=ancient(plan.data.soundscape_audio),
    output:
        folder=directory("results/{dataset}/raw/soundscapes"),
        manifest="results/{dataset}/raw/soundscapes.csv",
    log:
        "results/{dataset}/logs/mix_soundscapes.log",
    conda:
        "../envs/environment.yaml"
    threads: 4
    resources:
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.data.mix_soundscapes,
    shell:
        "python -m workflow_scripts.data.mix_soundscapes --clips {input.clips} --folder {output.folder}"
        " --manifest {output.manifest} --threads {threads} --settings {params.settings:q} --log {log}"


# The manifests stand for the content of the unpacked folders, which have only an age.
rule list_clips:
    input:
        manifests=plan.data.table_manifests,
        folders=ancient(plan.data.table_folders),
    output:
        "results/{dataset}/listing.csv",
    log:
        "results/{dataset}/logs/list_clips.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.data.list_clips,
    shell:
        "python -m workflow_scripts.data.list_clips --listing {output}" " --settings {params.settings:q} --log {log}"


# Both at once where clips are embeddings, without any sound.
rule list_embeddings:
    output:
        listing="results/{dataset}/listing.csv",
        facts="results/{dataset}/audio.csv",
    log:
        "results/{dataset}/logs/list_embeddings.log",
    wildcard_constraints:
        dataset=plan.data.embedding_datasets_pattern(),
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.data.list_embeddings,
    shell:
        "python -m workflow_scripts.data.list_embeddings --listing {output.listing} --facts {output.facts}"
        " --settings {params.settings:q} --log {log}"


ruleorder: list_embeddings > list_clips > inspect_audio


# Every clip is decoded once; a broken one is a row like the others.
rule inspect_audio:
    input:
        listing="results/{dataset}/listing.csv",
        manifests=plan.data.audio_manifests,
        folders=ancient(plan.data.audio_folders),
    output:
        "results/{dataset}/audio.csv",
    log:
        "results/{dataset}/logs/inspect_audio.log",
    conda:
        "../envs/environment.yaml"
    threads: 4
    resources:
        mem_mb=plan.requests.megabytes,
        runtime=plan.requests.minutes,
    params:
        settings=plan.data.inspect_audio,
    shell:
        "python -m workflow_scripts.data.inspect_audio --listing {input.listing} --facts {output}"
        " --threads {threads} --settings {params.settings:q} --log {log}"


# Nothing but the answer waits for it: numbers that are checked later train nothing anew.
rule check_counts:
    input:
        "results/{dataset}/listing.csv",
    output:
        "results/{dataset}/counts.csv",
    log:
        "results/{dataset}/logs/check_counts.log",
    priority: 1
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.data.check_counts,
    shell:
        "python -m workflow_scripts.data.check_counts --listing {input} --counts {output}"
        " --settings {params.settings:q} --log {log}"


rule tabulate_clips:
    input:
        listing="results/{dataset}/listing.csv",
        facts="results/{dataset}/audio.csv",
    output:
        clips="results/{dataset}/clips.csv",
        problems="results/{dataset}/clip_problems.csv",
    log:
        "results/{dataset}/logs/tabulate_clips.log",
    wildcard_constraints:
        dataset=r"[\w.-]+",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.data.tabulate_clips,
    shell:
        "python -m workflow_scripts.data.tabulate_clips --listing {input.listing} --facts {input.facts}"
        " --clips {output.clips} --problems {output.problems} --settings {params.settings:q} --log {log}"


# The same with the training clips of further classes, where there are any: they are heard, too, to become label noise.
use rule tabulate_clips as tabulate_all_clips with:
    output:
        clips="results/{dataset}/all_clips.csv",
        problems="results/{dataset}/all_clip_problems.csv",
    log:
        "results/{dataset}/logs/tabulate_all_clips.log",
    localrule: True
    params:
        settings=plan.data.tabulate_all_clips,


# Label noise of one's own making. Recordings, and features of these, are those of the data set before the +.
rule corrupt_labels:
    input:
        clips=plan.data.clips_to_corrupt,
        manifest=plan.data.true_labels_to_corrupt_manifest,
        folder=ancient(plan.data.true_labels_to_corrupt_folder),
    output:
        clips="results/{dataset}/clips.csv",
        true_labels="results/{dataset}/true_labels.csv",
    log:
        "results/{dataset}/logs/corrupt_labels.log",
    wildcard_constraints:
        dataset=r"[\w.-]+\+[\w.-]+",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.data.corrupt_labels,
    shell:
        "python -m workflow_scripts.data.corrupt_labels --clips {input.clips} --corrupted {output.clips}"
        " --true-labels {output.true_labels} --settings {params.settings:q} --log {log}"


# The reference of a data set with strong labels; before anything is trained, as events that cannot be true stop a run.
rule tabulate_events:
    input:
        manifests=plan.data.table_manifests,
        folders=ancient(plan.data.table_folders),
        facts="results/{dataset}/audio.csv",
    output:
        "results/{dataset}/events.csv",
    log:
        "results/{dataset}/logs/tabulate_events.log",
    priority: 1
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.data.tabulate_events,
    shell:
        "python -m workflow_scripts.data.tabulate_events --facts {input.facts} --events {output}"
        " --settings {params.settings:q} --log {log}"


# What somebody asks for first who has a collection of their own; nothing else needs it.
rule report_data:
    input:
        listing="results/{dataset}/listing.csv",
        facts="results/{dataset}/audio.csv",
    output:
        report="results/{dataset}/data_report.csv",
        summary="results/{dataset}/data_report.md",
    log:
        "results/{dataset}/logs/report_data.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=plan.data.report_data,
    shell:
        "python -m workflow_scripts.data.report_data --listing {input.listing} --facts {input.facts}"
        " --report {output.report} --summary {output.summary} --settings {params.settings:q} --log {log}"


# Which clips are held out together: drawn once, read by name in every system and round.
rule make_folds:
    input:
        clips="results/{dataset}/clips.csv",
    output:
        "results/{dataset}/folds/{split}.csv",
    log:
        "results/{dataset}/logs/make_folds/{split}.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.data.make_folds,
    shell:
        "python -m workflow_scripts.data.make_folds --clips {input.clips} --folds {output}"
        " --settings {params.settings:q} --log {log}"


# Everything that was wrong with the audio and did not stop the run.
rule collect_problems:
    input:
        plan.data.problems,
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
        settings=plan.data.collect_problems,
    shell:
        "python -m workflow_scripts.data.collect_problems --tables {input} --problems {output}"
        " --settings {params.settings:q} --log {log}"
