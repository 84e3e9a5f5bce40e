import { NavigatorError } from '../errors.js'
import { checkStatus, FORMAT_VERSION, type Status } from './status.js'
import { compareVersions, upgradeStatus } from './upgrade.js'
import { printYaml } from './yaml/printer.js'
import { readYaml } from './yaml/reader.js'
import { NO_SPELLINGS, type Spellings } from './yaml/spellings.js'

export { NO_SPELLINGS, type Spellings } from './yaml/spellings.js'

/**
 * The most of status.yaml that is read, in characters. The largest real one, of a TensorFlow package with 25 models, has
 * 100 KiB; one of 8 MiB takes about a second and 250 MB.
 */
const LONGEST_TEXT = 8 * 2 ** 20
const SAVE_AGAIN = 'Save the package again with nav.package.save.'

/** Fields that are floats to the real Navigator, and are printed so even where the number is whole. */
const FLOAT_FIELDS: ReadonlySet<string> = new Set([
  ...['avg', 'std', 'p50', 'p90', 'p95', 'p99'].flatMap((figure) => [`${figure}_latency`, `${figure}_time`]),
  ...['throughput', 'avg_gpu_clock', 'execution_time', 'atol', 'rtol', 'min_frequency', 'max_frequency'],
  ...['stability_percentage', 'throughput_cutoff_threshold'],
])

/**
 * Reads status.yaml as PyYAML's `safe_load` does (YAML 1.1) and upgrades older formats. All problems are reported at
 * once, with the path of each field. Throws `package-invalid` or `package-too-large`.
 */
export function parseStatusYaml(text: string): { status: Status; spellings: Spellings; warnings: string[] } {
  if (text.length > LONGEST_TEXT) {
    throw new NavigatorError('package-too-large', 'status.yaml is larger than 8 MiB. Save fewer models or figures.')
  }
  const { value, spellingsIn } = readYaml(text, isFloatField)
  if (!isMap(value)) throw new NavigatorError('package-invalid', `status.yaml is not a map of fields. ${SAVE_AGAIN}`)
  const version = typeof value['format_version'] === 'string' ? value['format_version'] : '0.1.0'
  if (compareVersions(version, '0.2.0') < 0) {
    throw new NavigatorError(
      'package-invalid',
      `The package has the format ${version} of 2022, which is not read. Load and save it once with Model Navigator 0.14.`,
    )
  }
  const newer = compareVersions(version, FORMAT_VERSION) > 0
  const upgraded = upgradeStatus(value, version)
  const checked = checkStatus(newer ? upgraded : { ...upgraded, format_version: FORMAT_VERSION })
  if ('problems' in checked) {
    const message = `status.yaml does not describe a Navigator Package. ${SAVE_AGAIN}`
    throw new NavigatorError('package-invalid', message, { problems: checked.problems })
  }
  const warning = `The package has the newer format ${version}; what ${FORMAT_VERSION} does not know is kept as it is.`
  return { status: checked.status, spellings: spellingsIn(checked.status), warnings: newer ? [warning] : [] }
}

/**
 * Prints a status so that PyYAML's `safe_load` gives the same values back, with the types that the source's spellings or
 * the format's own floats say.
 */
export function printStatusYaml(status: Status, spellings: Spellings = NO_SPELLINGS): string {
  return printYaml(status, spellings, isFloatField)
}

function isFloatField(field: string): boolean {
  return FLOAT_FIELDS.has(field)
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
