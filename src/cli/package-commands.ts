import { type Command, Option as Flag } from 'commander'

import type { Environment } from '../core/environment.js'
import { EXIT_CODES } from '../core/errors.js'
import { diffCommand } from './diff-command.js'
import { terminalEnvironment } from './environment.js'
import { inspectCommand } from './inspect-command.js'
import { logLevelFlag } from './log-level.js'
import { unpackCommand } from './unpack-command.js'
import { verifyCommand } from './verify-command.js'

/** What the commands need of the shell around them. */
export interface PackageShell extends Pick<Environment, 'log' | 'signal'> {
  readonly setLogLevel: (level: string) => void
}

interface CommonFlags {
  readonly json?: string
  readonly logLevel: string
}

/** Adds the commands that look at packages and measure nothing. */
export function addPackageCommands(program: Command, shell: PackageShell): void {
  addCommand(program, 'inspect', 'Say what is in a package. Runs nothing of it.')
    .argument('<package>', 'a .nav file')
    .option('--latency-budget-ms <N>', 'Also say what serves most within this p50 latency.')
    .action(async (file: string, flags: CommonFlags & { latencyBudgetMs?: string }) => {
      shell.setLogLevel(flags.logLevel)
      await inspectCommand(file, shell.signal, flags.json ?? null, flags.latencyBudgetMs ?? null)
    })
  addCommand(program, 'verify', 'Check that a package is whole and that its ONNX models load. Runs no script of it.')
    .argument('<package>', 'a .nav file')
    .option('--no-load', 'Read the models without loading them in ONNX Runtime.')
    .option('--runtime-dir <DIR>', 'Folder where onnxruntime-node was installed, instead of the embedded runtime.')
    .action(async (file: string, flags: CommonFlags & { load: boolean; runtimeDir?: string }) => {
      shell.setLogLevel(flags.logLevel)
      const environment = quietEnvironment(shell, flags.runtimeDir ?? null)
      const isWhole = await verifyCommand(file, environment, flags.load, flags.json ?? null)
      if (!isWhole) process.exitCode = EXIT_CODES['gate-failed']
    })
  addCommand(program, 'unpack', 'Unpack a package into a new folder. Runs nothing of it.')
    .argument('<package>', 'a .nav file')
    .addOption(new Flag('--output <DIR>', 'The folder to make; it must not exist.').makeOptionMandatory())
    .action(async (file: string, flags: CommonFlags & { output: string }) => {
      shell.setLogLevel(flags.logLevel)
      await unpackCommand(file, flags.output, shell.signal, flags.json ?? null)
    })
  addCommand(program, 'diff', 'Say how two packages differ. Runs nothing of them.')
    .argument('<a>', 'a .nav file')
    .argument('<b>', 'another .nav file')
    .option('--exit-code', 'Exit with 1 when they differ, as git diff does.')
    .action(async (a: string, b: string, flags: CommonFlags & { exitCode?: boolean }) => {
      shell.setLogLevel(flags.logLevel)
      const isSame = await diffCommand(a, b, quietEnvironment(shell, null), flags.json ?? null)
      if (!isSame && flags.exitCode === true) process.exitCode = EXIT_CODES['gate-failed']
    })
}

function addCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--json <FILE>', 'Write it as JSON; - for standard output.')
    .addOption(logLevelFlag())
}

function quietEnvironment({ log, signal }: PackageShell, runtimeDir: string | null): Environment {
  return terminalEnvironment({ log, signal, onProgress: () => undefined, runtimeDir, recordPath: null })
}
