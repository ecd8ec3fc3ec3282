"""The bcftools that pysam carries, in this process: the seconds of a query for one site, as arrays."""

import sys
import time

import numpy as np
import pysam.bcftools

path, region, field = sys.argv[1:]
start = time.perf_counter()
text = pysam.bcftools.query("-r", region, "-f", f"[%SAMPLE\t%{field}\n]", path)
cells = text.split()
values = np.array(cells[1::2])
print(time.perf_counter() - start)
