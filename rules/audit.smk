# The label audit: which given labels are suspicious, and a page to listen to them.


rule audit_labels:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.audit.audited_oof,
        systems_oof=plan.audit.audited_systems,
        accepted=plan.labels.accepted_tables,
        corrected=plan.labels.corrected_tables,
        manifest=plan.data.true_labels_manifest,
        folder=ancient(plan.data.true_labels_folder),
        folders=ancient(plan.data.audio_folders),
    output:
        audit="results/{dataset}/label_audit.csv",
        page=report(
            "results/{dataset}/label_audit.html",
            caption="../report/label_audit.rst",
            category="Label audit",
            labels={"result": "The most suspicious clips, to listen to"},
        ),
    log:
        "results/{dataset}/logs/audit_labels.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.audit.megabytes,
        runtime=10,
    params:
        settings=plan.audit.audit_labels,
    shell:
        "python -m workflow_scripts.audit.audit_labels --clips {input.clips} --oof {input.oof}"
        " --systems-oof {input.systems_oof} --accepted {input.accepted} --corrected {input.corrected}"
        " --audit {output.audit} --page {output.page} --settings {params.settings:q} --log {log}"


# Only where the true labels are known.
rule plot_audit:
    input:
        "results/{dataset}/label_audit.csv",
    output:
        precision="results/{dataset}/audit_precision.csv",
        plot=report(
            "results/{dataset}/audit_precision.png",
            caption="../report/audit_precision.rst",
            category="Label audit",
            labels={"result": "Wrong labels among the most suspicious"},
        ),
    log:
        "results/{dataset}/logs/plot_audit.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=plan.audit.plot_audit,
    shell:
        "python -m workflow_scripts.audit.plot_audit --audit {input} --precision {output.precision} --plot {output.plot}"
        " --settings {params.settings:q} --log {log}"
