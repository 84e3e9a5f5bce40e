#!/usr/bin/env node
import os from 'node:os'

import { Command, Option as Flag } from 'commander'
import pc from 'picocolors'

import { diagnose } from '../core/doctor.js'
import { EXIT_CODES, NavigatorError } from '../core/errors.js'
import { OPTIMIZE_OPTIONS } from '../core/options.js'
import type { Log } from '../core/platform/log.js'
import { plainText } from '../core/report/escape.js'
import { TOOL } from '../core/version.js'
import { terminalEnvironment } from './environment.js'
import { inspectCommand } from './inspect-command.js'
import { createProgressDisplay } from './progress.js'
import { runCommand } from './run-command.js'

const ISSUES = 'https://github.com/navigator-package-action/navigator-package-action/issues'
const LOG_LEVELS = ['debug', 'info', 'warn'] as const

const progress = createProgressDisplay(process.stderr)
const interrupt = new AbortController()
let logLevel: string = 'info'

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(EXIT_CODES.interrupted)
    process.stderr.write('\nStopping; what was measured is kept. Once more to stop at once.\n')
    interrupt.abort()
  })
}

const log: Log = {
  debug: (message) => {
    if (logLevel === 'debug') process.stderr.write(`${pc.dim(message)}\n`)
  },
  info: (message) => {
    if (logLevel !== 'warn') process.stderr.write(`${message}\n`)
  },
  warn: (message) => {
    process.stderr.write(`${pc.yellow(message)}\n`)
  },
}

main().catch((error: unknown) => {
  progress.stop()
  process.exitCode = explain(error)
})

async function main(): Promise<void> {
  const program = new Command('navpkg')
    .description('Optimize, measure and inspect Triton Model Navigator packages (.nav).')
    .version(TOOL.version)
    .addHelpText('after', '\nExample:\n  navpkg optimize model.onnx --input-shape x=1x3x224x224 --output model.nav')
  addEngineCommand(program, 'optimize', 'Find the fastest correct way to serve a model and save it as a package.')
  addEngineCommand(program, 'build', 'Make a package of a model without measuring it.')
  program
    .command('inspect')
    .description('Say what is in a package. Runs nothing of it.')
    .argument('<package>', 'a .nav file')
    .option('--json', 'as JSON')
    .action((file: string, flags: { json?: boolean }) => inspectCommand(file, flags.json === true))
  program
    .command('doctor')
    .description('Check that this machine has what a run needs.')
    .option('--runtime-dir <dir>')
    .action(doctor)
  await program.parseAsync()
}

function addEngineCommand(program: Command, name: 'optimize' | 'build', description: string): void {
  const command = program
    .command(name)
    .description(description)
    .argument('<model>', 'an ONNX file, or a package (.nav)')
    .option('--summary <file>', 'write the summary as markdown')
    .option('--json <file>', 'write the record as JSON; - for standard output')
    .option('--runtime-dir <dir>', 'folder where onnxruntime-node was installed, instead of the embedded runtime')
    .addOption(new Flag('--log-level <level>').choices(LOG_LEVELS).default('info'))
  for (const option of OPTIMIZE_OPTIONS.filter((one) => one.name !== 'model' && one.name !== 'package')) {
    const fallback = option.default === null ? '' : ` (default: ${option.default})`
    const optional = option.value === 'true|false' ? '[value]' : '<value>'
    const flag = new Flag(`--${option.name} ${optional}`, `${option.description}${fallback} ${pc.dim(option.value)}`)
    if (option.repeatable) flag.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
    command.addOption(flag)
  }
  command.action(async (model: string, flags: Record<string, unknown>) => {
    logLevel = String(flags['logLevel'])
    const { values, ...destinations } = readFlags(model, flags)
    process.exitCode = await runCommand(name, values, destinations, { log, signal: interrupt.signal, progress })
  })
}

function readFlags(model: string, flags: Record<string, unknown>) {
  const values = new Map<string, string[]>([[model.endsWith('.nav') ? 'package' : 'model', [model]]])
  for (const { name } of OPTIMIZE_OPTIONS) {
    const given = flags[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())]
    if (Array.isArray(given))
      values.set(
        name,
        given.filter((one) => typeof one === 'string'),
      )
    else if (typeof given === 'string' || typeof given === 'boolean') values.set(name, [`${given}`])
  }
  const file = (name: string): string | null => (typeof flags[name] === 'string' ? flags[name] : null)
  return { values, summary: file('summary'), json: file('json'), runtimeDir: file('runtimeDir') }
}

async function doctor(flags: { runtimeDir?: string }): Promise<void> {
  const environment = terminalEnvironment({
    log,
    signal: interrupt.signal,
    onProgress: () => undefined,
    runtimeDir: flags.runtimeDir ?? null,
    recordPath: null,
  })
  for (const { subject, status, detail, fix } of await diagnose(environment)) {
    const mark = status === 'ok' ? pc.green('✓') : pc.red('✗')
    process.stdout.write(`${mark} ${pc.bold(subject)}: ${detail}${os.EOL}`)
    if (fix !== null) process.stdout.write(`  fix: ${fix}${os.EOL}`)
    if (status === 'fail') process.exitCode = EXIT_CODES['machine-failed']
  }
}

/** Says what went wrong on stderr, and gives the exit code. */
function explain(error: unknown): number {
  if (error instanceof NavigatorError) {
    process.stderr.write(`${pc.red('Error')}: ${plainText(error.message, 2000)}\n`)
    for (const problem of error.problems) process.stderr.write(`  ${plainText(problem, 2000)}\n`)
    if (logLevel === 'debug' && error.stack !== undefined) process.stderr.write(`${error.stack}\n`)
    return EXIT_CODES[error.outcome]
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`This is a bug of navpkg, not of your model. Please report it at ${ISSUES}\n${stack}\n`)
  return EXIT_CODES['machine-failed']
}
