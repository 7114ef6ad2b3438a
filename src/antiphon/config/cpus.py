"""How many CPUs this process may use."""

import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Control group v2: microseconds of CPU time in each period of so many, or `max`. A container's limit stands here."""


def available_cpus(quota: Path = QUOTA) -> int:
    """Those the scheduler gives it, and no more than a container's quota pays for; at least one."""
    scheduled = len(os.sched_getaffinity(0))
    try:
        spent, period = quota.read_text(encoding="ascii").split()
        return max(1, min(scheduled, int(spent) // int(period)))
    except (OSError, ValueError):  # no control groups, or no quota
        return scheduled
