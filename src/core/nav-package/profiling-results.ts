import { figureFields, type ProfilingRow } from './create-status.js'
import { printYaml } from './yaml/printer.js'
import { fieldPath, type Spellings } from './yaml/spellings.js'

/** What one runner gave, by sample id. */
export interface RunnerResults {
  readonly runner: string
  readonly status: 'OK' | 'FAIL' | 'SKIPPED'
  /** Empty unless the status is OK. */
  readonly detailed: ReadonlyMap<number, readonly ProfilingRow[]>
}

/** The real Navigator's `ProfilingResults` (0.14.0, `package/profiling_results.py`). */
export interface ProfilingResults {
  readonly models: readonly { readonly key: string; readonly runners: readonly RunnerResults[] }[]
  /** Shape of every input by sample id, as the data set has them; empty when nothing was measured. */
  readonly samplesData: ReadonlyMap<number, readonly { readonly name: string; readonly shape: readonly number[] }[]>
}

const FLOATS: ReadonlySet<string> = new Set([
  ...['avg', 'std', 'p50', 'p90', 'p95', 'p99'].map((figure) => `${figure}_latency`),
  'throughput',
  'avg_gpu_clock',
])

/** The file that the real Navigator's `ProfilingResults.to_file` writes, byte for byte as PyYAML's `safe_dump`. */
export function printProfilingResults({ models, samplesData }: ProfilingResults): string {
  const tree = new KeyedTree()
  const content = {
    models: tree.map(
      '/models',
      models.map(({ key, runners }) => [key, modelMap(runners, tree, fieldPath('/models', key))]),
    ),
    samples_data: tree.numbered(
      '/samples_data',
      [...samplesData].map(([id, inputs]) => [
        id,
        tree.map(
          fieldPath('/samples_data', String(id)),
          inputs.map(({ name, shape }) => [name, [...shape]]),
        ),
      ]),
    ),
  }
  return printYaml(content, tree.spellings, (field) => FLOATS.has(field))
}

function modelMap(runners: readonly RunnerResults[], tree: KeyedTree, path: string): object {
  const place = `${path}/runners`
  return {
    runners: tree.map(
      place,
      runners.map(({ runner, status, detailed }) => [
        runner,
        {
          status,
          detailed: tree.numbered(
            `${fieldPath(place, runner)}/detailed`,
            [...detailed].map(([id, rows]) => [id, rows.map(rowMap)]),
          ),
        },
      ]),
    ),
  }
}

function rowMap(row: ProfilingRow): object {
  return { ...figureFields(row), avg_gpu_clock: NaN, request_count: row.requestCount }
}

/** Makes maps whose keys are a stranger's or numbers, which an object alone would put into another order or make text. */
class KeyedTree {
  readonly #spellings = new Map<string, string>()

  get spellings(): Spellings {
    return this.#spellings
  }

  map(path: string, entries: readonly (readonly [name: string, value: unknown])[]): object {
    this.#spellings.set(`${path}~o`, JSON.stringify(entries.map(([name]) => name)))
    return Object.fromEntries(entries)
  }

  numbered(path: string, entries: readonly (readonly [id: number, value: unknown])[]): object {
    for (const [id] of entries) this.#spellings.set(`${fieldPath(path, String(id))}~k`, String(id))
    return Object.fromEntries(entries)
  }
}
