import { type Candidate, WAYS_TO_RUN } from './candidate.js'
import { defaultSettings, settingsLabel, settingsToTry } from './settings.js'

export interface PlannedCandidate {
  readonly candidate: Candidate
  /** Why it will not be tried, or null. */
  readonly skip: string | null
}

export interface PlanFacts {
  /** Keys of the ONNX models to start from, in status.yaml's order. */
  readonly models: readonly {
    readonly key: string
    /** Whether figures may be written into its row. */
    readonly isResolvable: boolean
  }[]
  readonly allowedCores: number
  readonly settings: 'search' | 'default'
  readonly formats: readonly string[] | null
  readonly runners: readonly string[] | null
  readonly device: string
}

/** Every model as given at default session options, in status.yaml's order; the first that works is the reference. */
export function planAsGiven(facts: PlanFacts): PlannedCandidate[] {
  const settings = defaultSettings(facts.allowedCores)
  const ids = uniqueIds(facts.models.map((model) => model.key))
  const candidates = facts.models.map(({ key, isResolvable }, index): Candidate => {
    const common = { format: 'onnx', runner: 'OnnxCPU', recipe: { kind: 'as-given' }, settings } as const
    return { id: ids[index] ?? key, parentId: null, key: isResolvable ? key : null, modelKey: key, ...common }
  })
  const [first] = candidates
  const all = [...(first === undefined ? [] : askedForElsewhere(first, facts)), ...candidates]
  const unique = uniqueIds(all.map(({ id }) => id))
  return all.map((candidate, index) => {
    return { candidate: { ...candidate, id: unique[index] ?? candidate.id }, skip: whySkipped(candidate, facts) }
  })
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

/**
 * What else is tried of the model that `asGiven` serves under `referenceId`, simplest first: session settings worth
 * trying, then its graph optimized offline. Nothing when only default settings are asked for, or nothing is to vary.
 */
export function planVariants(
  facts: PlanFacts,
  asGiven: readonly PlannedCandidate[],
  referenceId: string | null,
): PlannedCandidate[] {
  const given = asGiven.map(({ candidate }) => candidate)
  const reference = given.find(({ id }) => id === referenceId)
  if (reference === undefined || facts.settings === 'default') return []
  const child = { ...reference, parentId: reference.id, key: null }
  const tuned = settingsToTry(facts.allowedCores).map((settings): Candidate => {
    return { ...child, id: `${reference.id}-${slug(settingsLabel(settings, reference.settings))}`, settings }
  })
  const recipe = { kind: 'graph-optimized', level: 'extended' } as const
  const variants = [...tuned, { ...child, id: `${reference.id}-graph-optimized`, recipe }]
  const ids = uniqueIds([...given, ...variants].map(({ id }) => id)).slice(given.length)
  const candidates = variants.map((variant, index) => ({ ...variant, id: ids[index] ?? variant.id }))
  return candidates.map((candidate) => ({ candidate, skip: whySkipped(candidate, facts) }))
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
