import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { beforeAll, describe, expect, test } from 'vitest'

import { openNavPackage } from '../../src/core/nav-package/archive-file.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'
import { type RunRecord, runRecordSchema } from '../../src/core/report/run-record.js'
import { CLASSIFIER, temporaryFolder } from '../support/run-engine.js'
import {
  commandFile,
  processesOf,
  type ShellName,
  type ShellRun,
  startShell,
  straysOf,
  until,
} from '../support/shell-run.js'

const TIMES = 20
const SHELLS = ['cli', 'action'] as const
/** Short, and still several candidates, so that the finalists are settled. */
const QUICK = { settings: 'search', 'batch-sizes': '1', 'time-budget': '2s' }
/** Time for another candidate after one has crashed, on a slow machine too. */
const PATIENT = { ...QUICK, 'time-budget': '8s' }

const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000)
const random = mulberry32(seed)
let runMs = 0

describe.runIf(process.platform === 'linux')(`at ${TIMES} random moments (KILL_SEED=${seed})`, () => {
  beforeAll(async () => {
    await using folder = await temporaryFolder()
    const start = performance.now()
    const runs = SHELLS.map((shell) => startQuick(shell, path.join(folder.path, shell)))
    for (const run of runs) expect(await run.ended, run.text()).toEqual({ code: 0, signal: null })
    runMs = performance.now() - start
  })

  test('a killed worker fails its candidate as crashed, and the run goes on', async () => {
    const seen = await atRandomMoments(async (shell, dir, afterMs) => {
      const run = startQuick(shell, dir, PATIENT)
      await sleep(afterMs)
      const hit = await until(run, () => processesOf(dir, 'workers').some((pid) => kill(pid, 'SIGKILL')))
      const { code, signal } = await run.ended
      expect(await straysOf(dir), run.text()).toEqual([])
      expect(signal).toBeNull()
      expect(run.text()).not.toMatch(/a bug of/)
      const record = await checkFiles(run, dir)
      expect(code === 0 ? 'done' : 'no-candidate', run.text()).toBe(record?.outcome)
      const crashes = record?.candidates.filter((candidate) => candidate.failureClass === 'crashed') ?? []
      for (const crash of crashes) expect(crash.reason).toContain('SIGKILL')
      return hit ? `${crashes.length > 0 ? 'crash, ' : ''}${record?.outcome ?? ''}` : 'missed'
    })
    expect(seen.get('crash, done'), [...seen].join('; ')).toBeGreaterThan(0)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the run with a message and what was measured', async (signal) => {
    const seen = await atRandomMoments(async (shell, dir, afterMs, index) => {
      const run = startQuick(shell, dir)
      await sleep(afterMs)
      // Every other time as a terminal does it: to the worker as well.
      kill(index % 4 < 2 ? run.pid : -run.pid, signal)
      const ended = await run.ended
      expect(await straysOf(dir), run.text()).toEqual([])
      const record = await checkFiles(run, dir)
      expect(temporaries(dir)).toEqual([])
      if (ended.signal !== null) {
        expect({ signal: ended.signal, text: run.text(), record }).toEqual({ signal, text: '', record: null })
        return 'before the program began'
      }
      if (ended.code === 0) {
        expect(record?.outcome, run.text()).toBe('done')
        return 'after it had finished'
      }
      expect(ended.code, run.text()).toBe(shell === 'cli' ? 130 : 1)
      expect(run.text()).toMatch(/interrupted/i)
      expect(readFileSync(run.output, 'utf8')).toBe('old')
      expect(record?.outcome).toBe('interrupted')
      if (shell === 'action') {
        expect(commandFile(dir, 'output')).toContainEqual(['outcome', 'interrupted'])
        expect(new Map(commandFile(dir, 'state')).get('upload-left')).toBe('true')
      }
      return 'interrupted'
    })
    expect(seen.get('interrupted'), [...seen].join('; ')).toBeGreaterThan(TIMES / 4)
  })

  test('SIGKILL leaves no process and no half of a file, and the next run removes what is left', async () => {
    const seen = await atRandomMoments(
      async (shell, dir, afterMs) => {
        const run = startQuick(shell, dir)
        await sleep(afterMs)
        kill(run.pid, 'SIGKILL')
        const { signal } = await run.ended
        expect(await straysOf(dir), run.text()).toEqual([])
        const record = await checkFiles(run, dir)
        if (signal === 'SIGKILL') expect(record?.outcome ?? 'interrupted').toMatch(/interrupted|done/)
        return signal ?? 'after it had finished'
      },
      async (shell, dir) => {
        const run = startQuick(shell, dir)
        expect(await run.ended, run.text()).toEqual({ code: 0, signal: null })
        expect(readdirSync(path.join(dir, 'out')).sort()).toEqual(['navpkg-record-out.json', 'out.nav'])
        expect(readdirSync(path.join(dir, 'tmp'))).toEqual([])
      },
    )
    expect(seen.get('SIGKILL'), [...seen].join('; ')).toBeGreaterThan(TIMES / 4)
  })
})

/**
 * Does it `TIMES` times, each shell in turn, both at once, each in a folder of its own. The moments are spread over the
 * whole of a run. Gives how often each result came.
 */
async function atRandomMoments(
  once: (shell: ShellName, dir: string, afterMs: number, index: number) => Promise<string>,
  afterwards: (shell: ShellName, dir: string) => Promise<void> = () => Promise.resolve(),
): Promise<Map<string, number>> {
  await using folder = await temporaryFolder()
  const seen = new Map<string, number>()
  const moments = Array.from({ length: TIMES }, (_, index) => ((index + random()) / TIMES) * runMs)
  const lane = async (shell: ShellName, own: number): Promise<void> => {
    const dir = path.join(folder.path, shell)
    for (const [index, afterMs] of moments.entries()) {
      if (index % SHELLS.length !== own) continue
      const result = await once(shell, dir, afterMs, index)
      seen.set(result, (seen.get(result) ?? 0) + 1)
    }
    await afterwards(shell, dir)
  }
  await Promise.all(SHELLS.map(lane))
  console.log([...seen].map(([result, times]) => `${times} × ${result}`).join(', '))
  return seen
}

function startQuick(shell: ShellName, dir: string, options = QUICK): ShellRun {
  rmSync(path.join(dir, 'out', 'navpkg-record-out.json'), { force: true })
  mkdirSync(dir, { recursive: true })
  return startShell(shell, dir, { model: CLASSIFIER, options })
}

/** The output must be the old file or a whole package, the record whole or absent; gives the record. */
async function checkFiles(run: ShellRun, dir: string): Promise<RunRecord | null> {
  if (readFileSync(run.output, 'utf8') !== 'old') {
    const opened = path.join(dir, 'opened')
    await openNavPackage(run.output, opened)
    rmSync(opened, { recursive: true })
  }
  if (!existsSync(run.record)) return null
  return runRecordSchema.parse(JSON.parse(readFileSync(run.record, 'utf8')))
}

/** What is not there for good: beside the output, and where workspaces are. */
function temporaries(dir: string): string[] {
  const beside = readdirSync(path.join(dir, 'out')).filter((name) => name.endsWith('.tmp'))
  return [...beside, ...readdirSync(path.join(dir, 'tmp'))]
}

/** Whether the process, or the group when negative, was there to get the signal. */
function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
