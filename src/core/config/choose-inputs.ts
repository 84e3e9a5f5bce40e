import { NavigatorError } from '../errors.js'
import type { Config, ConfigModel, Layer } from './config.js'

/** Inputs as `with:` has them. */
type Given = ReadonlyMap<string, readonly string[]>

/** Every input that holds for one run, and where those of the file stand in it. */
export interface ChosenInputs {
  readonly values: Given
  readonly places: ReadonlyMap<string, string>
}

/** Of two of a pair the nearer layer's holds alone. */
const EITHER = [
  ['model', 'package'],
  ['batch-sizes', 'max-batch-size'],
] as const

/**
 * What a run is given by a configuration file and by `with:`, the nearest first: `with:`, the model's own target, the
 * model, the target, the defaults. `name` says which model: the only one of the file need not be named, and one that
 * `with:` gives with a file of its own (`model` or `package`) need not be in the file. `target` says which target; a model
 * with one target of its own need not be told. Throws `invalid-options` for a model or target that is not there.
 */
export function chooseInputs(config: Config, given: Given): ChosenInputs {
  const named = chooseModel(config, given)
  const target = chooseTarget(config, named?.model ?? null, given)
  const layers: Layer[] = [
    config.defaults,
    ...(target === null ? [] : [config.targets.get(target)?.inputs ?? new Map()]),
    named?.model.inputs ?? new Map(),
    ...(target === null ? [] : [named?.model.targets?.get(target)?.inputs ?? new Map()]),
  ]
  const chosen: ChosenInputs = layers.reduce(over, { values: new Map(), places: new Map() })
  const own = new Map([...given].filter(([, values]) => isGiven(values)))
  const withOwn = laidOver(chosen, own, new Map())
  const { values, places } = withOwn
  const name = named === null ? [] : [['name', [named.name]] as const]
  const aim = target === null ? [] : [['target', [target]] as const]
  // A name that is given as nothing stays, since one that is no input is told of.
  return { values: new Map([...given, ...values, ...name, ...aim]), places }
}

interface NamedModel {
  readonly name: string
  readonly model: ConfigModel
}

function chooseModel({ models, file }: Config, given: Given): NamedModel | null {
  const name = textOf(given, 'name')
  const listed = [...models].map(([one, { place }]) => `${place}: ${JSON.stringify(one)}`)
  const own = isGiven(given.get('model') ?? []) || isGiven(given.get('package') ?? [])
  const found = name === null ? undefined : models.get(name)
  if (name !== null && found !== undefined) return { name, model: found }
  if (models.size === 0 || own) return null
  const [first, ...others] = models
  if (name === null && first !== undefined && others.length === 0) return { name: first[0], model: first[1] }
  const why =
    name === null
      ? `${file} has ${models.size} models: say which with the input name.`
      : `${file} has no model ${JSON.stringify(name)}, which the input name asks for.`
  throw new NavigatorError('invalid-options', why, { problems: listed })
}

function chooseTarget({ targets, file, defaults }: Config, model: ConfigModel | null, given: Given): string | null {
  const own = model?.targets ?? null
  const [only, ...others] = own?.keys() ?? []
  const asked =
    textOf(given, 'target') ??
    model?.inputs.get('target')?.values[0] ??
    defaults.get('target')?.values[0] ??
    (others.length === 0 ? only : undefined)
  const known = own !== null && own.size > 0 ? own : targets
  if (known.size === 0 || (asked !== undefined && known.has(asked))) return asked ?? null
  // A file may have targets for some of its models alone.
  if (asked === undefined && own === null) return null
  const places = [...known].map(([name, { place }]) => `${place}: ${JSON.stringify(name)}`)
  const where = own === null || model === null ? file : 'The model'
  const why =
    asked === undefined
      ? `${where} has several targets: say which with the input target.`
      : `${where} has no target ${JSON.stringify(asked)}, which the input target asks for.`
  throw new NavigatorError('invalid-options', why, { problems: places })
}

function over(below: ChosenInputs, layer: Layer): ChosenInputs {
  const filled = [...layer].filter(([, { values }]) => isGiven(values))
  return laidOver(
    below,
    new Map(filled.map(([name, { values }]) => [name, values])),
    new Map(filled.map(([name, { place }]) => [name, place])),
  )
}

function laidOver(below: ChosenInputs, values: Given, places: ReadonlyMap<string, string>): ChosenInputs {
  const hidden = new Set(values.keys())
  for (const [a, b] of EITHER) if (hidden.has(a) !== hidden.has(b)) hidden.add(hidden.has(a) ? b : a)
  const left = <T>(all: ReadonlyMap<string, T>): [string, T][] => [...all].filter(([name]) => !hidden.has(name))
  return {
    values: new Map([...left(below.values), ...values]),
    places: new Map([...left(below.places), ...places]),
  }
}

function isGiven(values: readonly string[]): boolean {
  return values.some((value) => value.trim() !== '')
}

function textOf(given: Given, name: string): string | null {
  const text = given.get(name)?.find((value) => value.trim() !== '')
  return text?.trim() ?? null
}
