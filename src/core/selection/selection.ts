/** A runtime that a strategy chose. `key` is the candidate's own row in status.yaml or its nearest ancestor's. */
export interface Choice {
  readonly candidateId: string
  readonly key: string
  readonly runner: string
  readonly batchSize: number | null
}
