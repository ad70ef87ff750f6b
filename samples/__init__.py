"""The papers of Kranichsbrück, a town that does not exist, written for the demo and the evaluation."""
