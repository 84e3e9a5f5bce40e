/** The commit that is checked out in a folder; null where there is no repository, or git may not read it. */
export async function checkedOutCommit(folder: string): Promise<string | null> {
  const { getExecOutput } = await import('@actions/exec')
  // Variables such as GIT_DIR would lead to another repository.
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' }
  try {
    const { stdout } = await getExecOutput('git', ['rev-parse', '--verify', 'HEAD'], { cwd: folder, env, silent: true })
    return /^[0-9a-f]{40,64}$/.exec(stdout.trim())?.[0] ?? null
  } catch {
    return null
  }
}
