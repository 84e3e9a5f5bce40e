import { z } from 'zod'

import { inputsAllowed, joinerOf, type KnownInput } from './config.js'

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** What a configuration file may be, for editors: every input with its description. */
export function configSchema(known: readonly KnownInput[]): z.ZodType {
  const inputs = (part: 'defaults' | 'target' | 'model'): Record<string, z.ZodType> =>
    Object.fromEntries(inputsAllowed(known, part).map((input) => [input.name, inputSchema(input).optional()]))
  const target = z.strictObject(inputs('target')).nullable()
  const targets = z.record(z.string(), target).nullable()
  const model = z.strictObject({
    ...inputs('model'),
    targets: z
      .union([z.array(z.string()), targets])
      .describe('What it is measured for: names of targets, or these with inputs that hold there alone.')
      .optional(),
  })
  return z.strictObject({
    defaults: z.strictObject(inputs('defaults')).nullable().describe('Inputs of every model.').optional(),
    targets: targets.describe('Inputs by what is measured for; the input target picks one.').optional(),
    models: z
      .record(z.string(), model.nullable())
      .nullable()
      .describe('Inputs by the name of the model; the input name picks one.')
      .optional(),
  })
}

function inputSchema(input: KnownInput): z.ZodType {
  const { value, description } = input
  const choices = value.split('|')
  const isChoice = choices.length > 1 && choices.every((one) => /^[a-z][a-z-]*$/.test(one))
  const isBoolean = value === 'true|false'
  const single = isBoolean ? z.union([z.boolean(), z.enum(['true', 'false'])]) : isChoice ? z.enum(choices) : scalar
  const takesMany = joinerOf(input) !== null
  const all = takesMany ? z.union([single, z.array(z.union([z.string(), z.number(), z.boolean()]))]) : single.nullable()
  return all.describe(`${description} (${value})`)
}
