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
        source=plan.archive_source,  # not a parameter: a mirror of the same content invalidates nothing
    params:
        settings=plan.archive,
    shell:
        "python -m workflow_scripts.fetch_archive --source {resources.source:q} --archive {output}"
        " --settings {params.settings:q} --log {log}"


rule unpack_archive:
    input:
        "results/{dataset}/download/{archive}",
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
        settings=plan.unpacking,
    shell:
        "python -m workflow_scripts.unpack_archive --archive {input} --folder {output.folder}"
        " --manifest {output.manifest} --settings {params.settings:q} --log {log}"


# The manifests stand for the content of the unpacked folders, which have only an age.
rule tabulate_clips:
    input:
        manifests=plan.manifests,
        folders=ancient(plan.raw_folders),
    output:
        clips="results/{dataset}/clips.csv",
        problems="results/{dataset}/clip_problems.csv",
    log:
        "results/{dataset}/logs/tabulate_clips.log",
    conda:
        "../envs/environment.yaml"
    threads: 4
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=plan.clips,
    shell:
        "python -m workflow_scripts.tabulate_clips --clips {output.clips} --problems {output.problems}"
        " --threads {threads} --settings {params.settings:q} --log {log}"


# Which clips are held out together: drawn once, read by name in every system and round.
rule make_folds:
    input:
        clips="results/{dataset}/clips.csv",
    output:
        "results/{dataset}/folds/{folds}.csv",
    log:
        "results/{dataset}/logs/make_folds/{folds}.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.folds,
    shell:
        "python -m workflow_scripts.make_folds --clips {input.clips} --folds {output}"
        " --settings {params.settings:q} --log {log}"
