import { execFile } from 'node:child_process'

import { expect, test } from 'vitest'

/** Runs a bench; whether the figure was reached, its exit code, depends on the machine. */
async function bench(...args: string[]) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile('npm', ['run', '--silent', 'bench', '--', ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr })
    })
  })
}

const SHOWN = String.raw`\d+\.\d+ \[too few for an interval\]`

test('the bench block-start prints how much slower a process is when it gets its turn', async () => {
  const { stdout, stderr } = await bench('block-start', '--quick')
  const lines = stdout.trim().split('\n')
  expect(lines, stderr).toHaveLength(3)
  for (const line of lines)
    expect(line).toMatch(
      new RegExp(`^block-start, .+: the first 50 ms ${SHOWN}; up to 110 ms ${SHOWN}, to reach 1.03: `),
    )
})

test('the bench overhead prints the ratio to Python for every model', async () => {
  const { code, stdout, stderr } = await bench('overhead', '--quick')
  const lines = stdout.trim().split('\n')
  expect(lines, stderr).toHaveLength(8)
  for (const line of lines)
    expect(line).toMatch(new RegExp(`^overhead, .+: ${SHOWN}, (no figure to reach|to reach .+)$`))
  expect(code).toBe(lines.some((line) => line.endsWith(': not met')) ? 1 : 0)
})

test('the bench start-up prints the time to the first inference and the size of the bundles', async () => {
  const { code, stdout, stderr } = await bench('start-up', '--quick')
  const [time, size, ...rest] = stdout.trim().split('\n')
  expect(time, stderr).toMatch(new RegExp(`^start-up, seconds .+: ${SHOWN}, to reach 1.5: (met|not met)$`))
  expect(size).toMatch(/^start-up, megabytes of JavaScript in dist\/: \d\.\d\d, to reach 8: met$/)
  expect(rest).toEqual([])
  expect(code).toBe(time?.endsWith(': not met') === true ? 1 : 0)
})

test('the bench package-io prints ratios, peak memory and whether Python agrees', async () => {
  const { stdout, stderr } = await bench('package-io', '--quick')
  const [written, read, memory, python, ...rest] = stdout.trim().split('\n')
  expect(written, stderr).toMatch(new RegExp(`^package-io, 40 MB, write ÷ zip -0 and sync: ${SHOWN}, to reach 1.5: `))
  expect(read).toMatch(new RegExp(`^package-io, 40 MB, read ÷ unzip: ${SHOWN}, to reach 1.5: `))
  expect(memory).toMatch(/^package-io, 40 MB, megabytes of memory at most: \d+, to reach 200: met$/)
  expect(python).toBe("package-io, 40 MB, Python's zipfile reads ours and ours reads Python's: yes: met")
  expect(rest).toEqual([])
})

test('the bench verdict makes an experiment of every kind and prints how often compare was right', async () => {
  const { stdout, stderr } = await bench('verdict', '--quick')
  const lines = stdout.trim().split('\n')
  expect(lines[0], stderr).toBe('verdict, experiments made: 3 of 150: not met')
  expect(lines.filter((line) => / is in truth × \d/.test(line))).toHaveLength(3)
  const RATE = String.raw`\d+ of \d+ = [\d.]+ % \[[\d.]+ %, [\d.]+ %\]`
  // What is only resampled at a tolerance has no lines of live experiments.
  const settings = { 'A/A at t = 5 %, quiet': 6, 'A/A at t = 1 %, busy': 4, '+3 % at t = 1 %, quiet': 6 }
  for (const [setting, count] of Object.entries(settings)) {
    const of = lines.filter((line) => line.startsWith(`verdict, ${setting}`))
    expect(of, setting).toHaveLength(count)
    for (const line of of) expect(line).toMatch(new RegExp(RATE))
  }
}, 900_000)

test('the bench verdict with --report prints what is kept without measuring', async () => {
  const { stdout } = await bench('verdict', '--report')
  expect(stdout).toMatch(/^verdict, experiments made: \d+ of 150: (met|not met)\n/)
})

test('an unknown bench is answered with the list of them', async () => {
  const { code, stderr } = await bench('speed')
  expect(code).toBe(2)
  expect(stderr).toContain('overhead | optimize-time | package-io | simulated-verdicts | start-up | verdict')
})
