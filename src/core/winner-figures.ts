import type { Reached } from './comparison/objectives.js'
import { figuresOf, outputDifference, typicalLatencyMs, winnerOf } from './report/figures.js'
import type { CandidateRecord, RunRecord } from './report/run-record.js'

/**
 * What the winner reached in everything that may be asked of it: the p50 latency at its smallest batch size (the mean
 * where too few requests were made to know it), items per second at the batch size it won with, the size of the model
 * file that wins with its external weights, and how far its outputs are from those of the model as given, which itself
 * is at 0. null where it was not measured or judged.
 */
export function winnerFigures(record: RunRecord): Reached {
  const winner = winnerOf(record)
  if (winner === null) {
    return { 'latency-budget-ms': null, 'min-throughput': null, 'max-size-mb': null, 'accuracy-budget': null }
  }
  const { latency, throughput } = figuresOf(winner, record)
  const bytes = modelBytes(winner, record)
  return {
    'latency-budget-ms': latency === null ? null : typicalLatencyMs(latency),
    'min-throughput': throughput?.throughputPerSecond ?? null,
    'max-size-mb': bytes === null ? null : bytes / 1e6,
    'accuracy-budget': differenceOf(winner, record),
  }
}

/** A candidate's file is without external weights, which only the size of the first model as given includes. */
function modelBytes({ recipe, modelKey, file }: CandidateRecord, { model, candidates }: RunRecord): number | null {
  const isFirst = recipe.kind === 'as-given' && modelKey === candidates[0]?.modelKey
  return isFirst ? model.bytes : (file?.bytes ?? null)
}

function differenceOf(winner: CandidateRecord, { reference }: RunRecord): number | null {
  if (winner.id === reference?.candidateId) return 0
  return winner.correctness.status === 'NOT-JUDGED' ? null : outputDifference(winner)
}
