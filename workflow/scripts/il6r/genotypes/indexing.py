"""Where is everything in a bgzipped file that came without an index?"""

import pysam
import pysam.bcftools

from il6r.errors import InputError

# htslib's own messages would go to the screen as a second, unexplained voice.
pysam.set_verbosity(0)


def make_index(path: str, index: str) -> None:
    """Write a csi index of a bgzipped VCF or a BCF file to `index`, away from the user's own files.

    Raises
    ------
    InputError : the file is not sorted by position, or damaged.
    """
    try:
        pysam.bcftools.index("--csi", "--force", "--output", index, path, catch_stdout=False)
    except pysam.SamtoolsError as error:
        raise InputError(
            path,
            "it cannot be indexed, because it is damaged or its records are not in order",
            "sort it with 'bcftools sort'",
        ) from error
