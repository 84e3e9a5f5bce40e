#!/usr/bin/env node
import { open, stat } from 'node:fs/promises'
import os from 'node:os'

import { Command } from 'commander'
import pc from 'picocolors'

import { fileBaseline, judgeRun } from '../core/against-baseline.js'
import { diagnose } from '../core/doctor.js'
import type { Environment } from '../core/environment.js'
import { EXIT_CODES, NavigatorError } from '../core/errors.js'
import { buildPackage } from '../core/build.js'
import { BUILD_OPTIONS, parseBuildOptions } from '../core/build-options.js'
import { otherFormat } from '../core/model-format.js'
import type { Option as EngineOption } from '../core/option-reader.js'
import { optimize } from '../core/optimize.js'
import { OPTIMIZE_OPTIONS, parseOptimizeOptions } from '../core/options.js'
import type { Log } from '../core/platform/log.js'
import { neutralise } from '../core/platform/neutralise.js'
import { plainText } from '../core/report/escape.js'
import { renderReport } from '../core/report/report-markdown.js'
import type { RunRecord } from '../core/report/run-record.js'
import type { JudgedRequest } from '../core/request.js'
import { TOOL } from '../core/version.js'
import { addCompareCommand } from './compare-command.js'
import { addEngineFlags, readFlags } from './engine-flags.js'
import { terminalEnvironment } from './environment.js'
import { gateText } from './gate-text.js'
import { BUILD_HELP, OPTIMIZE_HELP } from './help-groups.js'
import { logLevelFlag } from './log-level.js'
import { addPackageCommands } from './package-commands.js'
import { prepareJson, printResult } from './print-result.js'
import { addProfileCommand } from './profile-command.js'
import { createProgressDisplay } from './progress.js'
import { resultText } from './result-text.js'
import { runCommand } from './run-command.js'

const ISSUES = 'https://github.com/navigator-package-action/navigator-package-action/issues'

const progress = createProgressDisplay(process.stderr)
const interrupt = new AbortController()
let logLevel: string = 'info'

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(EXIT_CODES.interrupted)
    progress.print('Stopping. Once more to stop at once.')
    interrupt.abort()
  })
}

// `navpkg … | head` closes the pipe early, which is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(interrupt.signal.aborted ? EXIT_CODES.interrupted : EXIT_CODES.done)
})

// Ctrl-C ends `tee` and other readers too; what was measured must be kept all the same.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const log: Log = {
  debug: (message) => {
    if (logLevel === 'debug') progress.print(pc.dim(message))
  },
  info: (message) => {
    if (logLevel !== 'warn') progress.print(message)
  },
  warn: (message) => {
    progress.print(pc.yellow(message))
  },
}

const OPTIMIZE = {
  parse: parseOptimizeOptions,
  run: optimizeAndJudge,
  text: (record: RunRecord, width: number) => resultText(record, width) + gateText(record, width),
  summary: renderReport,
}
const BUILD = {
  ...OPTIMIZE,
  parse: parseBuildOptions,
  run: async (...given: Parameters<typeof buildPackage>) => (await buildPackage(...given)).record,
}

async function optimizeAndJudge(request: JudgedRequest, environment: Environment): Promise<RunRecord> {
  const { record } = await optimize(request, environment)
  const { baseline } = request.gate
  const found = baseline.kind === 'file' ? fileBaseline(baseline.path) : null
  return judgeRun(record, found, null, request.gate, environment)
}

main().catch((error: unknown) => {
  progress.stop()
  process.exitCode = explain(error)
})

