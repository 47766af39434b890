"""What Madoguchi costs: CPU, memory, weight and latency on large desks. `python -m benchmarks --help`."""
