import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { resolveRuntime } from '../../src/core/platform/runtime-folder.js'
import { RUNTIME_VERSION } from '../../src/core/platform/runtime-manifest.js'
import { temporaryFolder } from '../support/run-engine.js'
import { runThatMade } from '../support/run-that-made.js'

const BINDING = 'onnxruntime_binding.node'
const silent = (): void => undefined
const LOG = { debug: silent, info: silent, warn: silent }

describe("a folder of the user's own", () => {
  it('is used in the version that npm installed there', async () => {
    await using folder = await temporaryFolder()
    const bindingPath = await installModule(folder.path, '1.99.0')
    expect(await resolveUserFolder(folder.path)).toEqual({ bindingPath, version: '1.99.0', origin: 'runtime-dir' })
    const inside = path.dirname(bindingPath)
    expect(await resolveUserFolder(inside)).toMatchObject({ bindingPath, version: '1.99.0' })
  })

  it('is of unknown version when it holds only the native files', async () => {
    await using folder = await temporaryFolder()
    await writeFile(path.join(folder.path, BINDING), '')
    await writeFile(path.join(folder.path, 'package.json'), '{ "name": "mine", "version": "7.0.0" }')
    expect(await resolveUserFolder(folder.path)).toMatchObject({ version: 'unknown' })
  })

  it('is refused with the fix when it holds none', async () => {
    await using folder = await temporaryFolder()
    await expect(resolveUserFolder(folder.path)).rejects.toMatchObject({ code: 'runtime-unavailable' })
  })
})

describe('onnxruntime-node in a folder above the program', () => {
  it('is used in our version', async () => {
    await using folder = await temporaryFolder()
    const bindingPath = await installModule(folder.path, RUNTIME_VERSION)
    expect(await resolveFrom(folder.path)).toMatchObject({ found: { bindingPath, origin: 'module' }, said: [] })
  })

  it('is left alone in any other, and the log says so', async () => {
    await using folder = await temporaryFolder()
    await installModule(folder.path, '1.2.3')
    const { found, said } = await resolveFrom(folder.path)
    expect(found).toEqual({ code: 'runtime-unavailable' })
    expect(said.join('\n')).toContain(`1.2.3, not ${RUNTIME_VERSION}`)
  })
})

it.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'what a run killed while it unpacked left in the tool cache is removed by the next',
  async () => {
    await using folder = await temporaryFolder()
    const cache = path.join(folder.path, 'tools', 'navpkg-onnxruntime')
    // So that none of a folder further up is used.
    await installModule(folder.path, '1.2.3')
    await resolveFrom(folder.path, path.resolve('dist/runtime'))
    const [key] = await readdir(cache)
    const run = await runThatMade(path.join(cache, key ?? ''), 'folder')
    await run.kill()
    expect(await readdir(cache)).toHaveLength(2)
    const { found } = await resolveFrom(folder.path, path.resolve('dist/runtime'))
    expect(found).toMatchObject({ version: RUNTIME_VERSION, origin: 'tool-cache' })
    expect(await readdir(cache)).toEqual([key])
  },
)

function resolveUserFolder(runtimeDir: string): ReturnType<typeof resolveRuntime> {
  return resolveRuntime({ runtimeDir, runtimeArchiveDir: null, toolCacheDir: 'unused' }, LOG)
}

/** Puts a module of that version under `folder` and gives the path of its binding. */
async function installModule(folder: string, version: string): Promise<string> {
  const module = path.join(folder, 'node_modules', 'onnxruntime-node')
  const bin = path.join(module, 'bin', 'napi-v6', process.platform, process.arch)
  await mkdir(bin, { recursive: true })
  await writeFile(path.join(module, 'package.json'), JSON.stringify({ name: 'onnxruntime-node', version }))
  await writeFile(path.join(bin, BINDING), '')
  return path.join(bin, BINDING)
}

const answer = z.object({ found: z.record(z.string(), z.string()), said: z.array(z.string()) })

/** What a program that lies in `folder` finds. */
async function resolveFrom(folder: string, archives: string | null = null): Promise<z.infer<typeof answer>> {
  const program = path.join(folder, 'app', 'program.mjs')
  const options = { runtimeDir: null, runtimeArchiveDir: archives, toolCacheDir: path.join(folder, 'tools') }
  const contents = `
    import { resolveRuntime } from './src/core/platform/runtime-folder.js'
    const said = []
    const log = { debug: (text) => said.push(text), info() {}, warn() {} }
    const found = await resolveRuntime(${JSON.stringify(options)}, log).catch(({ code }) => ({ code }))
    console.log(JSON.stringify({ found, said }))
  `
  await build({
    stdin: { contents, resolveDir: path.resolve('.') },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
  })
  const { stdout } = await promisify(execFile)(process.execPath, [program])
  return answer.parse(JSON.parse(stdout))
}
