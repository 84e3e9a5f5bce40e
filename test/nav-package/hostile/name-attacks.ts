import { type Attack, MODEL, packageWith, STATUS } from './attack.js'
import { extraField, makeZip, type RawEntry } from '../make-zip.js'

const climbing = '../'.repeat(20)

/** Names of entries that are no names of files, or of files elsewhere. */
const UNSAFE_NAMES: readonly (readonly [what: string, name: string | Uint8Array])[] = [
  ['climbs out', '../escaped'],
  ['climbs to the root', `${climbing}tmp/navpkg-escaped`],
  ['climbs out from within a folder', 'onnx/../../escaped'],
  ['climbs and comes back', '../workspace/escaped'],
  ['is the folder above', '..'],
  ['is the folder above, as a folder', '../'],
  ['is the folder itself', './'],
  ['goes through the folder itself', 'onnx/./escaped'],
  ['is absolute', '/tmp/navpkg-escaped'],
  ['is absolute with two slashes', '//tmp/navpkg-escaped'],
  ['has an empty part', 'onnx//escaped'],
  ['is empty', ''],
  ['is a slash', '/'],
  ['begins with a drive', 'C:/escaped'],
  ['begins with a drive and no slash', 'C:escaped'],
  ['names a stream of another file', 'status.yaml:hidden'],
  ['climbs with backslashes', '..\\..\\escaped'],
  ['is a share of Windows', '\\\\server\\share\\escaped'],
  ['has a NUL before a harmless ending', 'escaped\0.txt'],
  ['breaks the line', 'a\n::error::escaped'],
  ['moves the cursor of a terminal', '\u001b[2J\u001b[1;1Hescaped'],
  ['has the eight-bit escape of terminals', '\u009b2Jescaped'],
  ['is a device of Windows', 'onnx/aux.txt'],
  ['is the console of Windows', 'CON'],
  ['ends in a dot', 'onnx/escaped.'],
  ['ends in a space', 'escaped '],
  ['is longer than a file system takes', 'x'.repeat(300)],
  ['is as long as a header allows', 'x/'.repeat(32_767)],
  ['lies a thousand folders deep', `${'a/'.repeat(500)}x`],
  ['is no UTF-8 although it says so', Buffer.from('ü', 'latin1')],
  ['climbs in overlong UTF-8', Buffer.from([0xc0, 0xae, 0xc0, 0xae, 0x2f, 0x78])],
]

/** Two entries that are one file, here or elsewhere. */
const CLASHES: readonly (readonly [what: string, RawEntry, RawEntry])[] = [
  ['are one', { name: 'a', content: '1' }, { name: 'a', content: '2' }],
  ['differ by case', { name: 'a' }, { name: 'A' }],
  ['differ by case in a folder', { name: 'onnx/a' }, { name: 'ONNX/b' }],
  ['differ by Unicode form', { name: '\u00fc' }, { name: 'u\u0308' }],
  ['are a file and a folder', { name: 'a' }, { name: 'a/' }],
  ['are a file and a file in it', { name: 'a' }, { name: 'a/b' }],
  ['are a file in a file that comes later', { name: 'a/b' }, { name: 'a' }],
  ['are two models', MODEL, MODEL],
]

/** What is in the way of the manifest, or of the folder that it lies in. */
const UNSAVABLE_NAMES = [
  'navpkg',
  'NAVPKG',
  'NAVPKG/',
  'NAVPKG/x',
  'navp\u212ag/x',
  'navpkg/Manifest.json',
  'navpkg/manifest.json/',
  'navpkg/manifest.json/x',
]

const LINK = 0o120777

/** Entries that are no plain files. */
const UNSAFE_KINDS: readonly (readonly [what: string, readonly RawEntry[]])[] = [
  ['a link to the root', [{ name: 'link', content: '/', mode: LINK }]],
  [
    'a link and a file through it',
    [
      { name: 'link', content: '..', mode: LINK },
      { name: 'link/escaped', content: 'x' },
    ],
  ],
  ['a link that is called a folder', [{ name: 'link/', content: '/tmp', mode: LINK }]],
  ['a link in place of the weights', [{ name: 'onnx/weights.bin', content: '/etc/passwd', mode: LINK }]],
  ['a pipe', [{ name: 'pipe', mode: 0o010644 }]],
  ['a socket', [{ name: 'socket', mode: 0o140644 }]],
  ['a block device', [{ name: 'device', mode: 0o060644 }]],
  ['a character device', [{ name: 'device', mode: 0o020644 }]],
  ['a folder named as a file', [{ name: 'folder', mode: 0o040755 }]],
  ['a folder with content', [{ name: 'folder/', content: 'hidden', mode: 0o040755 }]],
]

