import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { mulberry32 } from '../src/core/plan/random-samples.js'
import { checkFreeDisk } from '../src/core/platform/disk.js'
import { buildPackageProcess, makePackageFiles } from '../test/support/build-package-process.js'
import { temporaryFolder } from '../test/support/run-engine.js'
import { intervalText, medianInterval, verdict } from './median-interval.js'

const RATIO = 1.5
const PEAK_MB = 200
const MB = 1e6
const GB = 1e9

/** A package by the sizes of its entries, and how often it is written and read by each side. */
interface Size {
  readonly title: string
  readonly entries: readonly number[]
  readonly rounds: number
}

const FULL: readonly Size[] = [
  { title: '2 GB', entries: [1.2 * GB, 0.5 * GB, 0.3 * GB], rounds: 6 },
  // One of them is beyond what 32 bits can count.
  { title: '6 GB', entries: [4.5 * GB, 1 * GB, 0.5 * GB], rounds: 1 },
]
const QUICK: readonly Size[] = [{ title: '40 MB', entries: [30 * MB, 10 * MB], rounds: 1 }]

/** Write and read of a package ÷ `zip -0` and `unzip`, our peak memory, and whether Python's zipfile and we read each other. */
export async function packageIo({ quick }: { readonly quick: boolean }): Promise<boolean> {
  for (const tool of ['zip', 'unzip', 'python3']) await requireTool(tool)
  let allMet = true
  for (const size of quick ? QUICK : FULL) {
    await using folder = await temporaryFolder()
    if (!(await measureSize(size, folder.path))) allMet = false
  }
  return allMet
}

async function requireTool(tool: string): Promise<void> {
  await promisify(execFile)(tool, [tool === 'python3' ? '--version' : '-v']).catch((cause: unknown) => {
    throw new Error(`package-io compares with ${tool}, which is not installed.`, { cause })
  })
}

interface Places {
  /** The files to pack, and the process that packs them our way. */
  readonly files: string
  readonly program: string
  readonly ours: string
  readonly other: string
  readonly unpacked: string
}

async function measureSize(size: Size, folder: string): Promise<boolean> {
  const total = size.entries.reduce((sum, bytes) => sum + bytes, 0)
  // The files, both archives, and one of them unpacked.
  await checkFreeDisk([{ folder, bytes: 4 * total }])
  const places = {
    files: path.join(folder, 'files'),
    program: path.join(folder, 'process.mjs'),
    ours: path.join(folder, 'ours.nav'),
    other: path.join(folder, 'other.zip'),
    unpacked: path.join(folder, 'unpacked'),
  }
  await buildPackageProcess(places.program)
  await makePackageFiles(places.files, size.entries)
  const all: Round[] = []
  const random = mulberry32(Date.now())
  for (let count = 1; count <= size.rounds; count++) {
    const round = await measureRound(places, random)
    all.push(round)
    const texts = SIDES.map((side) => `${side} ${(round[side].ms / 1000).toFixed(1)} s`)
    process.stderr.write(`package-io, ${size.title}: round ${count} of ${size.rounds}: ${texts.join(', ')}\n`)
  }
  const written = medianInterval(all.map((round) => round.write.ms / round.zip.ms))
  const read = medianInterval(all.map((round) => round.read.ms / round.unzip.ms))
  const peakMb = Math.max(...all.flatMap((round) => [round.write.peakMb, round.read.peakMb]))
  const mets = [
    verdict(`package-io, ${size.title}, write ÷ zip -0 and sync: ${intervalText(written)}`, written.median, RATIO),
    verdict(`package-io, ${size.title}, read ÷ unzip: ${intervalText(read)}`, read.median, RATIO),
    verdict(`package-io, ${size.title}, megabytes of memory at most: ${peakMb.toFixed(0)}`, peakMb, PEAK_MB),
    await agreesWithPython(size, places),
  ]
  return mets.every((met) => met)
}

interface Taken {
  readonly ms: number
  readonly peakMb: number
}

const SIDES = ['write', 'zip', 'read', 'unzip'] as const
type Round = Readonly<Record<(typeof SIDES)[number], Taken>>

/** Both sides write, then both sides read what they wrote, in random order; nothing is left to write from before. */
async function measureRound(places: Places, random: () => number): Promise<Round> {
  const { files, program, ours, other, unpacked } = places
  const write = async (): Promise<Taken> => timed(ours, process.execPath, [program, 'write', files, ours])
  // Ours is on the disk when it is done, so the other side has to be as well.
  const zip = async (): Promise<Taken> =>
    timed(other, 'sh', ['-c', 'cd "$1" && zip -q -0 -r "$2" . && sync "$2"', 'sh', files, other])
  const read = async (): Promise<Taken> => timed(unpacked, process.execPath, [program, 'read', ours, unpacked])
  const unzip = async (): Promise<Taken> => timed(unpacked, 'unzip', ['-q', other, '-d', unpacked])
  const [written, zipped] = await inRandomOrder(random, write, zip)
  const [wasRead, unzipped] = await inRandomOrder(random, read, unzip)
  await rm(unpacked, { recursive: true, force: true })
  return { write: written, zip: zipped, read: wasRead, unzip: unzipped }
}

async function inRandomOrder<T>(random: () => number, one: () => Promise<T>, other: () => Promise<T>): Promise<[T, T]> {
  if (random() < 0.5) return [await one(), await other()]
  const second = await other()
  return [await one(), second]
}

/** Runs a command that makes `target` anew, from its start to its exit. */
async function timed(target: string, command: string, given: readonly string[]): Promise<Taken> {
  await rm(target, { recursive: true, force: true })
  await promisify(execFile)('sync')
  const start = performance.now()
  const { stdout } = await promisify(execFile)(command, given)
  const ms = performance.now() - start
  const { peakKiB = 0 } = stdout === '' ? {} : (JSON.parse(stdout) as { peakKiB?: number })
  return { ms, peakMb: (peakKiB * 1024) / MB }
}

interface Seen {
  readonly damaged?: string | null
  readonly files: Readonly<Record<string, number>>
}

async function agreesWithPython(size: Size, { files, program, ours, other, unpacked }: Places): Promise<boolean> {
  const run = async (command: string, ...given: string[]): Promise<string> =>
    (await promisify(execFile)(command, given)).stdout
  const python = path.resolve('bench/package_zipfile.py')
  const checked = JSON.parse(await run('python3', python, 'check', ours)) as Seen
  await rm(ours)
  await rm(other, { force: true })
  await run('python3', python, 'make', files, other)
  const opened = JSON.parse(await run(process.execPath, program, 'read', other, unpacked)) as Seen
  const isSame = ({ files: seen }: Seen): boolean =>
    size.entries.every((bytes, index) => seen[`model-${index}.bin`] === bytes)
  const agrees = checked.damaged === null && isSame(checked) && isSame(opened)
  const text = agrees ? 'yes: met' : 'no: not met'
  process.stdout.write(`package-io, ${size.title}, Python's zipfile reads ours and ours reads Python's: ${text}\n`)
  return agrees
}
