import type { Request, Surroundings } from './surroundings.ts'

/** What a made-up machine has, by path, name or address. */
export interface Machine {
  readonly env?: Record<string, string>
  readonly files?: Record<string, string>
  readonly hostname?: string
  readonly canonical?: string
  readonly reverse?: string
  /** Answers by method and URL, `GET http://…`; a request without one fails. */
  readonly answers?: Record<string, string>
  /** Called with each request that is made. */
  readonly onRequest?: (request: Request) => void
}

/** A machine where nothing else is. */
export function surroundingsOf(machine: Machine): Surroundings {
  const given = (value: string | undefined, what: string): string => {
    if (value === undefined) throw new Error(`there is no ${what}`)
    return value
  }
  return {
    env: machine.env ?? {},
    readFile: (path) => given(machine.files?.[path], path),
    hostname: () => machine.hostname ?? 'node-1',
    canonicalName: async () => given(machine.canonical, 'canonical name'),
    reverseName: async () => given(machine.reverse, 'name of the address'),
    arch: 'x64',
    kernel: '6.12.0',
    interfaces: () => ({
      lo: [address('127.0.0.1', '00:00:00:00:00:00', true)],
      eth0: [address('10.0.0.7', '0a:1b:2c:3d:4e:5f'), address('fe80::1', '0a:1b:2c:3d:4e:5f')],
    }),
    process: {
      pid: 42,
      execPath: '/usr/bin/node',
      nodeVersion: '24.1.0',
      owner: () => 'waggle',
    },
    request: async (request) => {
      machine.onRequest?.(request)
      const name = `${request.method ?? 'GET'} ${request.url}`
      return given(machine.answers?.[name], `answer to ${name}`)
    },
  }
}

function address(text: string, mac: string, internal = false) {
  return { address: text, mac, internal, netmask: '', family: 'IPv4', cidr: null } as const
}
