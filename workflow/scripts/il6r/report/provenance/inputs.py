"""What is told of the files that a study was made from?"""

import pandas as pd

from il6r import disclosure


def told(files: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """`INPUTS` without the sizes of files, which are so many bytes a person; the checksums name them."""
    return files if disclosure.step(minimum) == 1 else files.drop(columns="bytes")
