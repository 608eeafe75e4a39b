import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpack } from './debian.ts'
import { childrenOf } from './proc.ts'
import { freePort, run, start } from './processes.ts'
import type { Program, RunResult, StartOptions } from './processes.ts'
import { needProgram } from './programs.ts'
import { tempDir } from './temp_dir.ts'

/** A server that a test has started; it ends with the test. */
export interface Server {
  port: number
  pid: number
  program: Program
  stop: () => Promise<void>
}

interface Place {
  port?: number
  host?: string
  netns?: string | undefined
}

export interface NginxOptions {
  /** Addresses as nginx's `listen` takes them; one free port on 127.0.0.1 if not given. */
  listen?: string[]
  workers?: number
  /** Off for load: writing the log costs as much as answering. */
  accessLog?: boolean
  /** Added to the `server` block: locations, `return`, `proxy_pass`. */
  server?: string
  /** Added to the `http` block: other servers, upstreams. */
  http?: string
  /** Added to the `events` block. */
  events?: string
  /** Added at the top: `worker_cpu_affinity`, `worker_rlimit_nofile`. */
  main?: string
  /** Files to serve, by their path below the root. */
  files?: Record<string, string | Buffer>
  netns?: string | undefined
  /** The CPUs to run on, as taskset takes them. */
  cpus?: string | undefined
}

/** A line of nginx's access log. */
export interface Access {
  method: string
  uri: string
  protocol: string
  status: number
  requestTimeMs: number
  requestBytes: number
  bytesSent: number
  bodyBytesSent: number
  /** nginx's serial number of the connection. */
  connection: number
  /** Which request of its connection this was, from 1. */
  connectionRequests: number
  /** When the answer was finished, in ms since the epoch. */
  atMs: number
  client: string
  traceparent: string
}

export interface Nginx extends Server {
  /** The folder that holds `root/`, from which it serves. */
  prefix: string
  /** What the access log says so far; nginx writes a line when it has sent the answer. */
  accessLog: () => Access[]
  workerPids: () => number[]
}

const logFields = {
  method: '$request_method',
  uri: '$request_uri',
  protocol: '$server_protocol',
  status: '$status',
  request_time: '$request_time',
  request_length: '$request_length',
  bytes_sent: '$bytes_sent',
  body_bytes_sent: '$body_bytes_sent',
  connection: '$connection',
  connection_requests: '$connection_requests',
  msec: '$msec',
  client: '$remote_addr:$remote_port',
  traceparent: '$http_traceparent',
}

/** Starts nginx from its Debian package. `port` is that of the first `listen`. */
export async function startNginx(options: NginxOptions = {}): Promise<Nginx> {
  const { listen = [`127.0.0.1:${await freePort()}`], netns, cpus, files = {} } = options
  const nginx = await unpack('nginx')
  const prefix = prepare(files)
  const config = join(prefix, 'nginx.conf')
  writeFileSync(config, nginxConfig({ ...options, listen }))
  const args = ['-p', prefix, '-c', config, '-e', 'stderr', '-g', 'daemon off;']
  const program = await start(nginx.program('nginx'), args, { env: nginx.env, netns, cpus })
  const port = portOf(listen[0]!)
  await program.waitForPort(port)
  const log = join(prefix, 'access.log')
  return {
    ...server(program, port),
    prefix,
    accessLog: () => readAccessLog(log),
    workerPids: () => childrenOf(program.pid),
  }
}

function prepare(files: Record<string, string | Buffer>): string {
  const prefix = tempDir('nginx')
  // Where nginx runs as root, its workers still do not: they read, and keep request bodies.
  chmodSync(prefix, 0o755)
  mkdirSync(join(prefix, 'root'))
  for (const [name, content] of Object.entries({ 'index.html': 'hello\n', ...files })) {
    writeFileSync(join(prefix, 'root', name), content)
  }
  return prefix
}

function nginxConfig(options: NginxOptions & { listen: string[] }): string {
  const { workers = 1, accessLog = true, main = '', events = '', http = '' } = options
  const format = Object.entries(logFields).map(([name, value]) => `"${name}":"${value}"`)
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${name}_temp;`,
  )
  return `
${user}
worker_processes ${workers};
pid nginx.pid;
${main}
events { worker_connections 16384; ${events} }
http {
  ${temporary.join(' ')}
  log_format kit escape=json '{${format.join(',')}}';
  access_log ${accessLog ? 'access.log kit' : 'off'};
  default_type application/octet-stream;
  keepalive_requests 1000000000;
  server {
    ${options.listen.map((address) => `listen ${address};`).join(' ')}
    root root;
    ${options.server ?? ''}
  }
  ${http}
}
`
}

function portOf(listen: string): number {
  return Number(listen.split(' ')[0]!.split(':').at(-1))
}

function readAccessLog(path: string): Access[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  // The last piece is empty, or a line that nginx is still writing.
  return lines.slice(0, -1).map((line) => {
    const entry = JSON.parse(line) as Record<keyof typeof logFields, string>
    return {
      method: entry.method,
      uri: entry.uri,
      protocol: entry.protocol,
      status: Number(entry.status),
      requestTimeMs: Math.round(Number(entry.request_time) * 1000),
      requestBytes: Number(entry.request_length),
      bytesSent: Number(entry.bytes_sent),
      bodyBytesSent: Number(entry.body_bytes_sent),
      connection: Number(entry.connection),
      connectionRequests: Number(entry.connection_requests),
      atMs: Math.round(Number(entry.msec) * 1000),
      client: entry.client,
      traceparent: entry.traceparent,
    }
  })
}

/** Starts Python's own HTTP server (one thread per connection, HTTP/1.0) on a folder. */
export async function startPythonHttpServer({
  dir = tempDir('python'),
  host = '127.0.0.1',
  port,
  netns,
}: Place & { dir?: string } = {}): Promise<Server> {
  const chosen = port ?? (await freePort())
  const args = ['-m', 'http.server', String(chosen), '--bind', host, '--directory', dir]
  const program = await start(python(), ['-u', ...args], { netns })
  await program.waitForPort(chosen)
  return server(program, chosen)
}

/** Starts a program of `programs/` that is written in Python. */
export function startPython(
  name: string,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<Program> {
  return start(python(), ['-u', join(import.meta.dirname, 'programs', name), ...args], options)
}

/** Runs a program of `programs/` that is written in Python to its end. */
export function runPython(
  name: string,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<RunResult> {
  return run(python(), ['-u', join(import.meta.dirname, 'programs', name), ...args], options)
}

// A version manager's shim would be another process, with another pid.
function python(): string {
  const system = '/usr/bin/python3'
  return existsSync(system) ? system : needProgram('python3')
}

/** Starts the small server of programs/http_server.ts, which does what the path says. */
export async function startNodeServer({
  host = '127.0.0.1',
  port,
  netns,
}: Place = {}): Promise<Server> {
  const chosen = port ?? (await freePort())
  const script = join(import.meta.dirname, 'programs', 'http_server.ts')
  const program = await start(process.execPath, [script, String(chosen), host], { netns })
  await program.waitForPort(chosen)
  return server(program, chosen)
}

function server(program: Program, port: number): Server {
  return { port, pid: program.pid, program, stop: async () => void (await program.stop()) }
}
