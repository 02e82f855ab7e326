"""Ray nodes on this machine, for tests and benchmarks: a program that ends with its input.

    python tests/training/ray_nodes.py NODES CPUS_OF_EACH

prints the address of the cluster, waits until its standard input is closed, and takes every
process down that it has started.
"""

import os
import sys

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")

from ray.cluster_utils import Cluster

STORE_BYTES = 80_000_000  # the least that Ray takes; nothing large goes through it


def main():
    nodes, cpus = (int(argument) for argument in sys.argv[1:])
    cluster = Cluster()
    for _ in range(nodes):
        cluster.add_node(num_cpus=cpus, object_store_memory=STORE_BYTES, include_dashboard=False)
    cluster.wait_for_nodes()
    print(cluster.address, flush=True)
    sys.stdin.read()
    cluster.shutdown()


if __name__ == "__main__":
    main()
