import { type Arena, measureGeneration, timeOf } from '../../src/core/contest.js'
import type { Environment } from '../../src/core/environment.js'
import { contender } from './calibration.js'
import { compared, packageOf } from './engine.js'
import type { Experiment } from './kept.js'
import { busyNeighbour } from './neighbour.js'
import type { Planned } from './plan.js'
import type { Subject } from './subjects.js'

/** What an experiment needs besides its plan. */
export interface Laboratory {
  readonly arena: Arena
  readonly environment: Environment
  /** The most that a comparison takes. */
  readonly budgetMs: number
  /** How long generations are made at least. */
  readonly recordedMs: number
}

type Result = Pick<Experiment, 'verdict' | 'verdictGenerations' | 'verdictMs' | 'spentMs' | 'baseMs' | 'headMs'>

/**
 * Compares a head with its base as a user would, and, when the verdict comes early, goes on making generations for
 * as long as is resampled from: were they to end with the verdict, that would be biased by the stopping.
 */
export async function experiment(
  planned: Planned,
  subject: Subject,
  headPath: string,
  { arena, environment, budgetMs, recordedMs }: Laboratory,
): Promise<Result> {
  const packages = {
    base: await packageOf(subject, subject.basePath, environment),
    head: await packageOf(subject, headPath, environment),
  }
  await using neighbour = planned.neighbour === 'busy' ? await busyNeighbour() : null
  const seed = Math.floor(arena.random() * 2 ** 31)
  const said = await compared(packages, { tolerance: planned.tolerance, budgetMs, seed }, environment)
  const [measured] = said.evidence
  if (measured === undefined || !isVerdict(said.verdict)) throw new Error(`${planned.id}: ${said.explanation}`)
  const { verdict } = said
  const verdictMs = Math.round(said.spentMs)
  const [baseMs, headMs] = [[...measured.baseMs], [...measured.headMs]]
  const base = contender(subject, 'base', subject.basePath)
  const head = contender(subject, 'head', headPath)
  const startedMs = performance.now()
  const spent = (): number => verdictMs + performance.now() - startedMs
  while (spent() < recordedMs) {
    const generation = await measureGeneration([base, head], arena)
    for (const failure of generation.failures.values()) throw failure
    baseMs.push(timeOf(generation, 'base', null))
    headMs.push(timeOf(generation, 'head', null))
  }
  if (neighbour?.hasEnded() === true) throw new Error(`${planned.id}: the busy neighbour ended before the experiment`)
  return { verdict, verdictGenerations: said.generations, verdictMs, spentMs: Math.round(spent()), baseMs, headMs }
}

function isVerdict(verdict: string): verdict is Experiment['verdict'] {
  return ['slower', 'faster', 'same', 'inconclusive'].includes(verdict)
}
