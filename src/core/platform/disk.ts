import { statfs } from 'node:fs/promises'

import { NavigatorError } from '../errors.js'

/** Turns a failed write into an error that says what to do: room on the disk, or another place. */
export function diskError(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new NavigatorError(
      'disk-full',
      `No room left on the disk to write ${file}. Free some, or write elsewhere.`,
      {
        cause: error,
      },
    )
  }
  if (
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS' ||
    code === 'ENOENT' ||
    code === 'ENOTDIR' ||
    code === 'EISDIR'
  ) {
    return new NavigatorError(
      'output-unwritable',
      `${file} cannot be written (${code}). Name a file in a folder you may write to.`,
      {
        cause: error,
      },
    )
  }
  return error
}

/** Throws `disk-full` unless `folder`'s file system has `needBytes` free. */
export async function checkFreeDisk(folder: string, needBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= needBytes) return
  const [need, have] = [needBytes, free].map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`)
  throw new NavigatorError('disk-full', `${folder} has ${have} free; this needs about ${need}. Free some room first.`)
}