const unicodePath = (name: string): Uint8Array =>
  extraField(0x7075, Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), Buffer.from(name)]))

export const nameAttacks: readonly Attack[] = [
  ...UNSAFE_NAMES.map(([what, name]): Attack => ({
    name: `an entry whose name ${what}`,
    bytes: packageWith([{ name, content: 'x' }]),
    expected: 'package-unsafe',
  })),
  ...CLASHES.map(([what, first, second]): Attack => ({
    name: `two entries that ${what}`,
    bytes: packageWith([first, second]),
    expected: 'package-unsafe',
  })),
  ...UNSAFE_KINDS.map(([what, entries]): Attack => ({
    name: `an entry that is ${what}`,
    bytes: packageWith(entries),
    expected: 'package-unsafe',
  })),
  {
    name: 'a second status.yaml',
    bytes: packageWith([{ name: 'status.yaml', content: 'other: status' }]),
    expected: 'package-unsafe',
    says: /status\.yaml.*twice/,
  },
  {
    name: 'a link in place of status.yaml',
    bytes: () => makeZip([{ name: 'status.yaml', content: '/etc/passwd', mode: LINK }, MODEL]),
    expected: 'package-unsafe',
    says: /link/,
  },
  {
    name: 'a folder in place of status.yaml beside it',
    bytes: packageWith([{ name: 'status.yaml/', mode: 0o040755 }]),
    expected: 'package-unsafe',
    says: /a folder/,
  },
  {
    name: 'a file in status.yaml',
    bytes: packageWith([{ name: 'status.yaml/x' }]),
    expected: 'package-unsafe',
    says: /lies in "status\.yaml"/,
  },
  {
    name: 'a second status.yaml in another case',
    bytes: packageWith([{ name: 'Status.yaml' }]),
    expected: 'package-unsafe',
    says: /the same file as/,
  },
  {
    name: 'a status.yaml in another case alone',
    bytes: () => makeZip([{ ...STATUS, name: 'Status.yaml' }, MODEL]),
    expected: 'package-invalid',
    says: /no status\.yaml/,
  },
  ...UNSAVABLE_NAMES.map((name): Attack => ({
    name: `an entry ${name}, beside which no manifest could be saved`,
    bytes: packageWith([{ name, mode: name.endsWith('/') ? 0o040755 : 0o100644 }]),
    expected: 'package-unsafe',
    says: /cannot lie beside navpkg\/manifest\.json, which every saved package gets\. Rename them/,
  })),
  {
    name: 'a folder navpkg of other entries, and a manifest',
    bytes: packageWith([
      { name: 'navpkg/', mode: 0o040755 },
      { name: 'navpkg/x/manifest.json' },
      { name: 'navpkg/manifest.json' },
    ]),
    expected: 'loads',
  },
  {
    name: 'a folder in place of status.yaml',
    bytes: () => makeZip([{ name: 'status.yaml/', mode: 0o040755 }, MODEL]),
    expected: 'package-invalid',
    says: /no status\.yaml/,
  },
  {
    name: 'a name in the list of entries that is not the one before the data',
    bytes: packageWith([{ name: 'harmless', content: 'x', local: { name: 'run-me.py' } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'a second name in the Unicode path field',
    bytes: packageWith([{ name: 'harmless', content: 'x', flags: 0, central: { extra: unicodePath('../escaped') } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'hundreds of bad names, of which the first are told',
    bytes: packageWith(Array.from({ length: 500 }, (_, index) => ({ name: `../${index}` }))),
    expected: 'package-unsafe',
  },
  {
    name: 'names that JavaScript objects have',
    bytes: packageWith(['__proto__', 'constructor', 'prototype/toString'].map((name) => ({ name, content: 'x' }))),
    expected: 'loads',
  },
  {
    name: 'names in other scripts, with spaces, signs and dots',
    bytes: packageWith(
      ['ünïcode €', '模型/权重', '😀', '-rf', '$(id)', '`id`', '...x', '%2e%2e%2fx'].map((name) => ({ name })),
    ),
    expected: 'loads',
  },
  {
    name: 'a log that says workflow commands',
    bytes: packageWith([{ name: 'navigator.log', content: '::set-output name=x::y\n##[error]z\n' }]),
    expected: 'loads',
  },
  { name: 'nothing but status.yaml', bytes: () => makeZip([STATUS]), expected: 'loads', used: 'model-unsupported' },
]
