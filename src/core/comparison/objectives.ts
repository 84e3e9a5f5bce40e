/** What may be asked of the winner beside not being slower; the names are those of the options. */
export const OBJECTIVES = ['latency-budget-ms', 'min-throughput', 'max-size-mb', 'accuracy-budget'] as const
export type ObjectiveName = (typeof OBJECTIVES)[number]

/** How far the winner must get, in the unit of the objective: milliseconds, items per second, 10^6 bytes, relative RMS. */
export interface ObjectiveLimit {
  readonly name: ObjectiveName
  readonly limit: number
}

/** How far the winner got in each, in the same units; null where that is not known. */
export type Reached = Readonly<Record<ObjectiveName, number | null>>

/** One objective and what became of it; `met` is null where `value` is. */
export interface JudgedObjective {
  readonly name: ObjectiveName
  readonly limit: number
  readonly value: number | null
  readonly met: boolean | null
}

/** Holds what was reached to what was asked for. Throughput must be at least the limit, everything else at most. */
export function judgeObjectives(limits: readonly ObjectiveLimit[], reached: Reached): JudgedObjective[] {
  return limits.map(({ name, limit }) => {
    const value = reached[name]
    return { name, limit, value, met: value === null ? null : isMet(name, value, limit) }
  })
}

/** Whether a value is as good as its limit. */
export function isMet(name: ObjectiveName, value: number, limit: number): boolean {
  return name === 'min-throughput' ? value >= limit : value <= limit
}

const WORDS: Readonly<Record<ObjectiveName, { readonly what: string; readonly unit: string; readonly bound: string }>> =
  {
    'latency-budget-ms': { what: 'p50 latency', unit: ' ms', bound: 'at most' },
    'min-throughput': { what: 'throughput', unit: ' items/s', bound: 'at least' },
    'max-size-mb': { what: 'size of the model', unit: ' MB', bound: 'at most' },
    'accuracy-budget': { what: 'relative RMS difference', unit: '', bound: 'at most' },
  }

/** What became of an objective, in a sentence: `The p50 latency is 7.31 ms; at most 5 ms was asked for (latency-budget-ms).` */
export function objectiveSentence({ name, limit, value }: JudgedObjective): string {
  const { what, unit, bound } = WORDS[name]
  const is = value === null ? 'is not known' : `is ${figure(value, limit)}${unit}`
  return `The ${what} ${is}; ${bound} ${limit}${unit} was asked for (${name}).`
}

/** Three digits where they tell the value from the limit, else as many as it takes. */
function figure(value: number, limit: number): string {
  const digits = [3, 4, 5, 6].find((count) => Number(value.toPrecision(count)) !== limit) ?? 7
  return String(Number(value.toPrecision(digits)))
}
