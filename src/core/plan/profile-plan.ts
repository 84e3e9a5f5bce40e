import { isSourceFormat } from '../nav-package/model-formats.js'
import type { Status } from '../nav-package/status.js'
import { WAYS_TO_RUN } from './candidate.js'

/** One model with one runner, as the package has it. */
export interface PlannedRow {
  readonly modelKey: string
  readonly format: string
  readonly runner: string
  /** Why it will not be run, or null. */
  readonly skip: string | null
  /** Whether the user asked for it, as for everything when nothing is named. */
  readonly isAskedFor: boolean
}

export interface ProfileFacts {
  readonly status: Status
  /** Keys of the models that can be run here. */
  readonly runnable: ReadonlySet<string>
  readonly formats: readonly string[] | null
  readonly runners: readonly string[] | null
}

const RUNNER = 'OnnxCPU'

/**
 * Every model with every runner that the package lists for it, serialized models first, as the real Navigator profiles
 * them (0.14.0, `pipelines/builders/profiling.py`); of a model that runs here OnnxCPU in any case, and what was asked for.
 */
export function planProfile({ status, runnable, formats, runners }: ProfileFacts): PlannedRow[] {
  const models = Object.entries(status.models_status)
  const isSource = ([, { model_config: config }]: (typeof models)[number]): boolean => isSourceFormat(config.format)
  const ordered = [...models.filter((model) => !isSource(model)), ...models.filter(isSource)]
  return ordered.flatMap(([modelKey, { model_config: config, runners_status: rows }]) => {
    const { format } = config
    const ways = WAYS_TO_RUN.filter((way) => way.format === format || way.format === modelKey)
    const named = ways.filter(({ runner }) => runners?.includes(runner) === true).map(({ runner }) => runner)
    const listed = [...new Set([...(format === 'onnx' ? [RUNNER] : []), ...Object.keys(rows), ...named])]
    // A model that nothing ran is listed with what could.
    const all = listed.length > 0 ? listed : ways.map(({ runner }) => runner)
    return all.map((runner) => {
      const why = whyNotAskedFor({ modelKey, format, runner }, formats, runners)
      return {
        ...{ modelKey, format, runner, isAskedFor: why === null },
        skip: why ?? whyNotHere({ modelKey, format, runner }, runnable),
      }
    })
  })
}

type Row = Pick<PlannedRow, 'modelKey' | 'format' | 'runner'>

function whyNotAskedFor(
  { modelKey, format, runner }: Row,
  formats: readonly string[] | null,
  runners: readonly string[] | null,
): string | null {
  // Formats are named by keys (`torchscript-trace`) as well as by themselves.
  const isFormat = formats === null || formats.includes(format) || formats.includes(modelKey)
  if (!isFormat) return `the format ${format} was not asked for`
  return runners === null || runners.includes(runner) ? null : `the runner ${runner} was not asked for`
}

function whyNotHere({ modelKey, format, runner }: Row, runnable: ReadonlySet<string>): string | null {
  if (isSourceFormat(format)) return `${format} is code, which no package holds`
  if (format !== 'onnx' || runner !== RUNNER) {
    return `${format} cannot be run with ${runner} here, only onnx with ${RUNNER}`
  }
  return runnable.has(modelKey) ? null : 'its file is not in the package, or cannot be run here'
}
