import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

import { z } from 'zod'

import { EXIT_CODES, NavigatorError } from '../../src/core/errors.js'
import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import type { PackageEntry } from '../../src/core/nav-package/nav-package.js'
import { parseStatusYaml } from '../../src/core/nav-package/status-yaml.js'

/*
 * A process that only writes or reads a package, to be measured, killed or left without room. `write FOLDER PACKAGE` saves
 * the files of a folder, whose status.yaml becomes the package's and whose hashes are in `FOLDER.hashes.json`; `read PACKAGE WORKSPACE` unpacks one. Prints the most
 * memory it ever had and the size of each entry; ends as the command line does.
 */
const [verb = '', from = '', to = ''] = process.argv.slice(2)
try {
  const entries = verb === 'write' ? await write(from, to) : (await openNavPackage(from, to)).entries
  const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
  const files = [...entries].map(([name, entry]) => [name, entry.kind === 'disk' ? entry.file.bytes : 0])
  process.stdout.write(`${JSON.stringify({ peakKiB, files: Object.fromEntries(files) as unknown })}\n`)
} catch (error) {
  if (!(error instanceof NavigatorError)) throw error
  process.stderr.write(`${error.code}: ${error.message}\n`)
  process.exitCode = EXIT_CODES[error.outcome]
}

async function write(folder: string, file: string): Promise<ReadonlyMap<string, PackageEntry>> {
  const given: unknown = JSON.parse(readFileSync(`${folder}.hashes.json`, 'utf8'))
  const hashes = new Map(Object.entries(z.record(z.string(), z.string()).parse(given)))
  const entries = new Map<string, PackageEntry>()
  for (const name of readdirSync(folder).filter((name) => name !== 'status.yaml')) {
    const place = path.join(folder, name)
    const sha256 = hashes.get(name) ?? ''
    entries.set(name, { kind: 'disk', file: { path: place, bytes: statSync(place).size, sha256 } })
  }
  const status = parseStatusYaml(readFileSync(path.join(folder, 'status.yaml'), 'utf8'))
  await saveNavPackage({ ...status, entries }, file)
  return entries
}
