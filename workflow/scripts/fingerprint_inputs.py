"""Rule fingerprint_inputs: SHA-256 of every file one cohort is made from."""

from il6r import provenance, tables
from il6r.job import job

with job(snakemake) as output:
    tables.INPUTS.write(
        provenance.fingerprint(
            snakemake.wildcards.cohort,
            {
                role: [path] if isinstance(path, str) else path
                for role, path in snakemake.input.items()
                if role not in ("recordings", "code")
            },
            tables.RECORDINGS.read(snakemake.input.recordings),
        ),
        output.inputs,
    )
