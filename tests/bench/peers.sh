#!/usr/bin/env bash
# The libraries that bench_scale.py compares with, in a venv of their own: nothing of them belongs to the project.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python3 -m venv var/bench/peers
var/bench/peers/bin/pip install torch==2.13.0
var/bench/peers/bin/pip install -c constraints.txt faiss-cpu numpy chromadb haystack-ai
var/bench/peers/bin/pip install txtai
