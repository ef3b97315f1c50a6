# What systems there are.


# The results that it looks through are known by their content (in its parameter): what was run, it does not run again.
rule catalogue_systems:
    output:
        "results/systems.csv",
    log:
        "results/logs/catalogue_systems.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=plan.catalogue.catalogue_systems,
    shell:
        "python -m workflow_scripts.catalogue.catalogue_systems --results results --catalogue {output}"
        " --settings {params.settings:q} --log {log}"
