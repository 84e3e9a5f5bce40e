import { z } from 'zod'

import { compareRecordSchema } from './comparison.js'
import { profileRecordSchema } from './profile-record.js'
import { runRecordSchema } from './run-record.js'

/** The JSON Schemas (draft 2020-12) of all records, by the name they are published under in `schemas/`. */
export const SCHEMAS: ReadonlyMap<string, () => object> = new Map<string, () => object>([
  ['run-record', () => z.toJSONSchema(runRecordSchema)],
  ['compare-record', () => z.toJSONSchema(compareRecordSchema)],
  ['profile-record', () => z.toJSONSchema(profileRecordSchema)],
])
