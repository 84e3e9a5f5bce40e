import { spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { CLI_PATH } from './built-paths.js'
import { temporaryFolder } from './run-engine.js'

export interface Exit {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line from source, as a user would, without a terminal. */
export function navpkg(...given: string[]): Promise<Exit> {
  return run(process.execPath, [CLI_PATH, ...given])
}

/** Runs any command to its end with what it printed. */
export function run(command: string, given: readonly string[]): Promise<Exit> {
  const child = spawn(command, given, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => (text[name] += part))
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      resolve({ code, ...text })
    })
  })
}

/** How `navpkg optimize` refused an input. */
export interface Refusal {
  readonly code: number | null
  /** What it said, without progress and with DIR for the test's folder. */
  readonly lines: readonly string[]
}

/**
 * Runs `navpkg optimize` with the arguments that `prepare` gives for a folder of its own, and with an old package at
 * `DIR/old.nav` as the output unless the arguments name one. Throws when anything in the folder is not as it was.
 */
export async function refusalOf(prepare: (folder: string) => string[] | Promise<string[]>): Promise<Refusal> {
  await using folder = await temporaryFolder()
  await writeFile(path.join(folder.path, 'old.nav'), 'an old package')
  const given = await prepare(folder.path)
  const output = given.includes('--output') ? [] : ['--output', path.join(folder.path, 'old.nav')]
  const before = await contentsOf(folder.path)
  const { code, stdout, stderr } = await navpkg('optimize', ...given, ...output, '--exclusive', 'off')
  const after = await contentsOf(folder.path)
  if (stdout !== '') throw new Error(`something was printed as a result: ${stdout}`)
  if (JSON.stringify(after) !== JSON.stringify(before))
    throw new Error(`the folder changed: ${Object.keys(after).join()}`)
  const lines = stderr.replaceAll(folder.path, 'DIR').trimEnd().split('\n')
  return { code, lines: lines.filter((line) => !PROGRESS.test(line)) }
}

const PROGRESS = /^(Reading the model|Plan: |Running the model as given|Measuring candidates)/

/** Every file below a folder with its bytes, whatever kind it is. */
async function contentsOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const read = entries.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name)
    return [file, entry.isFile() ? (await readFile(file)).toString('base64') : ''] as const
  })
  return Object.fromEntries((await Promise.all(read)).sort(([a], [b]) => (a < b ? -1 : 1)))
}
