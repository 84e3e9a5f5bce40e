/** How often something happened. */
export interface Rate {
  readonly count: number
  readonly of: number
}

export function rateOf<Case>(cases: readonly Case[], happened: (one: Case) => boolean): Rate {
  return { count: cases.filter(happened).length, of: cases.length }
}

/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.96

/** The 95 % interval of a proportion by Wilson's score (JASA 22, 1927): sensible also for none or all of a few. */
export function rateInterval({ count, of }: Rate): readonly [low: number, high: number] {
  const share = count / of
  const shrink = 1 + Z95 ** 2 / of
  const center = (share + Z95 ** 2 / (2 * of)) / shrink
  const half = (Z95 / shrink) * Math.sqrt((share * (1 - share)) / of + Z95 ** 2 / (4 * of ** 2))
  return [Math.max(0, center - half), Math.min(1, center + half)]
}

/** `3 of 60 = 5.0 % [1.7 %, 13.7 %]`. */
export function rateText(rate: Rate): string {
  if (rate.of === 0) return 'none made'
  // As many digits as tell one case more or less.
  const percent = (share: number): string => `${(100 * share).toFixed(rate.of < 1000 ? 1 : 2)} %`
  const [low, high] = rateInterval(rate).map(percent)
  return `${rate.count} of ${rate.of} = ${percent(rate.count / rate.of)} [${low}, ${high}]`
}
