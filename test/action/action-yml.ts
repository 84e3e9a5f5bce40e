import { readFileSync } from 'node:fs'

import { parse } from 'yaml'
import { z } from 'zod'

const schema = z.object({
  inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string().optional() })),
  outputs: z.record(z.string(), z.object({ description: z.string() })),
  runs: z.object({ main: z.string(), post: z.string().default('') }),
})

/** What action.yml says, or that of another action of this repository. */
export function actionYml(file = 'action.yml'): z.infer<typeof schema> {
  return schema.parse(parse(readFileSync(file, 'utf8')))
}