async function main(): Promise<void> {
  const program = new Command('navpkg')
    .description('Optimize, measure and inspect Triton Model Navigator packages (.nav).')
    .version(TOOL.version, '-V, --version', 'Show the version.')
    .helpOption('-h, --help', 'Show this help.')
    .helpCommand('help [command]', 'Show the help of a command.')
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error:/, `${pc.red('Error')}:`))
      },
    })
    .showHelpAfterError('Add --help for what there is.')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_CODES['bad-input']))
    .addHelpText('after', '\nExample:\n  navpkg optimize model.onnx --input-shape x=1x3x224x224 --output model.nav')
  addEngineCommand(program, {
    name: 'optimize',
    description: 'Find the fastest correct way to serve a model and save it as a package.',
    model: 'an ONNX file, or a package (.nav)',
    options: OPTIMIZE_OPTIONS,
    help: OPTIMIZE_HELP,
  })
  addEngineCommand(program, {
    name: 'build',
    description: 'Make a package of a model without measuring it.',
    model: 'an ONNX file, or a model of PyTorch, TensorFlow or TensorRT, which is packed without being run',
    options: BUILD_OPTIONS,
    help: BUILD_HELP,
  })
  const shell = {
    log,
    signal: interrupt.signal,
    progress,
    setLogLevel: (level: string) => {
      logLevel = level
    },
  }
  addProfileCommand(program, shell)
  addCompareCommand(program, shell)
  addPackageCommands(program, shell)
  program
    .command('doctor')
    .description('Check that this machine has what a run needs.')
    .option('--runtime-dir <DIR>', 'Folder where onnxruntime-node was installed.')
    .option('--json <FILE>', 'Write it as JSON; - for standard output.')
    .addOption(logLevelFlag())
    .action(doctor)
  await program.parseAsync()
}

interface EngineCommand {
  readonly name: 'optimize' | 'build'
  readonly description: string
  /** What its argument may be. */
  readonly model: string
  readonly options: readonly EngineOption[]
  readonly help: ReadonlyMap<string, readonly string[]>
}

function addEngineCommand(program: Command, { name, description, model, options, help }: EngineCommand): void {
  const command = program.command(name).description(description).argument('<model>', model)
  addEngineFlags(command, options, help)
  command.action(async (file: string, flags: Record<string, unknown>) => {
    logLevel = String(flags['logLevel'])
    // What build is given is a model whatever it looks like: some of them are zip archives.
    const kind = name === 'optimize' && (await isPackage(file)) ? 'package' : 'model'
    const input = readFlags(new Map([[kind, file]]), flags, options)
    const shell = { log, signal: interrupt.signal, progress }
    process.exitCode = await (name === 'optimize'
      ? runCommand(OPTIMIZE, input, shell)
      : runCommand(BUILD, input, shell))
  })
}

/**
 * A Navigator Package is a zip archive, as some models are that only `build` takes; its name may be anything, and one
 * that is missing goes by its name.
 */
async function isPackage(file: string): Promise<boolean> {
  try {
    if (!(await stat(file)).isFile() || (await otherFormat(file)) !== null) return false
    await using handle = await open(file)
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.equals(Buffer.from('PK\u0003\u0004', 'latin1')) || file.endsWith('.nav')
  } catch {
    return file.endsWith('.nav')
  }
}

async function doctor(flags: { runtimeDir?: string; json?: string; logLevel: string }): Promise<void> {
  logLevel = flags.logLevel
  const environment = terminalEnvironment({
    log,
    signal: interrupt.signal,
    onProgress: () => undefined,
    runtimeDir: flags.runtimeDir ?? null,
    recordPath: null,
  })
  await prepareJson(flags.json ?? null, [])
  const findings = await diagnose(environment)
  const lines = findings.map(({ subject, status, detail, fix }) => {
    const mark = status === 'ok' ? pc.green('✓') : pc.red('✗')
    return `${mark} ${pc.bold(subject)}: ${detail}${os.EOL}${fix === null ? '' : `  fix: ${fix}${os.EOL}`}`
  })
  await printResult(findings, lines.join(''), flags.json ?? null)
  if (findings.some(({ status }) => status === 'fail')) process.exitCode = EXIT_CODES['machine-failed']
}

/** Says what went wrong on stderr, and gives the exit code. */
function explain(error: unknown): number {
  if (error instanceof NavigatorError) {
    process.stderr.write(`${pc.red('Error')}: ${plainText(error.message, 2000)}\n`)
    for (const problem of error.problems) process.stderr.write(`  ${plainText(problem, 2000)}\n`)
    if (logLevel === 'debug' && error.stack !== undefined) process.stderr.write(`${neutralise(error.stack)}\n`)
    return EXIT_CODES[error.outcome]
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(
    `This is a bug of navpkg, not of your model. Please report it at ${ISSUES}\n${neutralise(stack)}\n`,
  )
  return EXIT_CODES['machine-failed']
}
