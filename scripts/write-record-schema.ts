/** Writes schemas/run-record.schema.json, the published form of the record's schema; a test keeps the two equal. */
import { mkdir, writeFile } from 'node:fs/promises'

import { recordJsonSchema } from '../src/core/report/run-record.js'

await mkdir('schemas', { recursive: true })
await writeFile('schemas/run-record.schema.json', recordJsonSchema())
