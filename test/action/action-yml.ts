import { readFileSync } from 'node:fs'

import { parse } from 'yaml'
import { z } from 'zod'

const schema = z.object({
  inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string().optional() })),
  outputs: z.record(z.string(), z.object({ description: z.string() })),
  runs: z.object({ main: z.string(), post: z.string() }),
})

/** What action.yml says. */
export function actionYml(): z.infer<typeof schema> {
  return schema.parse(parse(readFileSync('action.yml', 'utf8')))
}
