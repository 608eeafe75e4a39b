import { lookup, lookupService, resolveCname } from 'node:dns/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { arch, hostname, networkInterfaces, release, userInfo } from 'node:os'
import { readRegularFile } from '../../src/helpers/container_files.ts'

/** A request to a metadata service, or to the Kubernetes API. */
export interface Request {
  readonly url: string
  readonly method?: 'GET' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  /** The certificate of the authority that the server's is signed by, for `https`. */
  readonly ca?: string
}

/** What detectors see of the machine, so that tests can give them another one. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The text of a small file; throws where there is none. */
  readFile(path: string): string
  hostname(): string
  /** Names that DNS and /etc/hosts have for the host; each rejects where there is none. */
  canonicalName(name: string): Promise<string>
  reverseName(name: string): Promise<string>
  readonly arch: string
  readonly kernel: string
  readonly interfaces: () => ReturnType<typeof networkInterfaces>
  readonly process: {
    readonly pid: number
    readonly execPath: string
    readonly nodeVersion: string
    readonly owner: () => string
  }
  /** The body of an answer with status 200; rejects for others. */
  request(request: Request, signal: AbortSignal): Promise<string>
}

/** An answer that is larger is not one of theirs. */
const MAX_ANSWER = 1024 * 1024

/** The machine that the agent runs on. */
export const realSurroundings: Surroundings = {
  env: process.env,
  readFile: readRegularFile,
  hostname,
  canonicalName: async (name) => (await resolveCname(name))[0] ?? '',
  reverseName: async (name) => {
    const { address } = await lookup(name)
    return (await lookupService(address, 0)).hostname
  },
  arch: arch(),
  kernel: release(),
  interfaces: networkInterfaces,
  process: {
    pid: process.pid,
    execPath: process.execPath,
    nodeVersion: process.versions.node,
    owner: () => userInfo().username,
  },
  request: ask,
}

/** Metadata services are never behind a proxy, so none is used. */
function ask(
  { url, method = 'GET', headers = {}, ca }: Request,
  signal: AbortSignal,
): Promise<string> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const sent = send(
      url,
      { method, headers, signal, ...(ca !== undefined && { ca }) },
      (answer) => {
        const parts: Buffer[] = []
        let length = 0
        answer.on('data', (part: Buffer) => {
          length += part.length
          if (length > MAX_ANSWER) answer.destroy(new Error(`${url} answered with more than 1 MiB`))
          else parts.push(part)
        })
        answer.on('error', reject)
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(Buffer.concat(parts).toString())
          else reject(new Error(`${url} answered with status ${answer.statusCode}`))
        })
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}
