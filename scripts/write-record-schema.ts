/** Writes the published forms of the records' schemas; tests keep them equal. */
import { mkdir, writeFile } from 'node:fs/promises'

import { format } from 'prettier'

import { profileJsonSchema } from '../src/core/report/profile-record.js'
import { recordJsonSchema } from '../src/core/report/run-record.js'

await mkdir('schemas', { recursive: true })
for (const [name, schema] of Object.entries({ run: recordJsonSchema(), profile: profileJsonSchema() })) {
  const file = `schemas/${name}-record.schema.json`
  await writeFile(file, await format(JSON.stringify(schema), { filepath: file, printWidth: 120 }))
}
