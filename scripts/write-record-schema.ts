/** Writes the published forms of the schemas of records and of the configuration into schemas/; tests keep them equal. */
import { mkdir, writeFile } from 'node:fs/promises'

import { format } from 'prettier'

import { configurationSchema } from '../src/action/inputs.js'
import { SCHEMAS } from '../src/core/report/schemas.js'

await mkdir('schemas', { recursive: true })
for (const [name, schema] of [...SCHEMAS, ['navpkg-config', configurationSchema] as const]) {
  const file = `schemas/${name}.schema.json`
  await writeFile(file, await format(JSON.stringify(schema()), { filepath: file, printWidth: 120 }))
}
