import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'

/** The Python of a virtual environment in `folder`; made with `pipArguments` installed when it is not there yet. */
export async function pythonWith(folder: string, pipArguments: readonly string[]): Promise<string> {
  const python = path.resolve(folder, 'bin', 'python')
  if (existsSync(python)) return python
  process.stderr.write(`Installing into ${folder}: ${pipArguments.join(' ')}\n`)
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: ['ignore', 2, 2] })
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...pipArguments], { stdio: ['ignore', 2, 2] })
  } catch (error) {
    // Half an environment would be taken for a whole one next time.
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return python
}
