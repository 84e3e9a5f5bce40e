import { statfs } from 'node:fs/promises'

import { NavigatorError } from '../errors.js'

/** Throws `disk-full` unless `folder`'s file system has `needBytes` free. */
export async function checkFreeDisk(folder: string, needBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= needBytes) return
  const [need, have] = [needBytes, free].map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`)
  throw new NavigatorError('disk-full', `${folder} has ${have} free; this needs about ${need}. Free some room first.`)
}
