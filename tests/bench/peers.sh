#!/usr/bin/env bash
# The libraries that bench_scale.py compares with, in a venv of their own: nothing of them belongs to the project.
# FAISS and NumPy are those of the project, so that what differs is what the libraries make of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[ var/bench/peers/complete -nt tests/bench/peers.sh ] && exit
python3 -m venv var/bench/peers
mapfile -t pinned < <(grep -E '^(faiss-cpu|numpy|torch)==' constraints.txt)
var/bench/peers/bin/pip install "${pinned[@]}" chromadb haystack-ai
var/bench/peers/bin/pip install "${pinned[@]}" txtai
# By itself: it asks for NumPy 1 below Python 3.13, and runs with NumPy 2.
var/bench/peers/bin/pip install --no-deps faiss-haystack
touch var/bench/peers/complete
