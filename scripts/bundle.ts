import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import ncc from '@vercel/ncc'

/**
 * Makes `dist/`: what GitHub runs, with every dependency inside. tsc compiles to `lib/` first, since ncc's own
 * TypeScript loader is tied to compiler versions. The embedded runtime in `dist/runtime` is left alone.
 */
const ENTRIES = ['action', 'cli', 'worker']
const DIST = path.resolve('dist')
/** Steps with an entry file of their own: the runner starts one without arguments, so it says which step it is. */
const STEPS = ['post', 'profile', 'report']

await rm('lib', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
const licences = new Map<string, string>()
for (const entry of ENTRIES) await bundle(entry)
for (const step of STEPS) {
  await writeFile(path.join(DIST, 'action', `${step}.js`), `process.argv[2] = '${step}'\nawait import('./index.js')\n`)
}
await writeFile(path.join(DIST, 'package.json'), '{ "type": "module" }\n')
await writeFile(path.join(DIST, 'licenses.txt'), await licenceText())

async function bundle(name: string): Promise<void> {
  const { code, assets } = await ncc(path.resolve('lib', name, 'index.js'), {
    cache: false,
    minify: true,
    license: 'licenses.txt',
    quiet: true,
  })
  const folder = path.join(DIST, name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'index.js'), code)
  for (const [file, { source }] of Object.entries(assets)) {
    if (file === 'licenses.txt') licences.set(name, source.toString())
    else if (file !== 'package.json') {
      const target = path.join(folder, file)
      await mkdir(path.dirname(target), { recursive: true })
      await writeFile(target, source)
    }
  }
}

/** The licence texts of everything in the bundles, and of ONNX Runtime, each once. */
async function licenceText(): Promise<string> {
  const texts = [...licences.values()].flatMap((text) => text.split(/\n(?=\S+\n[A-Z(][^\n]*\n)/))
  const runtime = await readFile('scripts/onnxruntime-licence.txt', 'utf8')
  return `${[...new Set([...texts.map((text) => text.trim()), runtime.trim()])].sort().join('\n\n')}\n`
}
