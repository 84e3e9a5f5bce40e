/** Writes the tables of README.md that repeat action.yml; a test keeps them equal. */
import { readFile, writeFile } from 'node:fs/promises'

import { readmeWithTables } from './readme-tables.js'

const readme = await readFile('README.md', 'utf8')
await writeFile('README.md', await readmeWithTables(readme, await readFile('action.yml', 'utf8')))
