/** Writes the published forms of the records' schemas into schemas/; a test keeps the two equal. */
import { mkdir, writeFile } from 'node:fs/promises'

import { format } from 'prettier'

import { SCHEMAS } from '../src/core/report/schemas.js'

await mkdir('schemas', { recursive: true })
for (const [name, schema] of SCHEMAS) {
  const file = `schemas/${name}.schema.json`
  await writeFile(file, await format(JSON.stringify(schema()), { filepath: file, printWidth: 120 }))
}
