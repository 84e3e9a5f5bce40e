/**
 * The standard normal value that a share of `probability` lies below: Acklam's rational approximation ("An algorithm
 * for computing the inverse normal cumulative distribution function", 2003), relative error under 1.2e-9.
 */
export function normalQuantile(probability: number): number {
  if (probability > 0.5) return -normalQuantile(1 - probability)
  if (probability < 0.02425) {
    const x = Math.sqrt(-2 * Math.log(probability))
    return polynomial(TAIL_OVER, x) / (polynomial(TAIL_UNDER, x) * x + 1)
  }
  const x = probability - 0.5
  return (polynomial(MIDDLE_OVER, x * x) * x) / (polynomial(MIDDLE_UNDER, x * x) * x * x + 1)
}

const MIDDLE_OVER = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
]
const MIDDLE_UNDER = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
]
const TAIL_OVER = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const TAIL_UNDER = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416]

/** Horner's rule, the highest power first. */
const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)
