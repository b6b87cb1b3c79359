#!/bin/sh
# Judges a folder of models on many machines: a Slurm array, of which each task takes one part.
#
#   MODELS=/models REPORTS=/reports sbatch --wait slurm-array.sh
#   coverify merge /reports/part-*.json --output /reports/all.json
#
#SBATCH --job-name=coverify
#SBATCH --array=1-4
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
report="$REPORTS/part-$SLURM_ARRAY_TASK_ID.json"
coverify verify "$MODELS" --shard "$SLURM_ARRAY_TASK_ID/${SLURM_ARRAY_TASK_COUNT:-4}" --no-timing --quiet \
  --force --format "json=$report"
# What came of the models is in the report; the task has done its work where that is written.
test -s "$report"
