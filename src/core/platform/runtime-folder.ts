import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'

import { extract } from 'tar-stream'
import { z } from 'zod'

import { NavigatorError } from '../errors.js'
import type { Log } from './log.js'
import { RUNTIME_FILES, RUNTIME_VERSION } from './runtime-manifest.js'
import { removeLeftovers, temporaryName } from './temporary.js'

/** Where ONNX Runtime's native library was found. */
export interface RuntimeFolder {
  /** Absolute path of `onnxruntime_binding.node`. */
  readonly bindingPath: string
  /** `unknown` for a folder of the user's without a package.json. */
  readonly version: string
  readonly origin: 'runtime-dir' | 'module' | 'tool-cache' | 'archive'
}

export interface RuntimeOptions {
  readonly runtimeDir: string | null
  readonly runtimeArchiveDir: string | null
  readonly toolCacheDir: string
}

const BINDING = 'onnxruntime_binding.node'
const PLATFORM = `${process.platform}-${process.arch}`

/** The archive's file name; it holds the two native files as a tar, brotli-compressed. */
export const ARCHIVE_NAME = `onnxruntime-node-${RUNTIME_VERSION}-linux-x64.tar.br`

/**
 * Finds the runtime: the user's own folder; ours, when installed from npm; the tool cache; the embedded archive, which
 * is unpacked into the tool cache once. Files from the cache are hashed at every start, since other jobs may have
 * written there. Never looks in the working directory. Throws `runtime-unavailable`.
 */
export async function resolveRuntime(options: RuntimeOptions, log: Log): Promise<RuntimeFolder> {
  if (options.runtimeDir !== null) return fromUserFolder(options.runtimeDir)
  const own = ownModule(log)
  if (own !== null) return { bindingPath: own, version: RUNTIME_VERSION, origin: 'module' }
  if (PLATFORM !== 'linux-x64') throw unavailable(`no ONNX Runtime is embedded for ${PLATFORM}`)
  const cached = path.join(options.toolCacheDir, 'navpkg-onnxruntime', cacheKey())
  await removeLeftovers(cached)
  if (await isIntact(cached))
    return { bindingPath: path.join(cached, BINDING), version: RUNTIME_VERSION, origin: 'tool-cache' }
  const archive = options.runtimeArchiveDir === null ? null : path.join(options.runtimeArchiveDir, ARCHIVE_NAME)
  if (archive === null || !existsSync(archive)) throw unavailable('its archive is missing from dist/runtime')
  await unpackInto(archive, cached)
  log.debug(`ONNX Runtime ${RUNTIME_VERSION} was unpacked to ${cached}`)
  return { bindingPath: path.join(cached, BINDING), version: RUNTIME_VERSION, origin: 'archive' }
}

function fromUserFolder(dir: string): RuntimeFolder {
  const inModule = path.join(
    'node_modules',
    'onnxruntime-node',
    'bin',
    'napi-v6',
    process.platform,
    process.arch,
    BINDING,
  )
  const found = [path.join(dir, BINDING), path.join(dir, inModule)].find((file) => existsSync(file))
  if (found === undefined) throw unavailable(`${dir} holds neither ${BINDING} nor ${inModule}`)
  const bindingPath = path.resolve(found)
  return { bindingPath, version: moduleVersion(bindingPath) ?? 'unknown', origin: 'runtime-dir' }
}

/**
 * onnxruntime-node as installed beside this very file, never from where the command was started. Node also looks in
 * every folder above, where another version may lie that is none of ours.
 */
function ownModule(log: Log): string | null {
  const manifest = resolveModule('onnxruntime-node/package.json')
  if (manifest === null) return null
  const file = path.join(path.dirname(manifest), 'bin', 'napi-v6', process.platform, process.arch, BINDING)
  if (!existsSync(file)) return null
  const version = moduleVersion(file)
  if (version === RUNTIME_VERSION) return file
  log.debug(`${file} was left alone: its version is ${version ?? 'unknown'}, not ${RUNTIME_VERSION}`)
  return null
}

function resolveModule(name: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch {
    return null
  }
}

const moduleManifest = z.object({ name: z.literal('onnxruntime-node'), version: z.string() })

/** The version of the npm package that a binding lies in; null when it lies elsewhere. */
function moduleVersion(bindingPath: string): string | null {
  // It lies in bin/napi-v6/<platform>/<architecture>.
  const manifest = path.join(path.dirname(bindingPath), '..', '..', '..', '..', 'package.json')
  try {
    return moduleManifest.parse(JSON.parse(readFileSync(manifest, 'utf8'))).version
  } catch {
    return null
  }
}

function cacheKey(): string {
  return createHash('sha256')
    .update(JSON.stringify([...RUNTIME_FILES]))
    .digest('hex')
    .slice(0, 16)
}

async function isIntact(folder: string): Promise<boolean> {
  for (const [name, expected] of RUNTIME_FILES) {
    const file = path.join(folder, name)
    if (!existsSync(file) || (await sha256Of(file)) !== expected) return false
  }
  return true
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** Unpacks beside the target and renames, so that two jobs starting at once never see half a folder. */
async function unpackInto(archive: string, target: string): Promise<void> {
  const staging = temporaryName(target)
  await mkdir(staging, { recursive: true })
  try {
    await unpack(archive, staging)
    if (!(await isIntact(staging))) throw unavailable(`${archive} is damaged: its files do not have the pinned hashes`)
    await rm(target, { recursive: true, force: true })
    await rename(staging, target).catch(async (error: unknown) => {
      if (!(await isIntact(target))) throw error
    })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function unpack(archive: string, folder: string): Promise<void> {
  const unpacked = extract()
  unpacked.on('entry', (header, stream, next) => {
    if (!RUNTIME_FILES.has(header.name)) {
      next(unavailable(`${archive} holds the unexpected file ${header.name}`))
      return
    }
    pipeline(stream, createWriteStream(path.join(folder, header.name))).then(() => {
      next()
    }, next)
  })
  await pipeline(createReadStream(archive), createBrotliDecompress(), unpacked)
}

function unavailable(why: string): NavigatorError {
  return new NavigatorError(
    'runtime-unavailable',
    `ONNX Runtime cannot be used: ${why}. Run "npm install onnxruntime-node@${RUNTIME_VERSION} --ignore-scripts" in a folder ` +
      'and name that folder with runtime-dir.',
  )
}
