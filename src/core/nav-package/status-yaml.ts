import { Document, parseDocument, type Tags, visit } from 'yaml'

import { NavigatorError } from '../errors.js'
import { FORMAT_VERSION, type Status, statusSchema } from './status.js'
import { compareVersions, upgradeStatus } from './upgrade.js'

const LONGEST_TEXT = 64 * 2 ** 20
const MOST_ALIASES = 10_000
const SAVE_AGAIN = 'Save the package again with nav.package.save.'

/**
 * What status.yaml says by spelling alone and a JavaScript value cannot hold, by path: that `10.0` is a float and `0` a
 * whole number as a key. Printing gives it back where the value is the same.
 */
export type Spellings = ReadonlyMap<string, string>

/** Of a status that was not read from YAML. */
export const NO_SPELLINGS: Spellings = new Map()

/**
 * Reads status.yaml as PyYAML's `safe_load` does (YAML 1.1) and upgrades older formats. All problems are reported at
 * once, with the path of each field. Throws `package-invalid`.
 */
export function parseStatusYaml(text: string): { status: Status; spellings: Spellings; warnings: string[] } {
  const tree = parseTree(text)
  const version = typeof tree['format_version'] === 'string' ? tree['format_version'] : '0.1.0'
  if (compareVersions(version, '0.2.0') < 0) {
    throw new NavigatorError(
      'package-invalid',
      `The package has the format ${version} of 2022, which is not read. Load and save it once with Model Navigator 0.14.`,
    )
  }
  const newer = compareVersions(version, FORMAT_VERSION) > 0
  const parsed = statusSchema.safeParse(upgradeStatus(tree, version))
  if (!parsed.success) {
    throw new NavigatorError('package-invalid', `status.yaml does not describe a Navigator Package. ${SAVE_AGAIN}`, {
      problems: parsed.error.issues
        .slice(0, 50)
        .map((issue) => `${issue.path.join('.') || 'status.yaml'}: ${issue.message}`),
    })
  }
  const warning = `The package has the newer format ${version}; what ${FORMAT_VERSION} does not know is kept as it is.`
  return {
    status: { ...parsed.data, format_version: newer ? version : FORMAT_VERSION },
    spellings: NO_SPELLINGS,
    warnings: newer ? [warning] : [],
  }
}

function parseTree(text: string): Record<string, unknown> {
  if (text.length > LONGEST_TEXT) throw new NavigatorError('package-too-large', 'status.yaml is larger than 64 MiB.')
  try {
    const document = parseDocument(text, {
      version: '1.1',
      schema: 'yaml-1.1',
      logLevel: 'error',
      uniqueKeys: true,
      customTags: pyYamlTags,
    })
    const [error] = document.errors
    if (error !== undefined) throw error
    const tree: unknown = document.toJS({ maxAliasCount: MOST_ALIASES })
    if (typeof tree === 'object' && tree !== null && !Array.isArray(tree)) return { ...tree }
  } catch (cause) {
    throw new NavigatorError(
      'package-invalid',
      `status.yaml cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. ${SAVE_AGAIN}`,
      { cause },
    )
  }
  throw new NavigatorError('package-invalid', `status.yaml is not a map of fields. ${SAVE_AGAIN}`)
}

/** Prints a status so that PyYAML's `safe_load` gives the same values back: YAML 1.1, floats with a dot, no aliases. */
export function printStatusYaml(status: Status): string {
  const document = new Document(status, {
    version: '1.1',
    schema: 'yaml-1.1',
    aliasDuplicateObjects: false,
    customTags: pyYamlTags,
  })
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return
      if (NEEDS_ESCAPES.test(node.value)) node.type = 'QUOTE_DOUBLE'
      else if (needsQuotes(node.value)) node.type = 'QUOTE_SINGLE'
    },
  })
  return document
    .toString({ lineWidth: 0, simpleKeys: false, nullStr: 'null' })
    .replace(/[\u0085\u2028\u2029]/g, escapeBreak)
}

/** PyYAML takes these for line breaks even inside double quotes, where our printer leaves them as they are. */
function escapeBreak(character: string): string {
  const point = character.codePointAt(0) ?? 0
  return point < 0x100 ? `\\x${point.toString(16)}` : `\\u${point.toString(16)}`
}

const NEEDS_ESCAPES = /[\u0000-\u0008\u0009\u000a-\u001f\u007f-\u009f\u2028\u2029\ufeff]/

/** YAML 1.1 as PyYAML resolves it: single letters are text, dates and binaries stay text, floats have a dot. */
function pyYamlTags(tags: Tags): Tags {
  return tags.flatMap<Tags[number]>((tag) => {
    if (typeof tag === 'string') return [tag]
    if (/timestamp|binary|set|omap|pairs/.test(tag.tag)) return []
    if (!('resolve' in tag) || tag.collection !== undefined) return [tag]
    if (tag.tag.endsWith(':bool') && tag.test !== undefined) {
      return [{ ...tag, test: tag.test.test('yes') ? /^(?:yes|true|on)$/i : /^(?:no|false|off)$/i }]
    }
    // What is printed are plain values, so `<<` is a stranger's name there and never a merge.
    if (tag.tag.endsWith(':merge')) return [{ ...tag, stringify: () => "'<<'" }]
    return tag.tag.endsWith(':float') ? [{ ...tag, stringify: floatText }] : [tag]
  })
}

/** `1.0e-07`, `.nan`, `.inf`: PyYAML knows a float by its dot and a signed exponent. */
function floatText({ value }: { value?: unknown }): string {
  const number = Number(value)
  if (Number.isNaN(number)) return '.nan'
  if (!Number.isFinite(number)) return number > 0 ? '.inf' : '-.inf'
  const [, whole = '', fraction = '', sign = '', exponent = ''] =
    /^(-?\d+)(\.\d+)?(?:e([+-]?)(\d+))?$/.exec(String(number)) ?? []
  if (exponent === '') return fraction === '' ? `${whole}.0` : `${whole}${fraction}`
  return `${whole}${fraction === '' ? '.0' : fraction}e${sign === '' ? '+' : sign}${exponent.padStart(2, '0')}`
}

/** Text that YAML 1.1 would read as a number, a date, a boolean, null or syntax (PyYAML's resolver). */
function needsQuotes(text: string): boolean {
  return (
    text === '' ||
    text === '=' ||
    text === '<<' ||
    /^[\s\-?:,[\]{}#&*!|>'"%@`]/.test(text) ||
    /^(?:yes|no|on|off|true|false|null|~|y|n)$/i.test(text) ||
    /^[-+]?(?:\d[\d_]*(?:\.[\d_]*)?(?:e[-+]?\d+)?|0x[\da-f_]+|0b[01_]+|\.[\d_]+|\.inf|\.nan)$/i.test(text) ||
    /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/.test(text) ||
    /^\d{4}-\d{1,2}-\d{1,2}/.test(text)
  )
}
