/**
 * What a scalar stands for in Python. A timestamp is a date there; here it stays the text that it is written as. So does
 * what is special: PyYAML gives it a meaning (`=`, `<<`, `0b_`) that has no value.
 */
export type ScalarType = (typeof SCALAR_TYPES)[number]

const SCALAR_TYPES = ['null', 'bool', 'int', 'float', 'str', 'timestamp', 'special'] as const

export interface Scalar {
  readonly type: ScalarType
  /** Integers beyond 2^53 are rounded; only their text has all digits. */
  readonly value: null | boolean | number | string
}

/** How everything begins that is not text. */
const MAY_BE_OTHER = /^(?:[-+.\d~=<yYnNtTfFoO]|$)/
const NULL = /^(?:~|null|Null|NULL|)$/
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/
const FLOAT =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const INT = /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][\d_]*(?::[0-5]?\d)*|0x[\da-fA-F_]+)$/
const SEXAGESIMAL_INT = /^[-+]?[1-9][\d_]*(?::[0-5]?\d)+$/
const TIMESTAMP =
  /^\d{4}-(?:\d\d-\d\d|\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/

/**
 * What an unquoted scalar is, by the rules of PyYAML 6 (`resolver.py`, YAML 1.1): `1e5` is text, `017` is 15, `1:30` is
 * 90 and `no` is false. Reading and printing both ask here, so they cannot disagree.
 */
export function resolveScalar(text: string): Scalar {
  if (!MAY_BE_OTHER.test(text)) return { type: 'str', value: text }
  if (NULL.test(text)) return { type: 'null', value: null }
  if (TRUE.test(text)) return { type: 'bool', value: true }
  if (FALSE.test(text)) return { type: 'bool', value: false }
  if (FLOAT.test(text)) return { type: 'float', value: floatOf(text) ?? NaN }
  if (INT.test(text)) {
    const value = intOf(text)
    return value === null ? { type: 'special', value: text } : { type: 'int', value }
  }
  if (text === '=' || text === '<<') return { type: 'special', value: text }
  return { type: TIMESTAMP.test(text) ? 'timestamp' : 'str', value: text }
}

/** What a scalar with an explicit tag is, by the name of the tag; null where its text cannot be that. */
export function resolveTagged(text: string, type: ScalarType): Scalar | null {
  switch (type) {
    case 'special':
      return null
    case 'timestamp':
      return TIMESTAMP.test(text) ? { type, value: text } : null
    case 'null':
      return { type, value: null }
    case 'str':
      return { type, value: text }
    case 'bool': {
      const isTrue = TRUE.test(text)
      return isTrue || FALSE.test(text) ? { type, value: isTrue } : null
    }
    case 'int': {
      const value = INT.test(text) ? intOf(text) : null
      return value === null ? null : { type, value }
    }
    case 'float': {
      const value = floatOf(text)
      return value === null ? null : { type, value }
    }
  }
}

/** A number as PyYAML writes and reads it: a float has a dot, and an exponent a sign. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  if (Object.is(value, -0)) return '-0.0'
  const magnitude = Math.abs(value)
  // Where Python's repr changes to an exponent.
  const isPositional = magnitude === 0 || (magnitude >= 1e-4 && magnitude < 1e16)
  const [digits = '', exponent] = (isPositional ? String(value) : value.toExponential()).split('e')
  const mantissa = digits.includes('.') ? digits : `${digits}.0`
  if (exponent === undefined) return mantissa
  const sign = exponent.startsWith('-') ? '-' : '+'
  return `${mantissa}e${sign}${exponent.replace(/^[-+]/, '').padStart(2, '0')}`
}

export function isScalarType(name: string): name is ScalarType {
  return SCALAR_TYPES.some((type) => type === name)
}

/** Whether a scalar is written without quotes, so that its text says what it is. */
export function hasSpelling({ type }: Scalar): boolean {
  return type !== 'str' && type !== 'special'
}

/** Null, a boolean or a number without quotes; null for anything else. */
export function plainScalar(value: unknown, isFloat: boolean): string | null {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value !== 'number') return null
  const isWhole = Number.isSafeInteger(value) && !Object.is(value, -0)
  return isWhole && !isFloat ? String(value) : floatText(value)
}

/** The text that stands for a key: the number itself, however it was written. */
export function keyName({ type, value }: Scalar, source: string): string {
  if (typeof value === 'string') return value
  if (type === 'int' && !Number.isSafeInteger(value)) return source
  return plainScalar(value, type === 'float') ?? source
}

/** Null for digits of no number, such as `0b_`, at which PyYAML fails. */
function intOf(text: string): number | null {
  const digits = text.replace(/[-+_]/g, '')
  const magnitude = SEXAGESIMAL_INT.test(text)
    ? sexagesimal(digits)
    : Number(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits)
  if (digits === '' || Number.isNaN(magnitude)) return null
  // An integer has no negative zero.
  return text.startsWith('-') && magnitude !== 0 ? -magnitude : magnitude
}

function floatOf(text: string): number | null {
  const lower = text.replaceAll('_', '').toLowerCase()
  const sign = lower.startsWith('-') ? -1 : 1
  const digits = lower.replace(/^[-+]/, '')
  if (digits === '.inf') return sign * Infinity
  if (digits === '.nan') return NaN
  if (/^\d+(?::\d+)+(?:\.\d*)?$/.test(digits)) return sign * sexagesimal(digits)
  return /^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(digits) ? sign * Number(digits) : null
}

/** `1:30` is 90; the last digits may have a fraction. */
function sexagesimal(digits: string): number {
  return digits
    .split(':')
    .reduceRight(({ sum, base }, part) => ({ sum: sum + Number(part) * base, base: base * 60 }), { sum: 0, base: 1 })
    .sum
}
