import { join } from 'node:path'
import { compile } from '../kit/compile.ts'
import { type Host, twoHosts } from '../kit/hosts.ts'
import type { Program } from '../kit/processes.ts'
import { LOAD_CPU, SERVER_CPU } from './target.ts'

const PORT = 5800
/** How the agent calls the load's programs, with the digest of their source behind it. */
export const SERVICE = 'connections'
/** The first of the addresses at which the server answers: they outlast the ports in TIME_WAIT. */
const FIRST = '10.206.0.1'

/** What came of one load. */
export interface Connections {
  readonly opened: number
  readonly failed: number
  readonly seconds: number
}

/** A server and a client of short connections, in a network namespace each. */
export class ShortConnections {
  readonly #client: Host
  readonly #program: string
  readonly #server: Program

  private constructor(client: Host, program: string, server: Program) {
    this.#client = client
    this.#program = program
    this.#server = server
  }

  static async start(): Promise<ShortConnections> {
    const program = await compile(join(import.meta.dirname, '../kit/programs/connections.c'))
    const [one, two] = await twoHosts()
    await two.run('ip', ['route', 'add', 'local', '10.206.0.0/24', 'dev', 'lo'])
    await one.run('ip', ['route', 'add', '10.206.0.0/24', 'via', two.ipv4])
    const server = await two.start(program, ['serve', String(PORT)], { cpus: String(SERVER_CPU) })
    await server.waitForOutput(/ready/)
    return new ShortConnections(one, program, server)
  }

  /** @param rate connections per second that are begun; 0: as many as one can */
  async load(seconds: number, rate: number): Promise<Connections> {
    const args = ['ask', FIRST, PORT, seconds, rate].map(String)
    const options = { cpus: String(LOAD_CPU), timeoutMs: (seconds + 60) * 1000 }
    const { stdout } = await this.#client.run(this.#program, args, options)
    return JSON.parse(stdout) as Connections
  }

  /** Ends it; resolves with how many connections the server has taken. */
  async stop(): Promise<number> {
    await this.#server.stop()
    return Number(this.#server.stdout.trim().split('\n').at(-1))
  }
}
