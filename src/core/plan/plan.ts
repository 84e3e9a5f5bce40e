import { type Candidate, WAYS_TO_RUN } from './candidate.js'
import { defaultSettings, settingsLabel, settingsToTry } from './settings.js'

export interface PlannedCandidate {
  readonly candidate: Candidate
  /** Why it will not be tried, or null. */
  readonly skip: string | null
}

export interface PlanFacts {
  /** Keys of the ONNX models to start from, in status.yaml's order. */
  readonly models: readonly { readonly key: string }[]
  readonly allowedCores: number
  readonly settings: 'search' | 'default'
  readonly formats: readonly string[] | null
  readonly runners: readonly string[] | null
  readonly device: string
}

/**
 * What will be tried, simplest first: every model as given at default session options (the first that works is the
 * reference), then, when searching, tuned settings of the first model and its graph optimized offline.
 */
export function makePlan(facts: PlanFacts): PlannedCandidate[] {
  const defaults = defaultSettings(facts.allowedCores)
  const ids = uniqueIds(facts.models.map((model) => model.key))
  const asGiven = facts.models.map(({ key }, index): Candidate => {
    const common = { format: 'onnx', runner: 'OnnxCPU', recipe: { kind: 'as-given' }, settings: defaults } as const
    return { id: ids[index] ?? key, parentId: null, key, modelKey: key, ...common }
  })
  const [first] = asGiven
  const tuned = first === undefined || facts.settings === 'default' ? [] : variantsOf(first, facts.allowedCores)
  const elsewhere = first === undefined ? [] : askedForElsewhere(first, facts)
  const all = [...elsewhere, ...asGiven, ...tuned]
  const taken = uniqueIds(all.map((candidate) => candidate.id))
  const unique = all.map((candidate, index) => ({ ...candidate, id: taken[index] ?? candidate.id }))
  return unique.map((candidate) => ({ candidate, skip: whySkipped(candidate, facts) }))
}

/** What was asked for by name and no backend here can run: planned all the same, so that the record says why not. */
function askedForElsewhere(reference: Candidate, { formats, runners }: PlanFacts): Candidate[] {
  if (formats === null && runners === null) return []
  const asked = WAYS_TO_RUN.filter(
    ({ format, runner }) => (formats?.includes(format) ?? true) && (runners?.includes(runner) ?? true),
  )
  // A format that some runner here takes is not also listed under those it could have had.
  const elsewhere = asked.filter(
    (way) => !runsHere(way) && (runners !== null || !asked.some((one) => one.format === way.format && runsHere(one))),
  )
  return elsewhere.map(({ format, runner }) => ({
    ...reference,
    id: slug(`${format}-${runner}`),
    key: null,
    format,
    runner,
  }))
}

function runsHere({ format, runner }: Pick<Candidate, 'format' | 'runner'>): boolean {
  return format === 'onnx' && runner === 'OnnxCPU'
}

/** A short name for people: what differs from the model as given. */
export function candidateTitle(candidate: Candidate, defaults: Candidate['settings']): string {
  switch (candidate.recipe.kind) {
    case 'as-given':
      return candidate.key === null ? settingsLabel(candidate.settings, defaults) : 'model as given'
    case 'graph-optimized':
      return 'graph optimized offline'
  }
}

function variantsOf(reference: Candidate, allowedCores: number): Candidate[] {
  const child = { ...reference, parentId: reference.id, key: null }
  const tuned = settingsToTry(allowedCores).map((settings) => ({
    ...child,
    id: `${reference.id}-${slug(settingsLabel(settings, reference.settings))}`,
    settings,
  }))
  const optimized: Candidate = {
    ...child,
    id: `${reference.id}-graph-optimized`,
    recipe: { kind: 'graph-optimized', level: 'extended' },
  }
  return [...tuned, optimized]
}

function whySkipped(candidate: Candidate, facts: PlanFacts): string | null {
  if (!runsHere(candidate))
    return `${candidate.format} cannot be run with ${candidate.runner} here, only onnx with OnnxCPU`
  if (facts.device !== 'auto' && facts.device !== 'cpu') return `the device ${facts.device} is not available`
  if (facts.formats?.includes(candidate.format) === false) return `the format ${candidate.format} was not asked for`
  if (facts.runners?.includes(candidate.runner) === false) return `the runner ${candidate.runner} was not asked for`
  return null
}

/** Safe as file names, and different from each other. */
function uniqueIds(keys: readonly string[]): string[] {
  const taken = new Set<string>()
  return keys.map((key) => {
    const base = slug(key) || 'model'
    let id = base
    for (let count = 2; taken.has(id); count++) id = `${base}.${count}`
    taken.add(id)
    return id
  })
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80)
}
