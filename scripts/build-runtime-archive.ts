import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'

import { extract, pack } from 'tar-stream'

import { ARCHIVE_NAME } from '../src/core/platform/runtime-folder.js'
import { RUNTIME_FILES } from '../src/core/platform/runtime-manifest.js'

/**
 * Makes `dist/runtime/…tar.br` from the installed onnxruntime-node, always the same bytes for the same files.
 * `--check` unpacks the committed archive instead and compares every file with the npm package: compressing again would take minutes.
 */
const SOURCE = path.resolve('node_modules/onnxruntime-node/bin/napi-v6/linux/x64')
const ARCHIVE = path.resolve('dist/runtime', ARCHIVE_NAME)

if (process.argv.includes('--check')) await check()
else await build()

async function build(): Promise<void> {
  const tar = pack()
  for (const [name, sha256] of RUNTIME_FILES) {
    const content = await readFile(path.join(SOURCE, name))
    requireHash(name, content, sha256)
    tar.entry({ name, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0 }, content)
  }
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  const plain = Buffer.concat(chunks)
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: plain.length }
  await mkdir(path.dirname(ARCHIVE), { recursive: true })
  await writeFile(ARCHIVE, brotliCompressSync(plain, { params }))
}

async function check(): Promise<void> {
  const seen = new Set<string>()
  const tar = extract()
  tar.end(brotliDecompressSync(await readFile(ARCHIVE)))
  for await (const entry of tar) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    const content = Buffer.concat(chunks)
    const { name } = entry.header
    requireHash(name, content, RUNTIME_FILES.get(name) ?? 'no such file')
    if (!content.equals(await readFile(path.join(SOURCE, name))))
      throw new Error(`${name} differs from the npm package`)
    seen.add(name)
  }
  if (seen.size !== RUNTIME_FILES.size)
    throw new Error(`the archive holds ${seen.size} files, not ${RUNTIME_FILES.size}`)
  console.log(`${ARCHIVE_NAME}: ${seen.size} files, as in the npm package`)
}

function requireHash(name: string, content: Buffer, expected: string): void {
  const got = createHash('sha256').update(content).digest('hex')
  if (got !== expected) throw new Error(`${name} has SHA-256 ${got}, expected ${expected}`)
}
