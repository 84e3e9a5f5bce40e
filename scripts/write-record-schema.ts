/** Writes schemas/run-record.schema.json, the published form of the record's schema; a test keeps the two equal. */
import { mkdir, writeFile } from 'node:fs/promises'

import { format } from 'prettier'

import { recordJsonSchema } from '../src/core/report/run-record.js'

const FILE = 'schemas/run-record.schema.json'
await mkdir('schemas', { recursive: true })
await writeFile(FILE, await format(JSON.stringify(recordJsonSchema()), { filepath: FILE, printWidth: 120 }))
