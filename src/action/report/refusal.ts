/** Why something is not reported: sentences for people. They may carry a stranger's names, so they are escaped where shown. */
export interface Refusal {
  readonly refused: string
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value
}
