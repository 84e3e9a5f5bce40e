import { mkdir, rm } from 'node:fs/promises'

import { z } from 'zod'

import { checkFreeDisk } from '../../core/platform/disk.js'
import { plainText } from '../../core/report/escape.js'
import { parseAnswer } from '../github/answer.js'
import { baselineFile, MAX_PACKAGE_BYTES, refusalOfDownload, repositoryOf, type Source } from './download.js'
import type { Found } from './search.js'

const releaseSchema = z.object({
  id: z.number().int().positive(),
  tag_name: z.string(),
  /** A branch or a commit. */
  target_commitish: z.string().optional(),
})

const assetSchema = z.object({
  id: z.number().int().positive(),
  name: z.string(),
  size: z.number().int().nonnegative(),
  state: z.string(),
  digest: z.string().nullish(),
})
type Asset = z.infer<typeof assetSchema>

/** A release has at most a thousand assets. */
const MAX_ASSET_PAGES = 10

/** Downloads an asset of a release; a text says why there is none. Throws GithubError and `disk-full`. */
export async function releaseBaseline(source: Source, tag: string, name: string): Promise<Found | string> {
  const repository = repositoryOf(source.context)
  const route =
    tag === 'latest' ? 'GET /repos/{owner}/{repo}/releases/latest' : 'GET /repos/{owner}/{repo}/releases/tags/{tag}'
  const { data } = await source.client.request(route, tag === 'latest' ? repository : { ...repository, tag })
  const release = parseAnswer(releaseSchema, data, 'a release')
  const title = `release ${plainText(release.tag_name, 100)}`
  const asset = await assetNamed(source, release.id, name)
  if (typeof asset === 'string') return `${title} has no asset ${plainText(name, 100)}; it has ${asset}`
  const file = await downloadAsset(source, asset)
  if (typeof file === 'string') return `${plainText(name, 100)} of ${title} is not taken, since ${file}`
  const { serverUrl } = source.context
  return {
    file: file.file,
    baseline: {
      kind: 'release',
      description: `${plainText(name, 100)} of ${title}`,
      commit: /^[0-9a-f]{40,64}$/.exec(release.target_commitish ?? '')?.[0] ?? null,
      url: `${serverUrl}/${repository.owner}/${repository.repo}/releases/tag/${encodeURIComponent(release.tag_name)}`,
    },
  }
}

/** The asset of a name, or what there is instead. */
async function assetNamed({ client, context }: Source, releaseId: number, name: string): Promise<Asset | string> {
  const parameters = { ...repositoryOf(context), release_id: releaseId, per_page: 100 }
  const names: string[] = []
  const route = 'GET /repos/{owner}/{repo}/releases/{release_id}/assets'
  for await (const page of client.pages(route, parameters, MAX_ASSET_PAGES)) {
    for (const asset of parseAnswer(z.array(assetSchema), page, 'the assets of a release')) {
      if (asset.name === name && asset.state === 'uploaded') return asset
      names.push(plainText(asset.name, 100))
    }
  }
  const rest = names.length > 10 ? `, and ${names.length - 10} more` : ''
  return names.length === 0 ? 'none' : `${names.slice(0, 10).join(', ')}${rest}`
}

async function downloadAsset({ client, context, folder }: Source, asset: Asset): Promise<{ file: string } | string> {
  const file = baselineFile(folder)
  await mkdir(folder, { recursive: true })
  await checkFreeDisk([{ folder, bytes: Math.min(asset.size, MAX_PACKAGE_BYTES) }])
  const route = 'GET /repos/{owner}/{repo}/releases/assets/{asset_id}'
  const headers = { accept: 'application/octet-stream' }
  const parameters = { ...repositoryOf(context), asset_id: asset.id, headers }
  const { sha256 } = await client.download(route, parameters, file, { maxBytes: MAX_PACKAGE_BYTES })
  const refusal = refusalOfDownload(asset, sha256, null)
  if (refusal === null) return { file }
  await rm(file, { force: true })
  return refusal
}
