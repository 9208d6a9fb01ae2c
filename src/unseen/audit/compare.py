"""How a second set of photos differs from a first: facts, features and groups of both in, a `Comparison` out.

Every difference is a sentence with its numbers. What the sentences become is in `compare_findings`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from unseen.audit.findings import Finding
from unseen.audit.labels import Probe, out_of_fold
from unseen.audit.shift import Shift, measure_shifts
