import { readFile } from 'node:fs/promises'

import { z } from 'zod'

import { writeFileAtomic } from '../../src/core/platform/journal.js'
import { MODEL_NAMES } from './subjects.js'

const common = {
  /** When it was finished. */
  at: z.iso.datetime(),
  /** The version of this tool. */
  tool: z.string(),
  /** The machine, as recorded figures have it. */
  fingerprint: z.record(z.string(), z.string()),
  model: z.enum(MODEL_NAMES),
  effect: z.number(),
}

const measuredRatio = z.object({
  ratio: z.number(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  generations: z.number(),
})

const calibration = z.object({
  kind: z.literal('calibration'),
  ...common,
  /** Width of the adapter that makes the effect. */
  width: z.number(),
  /** How many times as long the slowed model really takes, measured apart from all experiments. */
  truth: measuredRatio,
})

const experiment = z.object({
  kind: z.literal('experiment'),
  ...common,
  id: z.string(),
  tolerance: z.number(),
  neighbour: z.enum(['quiet', 'busy']),
  /** What the gate said, and when, in generations and milliseconds from the start. */
  verdict: z.enum(['slower', 'faster', 'same', 'inconclusive']),
  verdictGenerations: z.number(),
  verdictMs: z.number(),
  spentMs: z.number(),
  /** Of every generation, also of those after the verdict, each side's median of block medians in milliseconds. */
  baseMs: z.array(z.number()),
  headMs: z.array(z.number()),
})

const keptLine = z.discriminatedUnion('kind', [calibration, experiment])

/** A head whose slow-down was made as large as wanted. */
export type Calibration = z.infer<typeof calibration>
/** A finished experiment with all its generations. */
export type Experiment = z.infer<typeof experiment>
/** One line of the file of kept results. */
export type KeptLine = z.infer<typeof keptLine>

/** What was finished so far, in order; nothing where there is no file. */
export async function readKept(file: string): Promise<KeptLine[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => keptLine.parse(JSON.parse(line)))
}

/** Adds one line; a kill in the middle leaves the file without it. Times are kept to five digits. */
export async function keep(file: string, kept: readonly KeptLine[], line: KeptLine): Promise<KeptLine[]> {
  const all = [...kept, line.kind === 'experiment' ? { ...line, ...rounded(line) } : line]
  await writeFileAtomic(file, all.map((one) => `${JSON.stringify(one)}\n`).join(''))
  return all
}

function rounded({ baseMs, headMs }: Experiment): Pick<Experiment, 'baseMs' | 'headMs'> {
  const digits = (value: number): number => Number(value.toPrecision(5))
  return { baseMs: baseMs.map(digits), headMs: headMs.map(digits) }
}

export function experimentsOf(kept: readonly KeptLine[]): Experiment[] {
  return kept.flatMap((line) => (line.kind === 'experiment' ? [line] : []))
}

export function calibrationsOf(kept: readonly KeptLine[]): Calibration[] {
  return kept.flatMap((line) => (line.kind === 'calibration' ? [line] : []))
}
