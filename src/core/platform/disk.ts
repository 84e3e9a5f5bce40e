import { mkdir, open, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'

import { NavigatorError, writeError } from '../errors.js'
import { temporaryName } from './temporary.js'

/** What will be written to a folder, about; the folder may still have to be made. */
export interface DiskNeed {
  readonly folder: string
  readonly bytes: number
}

/** Throws `disk-full` unless every file system has room for all that is to be written to its folders. */
export async function checkFreeDisk(needs: readonly DiskNeed[]): Promise<void> {
  const byDevice = new Map<number, DiskNeed[]>()
  for (const need of needs) {
    const { dev } = await stat(await nearestExisting(need.folder))
    byDevice.set(dev, [...(byDevice.get(dev) ?? []), need])
  }
  for (const group of byDevice.values()) await checkOne(group)
}

async function checkOne(group: readonly DiskNeed[]): Promise<void> {
  const folders = [...new Set(group.map(({ folder }) => folder))].join(' and ')
  const needed = group.reduce((sum, { bytes }) => sum + bytes, 0)
  const { bavail, blocks, bsize } = await statfs(await nearestExisting(group[0]?.folder ?? ''))
  const free = bavail * bsize
  // Without blocks it is no disk, such as /proc: whether a file can be made there is another question.
  if (blocks === 0 || free >= needed) return
  const [need, have] = [needed, free].map(readable)
  throw new NavigatorError(
    'disk-full',
    `The disk of ${folders} has ${have} free; this needs about ${need}. Free some room, or name folders on another disk.`,
  )
}

function readable(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 2 ** 10)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`
}

/** The path itself, or the nearest folder above it that is there; one that may not be looked into is there. */
export async function nearestExisting(file: string): Promise<string> {
  const exists = await stat(file).then(
    () => true,
    (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EACCES',
  )
  return exists || path.dirname(file) === file ? file : nearestExisting(path.dirname(file))
}

/** Makes the folder of `file` and proves that a file can be made in it. Throws `output-unwritable` or `disk-full`. */
export async function prepareDestination(file: string): Promise<void> {
  const trial = temporaryName(file)
  try {
    await mkdir(path.dirname(file), { recursive: true })
    await (await open(trial, 'wx')).close()
  } catch (error) {
    throw writeError(error, file)
  }
  await rm(trial, { force: true })
}

/** Whether `file` is there and is one of `others`, also through links. */
export async function isOneOf(file: string, others: readonly string[]): Promise<boolean> {
  const found = await stat(file).catch(() => null)
  if (found === null) return false
  const all = await Promise.all(others.map((other) => stat(other).catch(() => null)))
  return all.some((other) => other?.dev === found.dev && other.ino === found.ino)
}
