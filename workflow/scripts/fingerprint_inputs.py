"""Rule fingerprint_inputs: SHA-256 of every file one cohort is made from."""

from il6r import provenance
from il6r.job import job
from il6r.tables.activity import RECORDINGS
from il6r.tables.cohort import INPUTS, PARTICIPANTS

with job(snakemake) as output:
    people = PARTICIPANTS.read(snakemake.input.people)
    INPUTS.write(
        provenance.fingerprint(
            snakemake.wildcards.cohort,
            {
                role: [path] if isinstance(path, str) else path
                for role, path in snakemake.input.items()
                if role not in ("recordings", "people", "code")
            },
            RECORDINGS.read(snakemake.input.recordings),
            {*people["participant"], *people["sample"].dropna()},
        ),
        output.inputs,
    )
