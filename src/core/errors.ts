/** How a run ended: the action's output `outcome`. The command line exits with the number of the same name in {@link EXIT_CODES}. */
export type RunOutcome = 'done' | 'gate-failed' | 'bad-input' | 'no-candidate' | 'machine-failed' | 'interrupted'

export const EXIT_CODES: Readonly<Record<RunOutcome, number>> = {
  done: 0,
  'gate-failed': 1,
  'bad-input': 2,
  'no-candidate': 3,
  'machine-failed': 4,
  interrupted: 130,
}

/** Every code an error of ours can carry, with the outcome it leads to. */
const OUTCOME_OF_CODE = {
  /** Flags, action inputs or library options that cannot be used; `problems` has one line each. */
  'invalid-options': 'bad-input',
  'file-unreadable': 'bad-input',
  'not-onnx': 'bad-input',
  'git-lfs-pointer': 'bad-input',
  'model-unsupported': 'bad-input',
  'external-data': 'bad-input',
  'samples-invalid': 'bad-input',
  'npy-invalid': 'bad-input',
  'npz-invalid': 'bad-input',
  'package-not-zip': 'bad-input',
  'package-unsafe': 'bad-input',
  'package-too-large': 'bad-input',
  'package-invalid': 'bad-input',
  'workspace-foreign': 'bad-input',
  'output-unwritable': 'bad-input',
  'no-candidate': 'no-candidate',
  'disk-full': 'machine-failed',
  'runtime-unavailable': 'machine-failed',
  'worker-failed': 'machine-failed',
  'machine-busy': 'machine-failed',
  interrupted: 'interrupted',
} as const satisfies Record<string, RunOutcome>

export type ErrorCode = keyof typeof OUTCOME_OF_CODE

/**
 * An error whose message is written for the user: what was wrong, what was expected, how to fix it.
 * Anything else that reaches the top of a shell is a bug of ours and is shown with its stack.
 */
export class NavigatorError extends Error {
  readonly code: ErrorCode
  /** All problems found in one input, one sentence each; empty when the message says everything. */
  readonly problems: readonly string[]

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; problems?: readonly string[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'NavigatorError'
    this.code = code
    this.problems = options.problems ?? []
  }

  get outcome(): RunOutcome {
    return OUTCOME_OF_CODE[this.code]
  }
}

/** The message with its problems after it, for where one line must do. */
export function sentencesOf({ message, problems }: NavigatorError): string {
  return [message, problems.join('; ')].filter((part) => part !== '').join(' ')
}

/** Throws `interrupted` once the user asked to stop. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new NavigatorError('interrupted', 'The run was interrupted.')
}

const GIT_LFS = Buffer.from('version https://git-lfs.github.com/spec/')

/**
 * Throws `git-lfs-pointer` when `head`, the beginning of a file, is that of the text which git leaves where a large file
 * was not fetched. `subject` is the file and `what` the kind of thing that it should be, in words for people.
 */
export function refuseGitLfsPointer(head: Uint8Array, subject: string, what: string): void {
  if (!GIT_LFS.equals(head.subarray(0, GIT_LFS.length))) return
  throw new NavigatorError(
    'git-lfs-pointer',
    `${subject} is a git LFS pointer, not the ${what} itself. Fetch it with \`git lfs pull\`, or in a workflow with ` +
      '`lfs: true` on actions/checkout.',
  )
}

const DISK_IS_FULL = new Set(['ENOSPC', 'EDQUOT'])
const CANNOT_BE_WRITTEN = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
  'ENAMETOOLONG',
  'ELOOP',
  'EBUSY',
])

/** Turns a failed write to `file`, or to a folder, into an error that says what to do; any other error is given back as it is. */
export function writeError(error: unknown, file: string, what: 'file' | 'folder' = 'file'): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (DISK_IS_FULL.has(code)) {
    const message = `No room left on the disk to write ${file}. Free some, or write elsewhere.`
    return new NavigatorError('disk-full', message, { cause: error })
  }
  if (!CANNOT_BE_WRITTEN.has(code)) return error
  const message = `${file} cannot be written (${code}). Name a ${what} in a folder you may write to.`
  return new NavigatorError('output-unwritable', message, { cause: error })
}
