declare module '@vercel/ncc' {
  interface Bundle {
    readonly code: string
    readonly assets: Readonly<Record<string, { readonly source: Buffer | string }>>
  }
  export default function ncc(
    input: string,
    options: { cache: boolean; minify: boolean; license: string; quiet: boolean },
  ): Promise<Bundle>
}
