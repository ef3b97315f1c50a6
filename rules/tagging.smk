# Tagging sounds of one's own with the ensemble that answers.


# All that is needed for it, also in Python (workflow_scripts/tagging/tagger.py).
rule pack_tagger:
    input:
        rounds=plan.tagging.rounds_tables,
        models=plan.tagging.tagger_models,
        stack=plan.tagging.tagger_stack,
        pretrained=plan.tagging.weights_of_front_ends,
    output:
        "results/{dataset}/tagger.json",
    log:
        "results/{dataset}/logs/pack_tagger.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.tagging.pack_tagger,
    shell:
        "python -m workflow_scripts.tagging.pack_tagger --rounds {input.rounds} --models {input.models}"
        " --stack {input.stack} --pretrained {input.pretrained} --manifest {output}"
        " --settings {params.settings:q} --log {log}"


# The sounds stand in the parameter, by their content. The models are named by the manifest.
rule tag_sounds:
    input:
        manifest="results/{dataset}/tagger.json",
        models=plan.tagging.tagger_models,
        stack=plan.tagging.tagger_stack,
        pretrained=plan.tagging.weights_of_front_ends,
    output:
        files="results/{dataset}/tags/{name}.csv",
        windows="results/{dataset}/tags/{name}.windows.csv",
    log:
        "results/{dataset}/logs/tag_sounds/{name}.log",
    wildcard_constraints:
        name=r"[A-Za-z0-9_-]+",
    conda:
        "../envs/environment.yaml"
    resources:
        gpu=study.gpus,
        device=study.device,
        deterministic=study.deterministic,
        mem_mb=plan.tagging.megabytes,
        runtime=plan.tagging.minutes,
    params:
        settings=plan.tagging.tag_sounds,
    shell:
        "python -m workflow_scripts.tagging.tag_sounds --manifest {input.manifest}"
        " --files {output.files} --windows {output.windows}"
        " --device {resources.device} --deterministic {resources.deterministic} --threads {threads}"
        " --settings {params.settings:q} --log {log}"
