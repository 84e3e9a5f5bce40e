import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'

import type { Arena } from '../src/core/contest.js'
import { mulberry32 } from '../src/core/plan/random-samples.js'
import { fingerprintOf } from '../src/core/platform/fingerprint.js'
import { describeHost } from '../src/core/platform/host.js'
import { formatDuration } from '../src/core/report/format.js'
import { TOOL } from '../src/core/version.js'
import { LIMITS, ourBackend } from './onnxruntime-sides.js'
import { calibrate, FULL_CALIBRATION, QUICK_CALIBRATION } from './verdict/calibration.js'
import { engineEnvironment } from './verdict/engine.js'
import { experiment, type Laboratory } from './verdict/experiment.js'
import { type Calibration, calibrationsOf, experimentsOf, keep, type KeptLine, readKept } from './verdict/kept.js'
import { EFFECTS, EXPERIMENT_MS, fullPlan, type Planned, quickPlan, RECORDED_MS } from './verdict/plan.js'
import { printReport } from './verdict/report.js'
import { type ModelName, type Subject, subjects } from './verdict/subjects.js'

/** Every experiment that was ever finished; part of the repository, for the test that decides them again. */
export const KEPT_FILE = path.resolve('bench/verdict/generations.jsonl')

const QUICK = { budgetMs: 20_000, recordedMs: 20_000, draws: 200 }
const FULL = { budgetMs: EXPERIMENT_MS, recordedMs: RECORDED_MS, draws: undefined }

/**
 * How often `compare` is right: live experiments with known truth, kept one by one and gone on with where the last run
 * stopped, and what comes of experiments resampled from them. `forMs` starts nothing more after so long; `only` makes
 * those whose id begins so; `report` only prints what is kept.
 */
export async function verdict(options: {
  readonly quick: boolean
  readonly forMs: number | null
  readonly report: boolean
  readonly only: string | null
}): Promise<boolean> {
  if (options.report) return printReport(await readKept(KEPT_FILE))
  // In a place of its own, so that runs that are stopped leave no models behind that nobody would find.
  const folder = path.resolve('.cache/bench', options.quick ? 'verdict-quick' : 'verdict')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const { draws, ...times } = options.quick ? QUICK : FULL
  const file = options.quick ? path.join(folder, 'generations.jsonl') : KEPT_FILE
  const bench = await Bench.open(file, folder, times)
  const planned = (options.quick ? quickPlan() : fullPlan()).filter(({ id }) => id.startsWith(options.only ?? ''))
  const endMs = performance.now() + (options.forMs ?? Infinity)
  for (const [index, one] of planned.entries()) {
    if (performance.now() >= endMs) break
    if (bench.isDone(one)) continue
    const left = planned.slice(index).filter((other) => !bench.isDone(other)).length
    const [least, most] = [times.recordedMs, times.budgetMs].map((ms) => formatDuration(left * ms))
    const time = `${least} to ${most}`
    process.stderr.write(`${one.id}, ${one.model}: ${index + 1} of ${planned.length}; all that are left take ${time}\n`)
    await bench.make(one, options.quick)
  }
  return printReport(bench.kept, draws)
}

/** The models, the machine, and what was kept so far. */
class Bench {
  readonly #file: string
  readonly #laboratory: Laboratory
  readonly #subjects: ReadonlyMap<ModelName, Subject>
  readonly #fingerprint: Record<string, string>
  #kept: KeptLine[]
  /** Models whose slow-downs were looked for; those that are not kept could not be found out on this machine. */
  readonly #looked = new Set<ModelName>()

  private constructor(file: string, laboratory: Laboratory, made: ReadonlyMap<ModelName, Subject>, kept: KeptLine[]) {
    this.#file = file
    this.#laboratory = laboratory
    this.#subjects = made
    this.#fingerprint = fingerprintOf(describeHost(), laboratory.arena.backend.version)
    this.#kept = kept
  }

  static async open(file: string, folder: string, times: Pick<Laboratory, 'budgetMs' | 'recordedMs'>): Promise<Bench> {
    const random = mulberry32(Date.now())
    const arena: Arena = { backend: await ourBackend(), limits: LIMITS, signal: new AbortController().signal, random }
    const laboratory = { arena, environment: engineEnvironment(folder), ...times }
    return new Bench(file, laboratory, subjects(folder), await readKept(file))
  }

  get kept(): readonly KeptLine[] {
    return this.#kept
  }

  isDone({ id }: Planned): boolean {
    return experimentsOf(this.#kept).some((one) => one.id === id)
  }

  async make(planned: Planned, isQuick: boolean): Promise<void> {
    const subject = this.#subjects.get(planned.model)
    if (subject === undefined) throw new Error(`there is no model ${planned.model}`)
    const headPath = planned.effect === 0 ? subject.same() : await this.#slowed(subject, planned.effect, isQuick)
    if (headPath === null) {
      process.stderr.write(
        `${subject.name} scatters too much here to know how slow it was made: ${planned.id} is left\n`,
      )
      return
    }
    const result = await experiment(planned, subject, headPath, this.#laboratory)
    const { id, model, effect, tolerance, neighbour } = planned
    await this.#keep({ kind: 'experiment', ...this.#origin(), id, model, effect, tolerance, neighbour, ...result })
  }

  /**
   * The path of a head that takes so much longer; what was found out on another machine does not hold here. null where
   * this machine does not let it be found out.
   */
  async #slowed(subject: Subject, effect: number, isQuick: boolean): Promise<string | null> {
    const known = this.#calibration(subject, effect)
    if (known !== undefined) return subject.withWork(known.width)
    if (this.#looked.has(subject.name)) return null
    this.#looked.add(subject.name)
    process.stderr.write(`${subject.name}: looking for what makes it slower by as much as wanted\n`)
    const effects = EFFECTS.map((one) => one.effect).filter((one) => this.#calibration(subject, one) === undefined)
    const amount = isQuick ? QUICK_CALIBRATION : FULL_CALIBRATION
    const heads = await calibrate(subject, effects, amount, this.#laboratory.arena)
    for (const head of heads) await this.#keep({ kind: 'calibration', ...this.#origin(), model: subject.name, ...head })
    return this.#slowed(subject, effect, isQuick)
  }

  #calibration({ name }: Subject, effect: number): Calibration | undefined {
    const here = JSON.stringify(this.#fingerprint)
    return calibrationsOf(this.#kept).find(
      (one) => one.model === name && one.effect === effect && JSON.stringify(one.fingerprint) === here,
    )
  }

  #origin(): Pick<KeptLine, 'at' | 'tool' | 'fingerprint'> {
    return { at: new Date().toISOString(), tool: TOOL.version, fingerprint: this.#fingerprint }
  }

  async #keep(line: KeptLine): Promise<void> {
    this.#kept = await keep(this.#file, this.#kept, line)
  }
}
