import { execFile } from 'node:child_process'
import type { ClientCertificate, Credentials } from './credentials.ts'
import type { KubeCluster, KubeExec } from './kubeconfig.ts'

/** A program that has not answered after this many milliseconds never will. */
const TIMEOUT_MS = 60_000
/** What ends within this many milliseconds is got anew before. */
const LEEWAY_MS = 10_000
const MAX_OUTPUT_BYTES = 1024 * 1024

/** What a program gave. */
interface Given {
  readonly token: string | undefined
  readonly certificate: ClientCertificate | undefined
  /** Milliseconds since 1970; undefined where it says nothing. */
  readonly endsAt: number | undefined
}

/** Runs a program, and gives what it says on standard output; tests give their own. */
export type RunProgram = (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) => Promise<string>

/**
 * Credentials from a program (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/):
 * asked once, again before they end, and when the API server no longer knows them.
 */
export class ExecCredentials implements Credentials {
  readonly #exec: KubeExec
  readonly #cluster: KubeCluster
  readonly #run: RunProgram
  readonly #wallClock: () => number
  #given: Given | undefined
  #asking: Promise<Given> | undefined

  constructor(
    exec: KubeExec,
    cluster: KubeCluster,
    run: RunProgram = runProgram,
    wallClock: () => number = Date.now,
  ) {
    this.#exec = exec
    this.#cluster = cluster
    this.#run = run
    this.#wallClock = wallClock
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    if (!this.#given || this.#isEnding(this.#given)) {
      this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
      this.#given = await this.#asking
    }
    const { token } = this.#given
    return token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  refused(): void {
    this.#given = undefined
  }

  get certificate(): ClientCertificate | undefined {
    return this.#given?.certificate
  }

  #isEnding({ endsAt }: Given): boolean {
    return endsAt !== undefined && endsAt - this.#wallClock() < LEEWAY_MS
  }

  async #ask(): Promise<Given> {
    const { apiVersion, command, args, env, installHint } = this.#exec
    const info = { kind: 'ExecCredential', apiVersion, spec: this.#spec() }
    const given = (env ?? []).map(({ name, value }) => [name, value])
    const extra = { ...Object.fromEntries(given), KUBERNETES_EXEC_INFO: JSON.stringify(info) }
    try {
      return parse(await this.#run(command, args ?? [], extra), apiVersion)
    } catch (cause) {
      const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
      const hint = isMissing && installHint ? ` (${installHint.trim()})` : ''
      throw new Error(`kubeconfig: exec ${command}${hint}`, { cause })
    }
  }

  #spec(): object {
    if (!this.#exec.provideClusterInfo) return { interactive: false }
    const { server } = this.#cluster
    const cluster = {
      server,
      'certificate-authority-data': this.#cluster['certificate-authority-data'],
      'tls-server-name': this.#cluster['tls-server-name'],
      'insecure-skip-tls-verify': this.#cluster['insecure-skip-tls-verify'] || undefined,
    }
    return { interactive: false, cluster }
  }
}

function parse(output: string, apiVersion: string): Given {
  let said: Record<string, unknown>
  try {
    said = JSON.parse(output) as Record<string, unknown>
  } catch {
    // What it printed may be a secret.
    throw new Error('its output is no JSON')
  }
  if (said['kind'] !== 'ExecCredential' || said['apiVersion'] !== apiVersion) {
    throw new Error(`expected an ExecCredential of ${apiVersion}`)
  }
  const status = (said['status'] ?? {}) as Record<string, unknown>
  const word = (key: string): string | undefined => {
    const value = status[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const [token, cert, key] = [word('token'), word('clientCertificateData'), word('clientKeyData')]
  const certificate = cert !== undefined && key !== undefined ? { cert, key } : undefined
  if (token === undefined && !certificate) {
    throw new Error('its status has neither a token nor a certificate with its key')
  }
  const ends = Date.parse(word('expirationTimestamp') ?? '')
  return { token, certificate, endsAt: Number.isNaN(ends) ? undefined : ends }
}

async function runProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const options = {
    env: { ...process.env, ...env },
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  }
  return new Promise((resolve, reject) => {
    execFile(command, [...args], options, (error, stdout) => {
      if (!error) return resolve(stdout)
      const { code } = error as { code?: unknown }
      if (typeof code === 'string') return reject(error)
      // Its message has the command's arguments and output in it, which may be secret.
      reject(new Error(error.killed ? 'did not answer in time' : `ended with ${String(code)}`))
    })
  })
}
