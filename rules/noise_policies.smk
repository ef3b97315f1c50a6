# Which label-noise policy helps? One system, trained under each with several seeds.


rule compare_noise_policies:
    input:
        clips="results/{dataset}/clips.csv",
        oof=plan.policy_oof,
        test=plan.policy_test,
    output:
        table="results/{dataset}/noise_policies.csv",
        plot=report(
            "results/{dataset}/figures/noise_policies.png",
            caption="../report/noise_policies.rst",
            category="Noise policies",
            labels={"result": "Which policy helps"},
        ),
    log:
        "results/{dataset}/logs/compare_noise_policies.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=plan.policy_comparison,
    shell:
        "python -m workflow_scripts.compare_noise_policies --clips {input.clips} --oof {input.oof} --test {input.test}"
        " --table {output.table} --plot {output.plot} --settings {params.settings:q} --log {log}"
