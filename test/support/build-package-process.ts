import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { build } from 'esbuild'

import { printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { makeStatus } from '../nav-package/make-status.js'

/** Makes `package-process.ts` a program that starts as fast as Node does. */
export async function buildPackageProcess(program: string): Promise<void> {
  await build({
    entryPoints: ['test/support/package-process.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
  })
}

const CHUNK_BYTES = 32e6

/**
 * A new folder with a status.yaml and `model-0.bin`, `model-1.bin`, … of random bytes, which nothing makes smaller; their
 * SHA-256 by name go to `FOLDER.hashes.json`, as whoever has a package handle knows them.
 */
export async function makePackageFiles(folder: string, sizes: readonly number[]): Promise<void> {
  await mkdir(folder)
  await writeFile(path.join(folder, 'status.yaml'), printStatusYaml(makeStatus()))
  const hashes: Record<string, string> = {}
  for (const [index, bytes] of sizes.entries()) {
    const name = `model-${index}.bin`
    const hash = createHash('sha256')
    const chunk = randomBytes(Math.min(bytes, CHUNK_BYTES))
    await using file = await open(path.join(folder, name), 'wx')
    for (let done = 0; done < bytes; done += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, bytes - done))
      hash.update(part)
      await file.write(part)
    }
    hashes[name] = hash.digest('hex')
  }
  await writeFile(`${folder}.hashes.json`, JSON.stringify(hashes))
}
