import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import path from 'node:path'

/**
 * Another process that has something under a temporary name of `file` and never ends: a folder, or a file it is about to
 * put in the place of `file`. `kill` ends it as a full machine would.
 */
export async function runThatMade(
  file: string,
  what: 'folder' | 'file',
): Promise<{ pid: number; kill: () => Promise<void> }> {
  const code = `
    import { mkdirSync, writeFileSync } from 'node:fs'
    import { replaceFile } from './src/core/platform/journal.js'
    import { temporaryName } from './src/core/platform/temporary.js'
    const file = ${JSON.stringify(file)}
    setInterval(() => {}, 1000)
    if (${what === 'folder'}) mkdirSync(temporaryName(file))
    else replaceFile(file, (temporary) => {
      writeFileSync(temporary, 'half')
      return new Promise(() => {})
    })
  `
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const made = async (): Promise<boolean> =>
    (await readdir(path.dirname(file))).some((name) => name.includes(`.${child.pid ?? 0}-`))
  while (!(await made())) {
    if (child.exitCode !== null) throw new Error('the process ended before it made anything')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}
