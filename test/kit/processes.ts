import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { atEnd } from './cleanup.ts'
import { eventually } from './eventually.ts'
import { childrenOf } from './proc.ts'
import { needProgram } from './programs.ts'

export interface StartOptions {
  /** How messages call it; the program's path if not given. */
  name?: string
  /** Added to the environment of the test. */
  env?: Record<string, string>
  cwd?: string
  /** The network namespace to run in, by its name. */
  netns?: string | undefined
  /** The CPUs to run on, as taskset takes them: `0`, `0,2-3`. */
  cpus?: string | undefined
  /** What it reads from its standard input, which is empty otherwise. */
  input?: string
  /** How long `stop` waits after SIGTERM before it sends SIGKILL. */
  graceMs?: number
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A program that was started as a child, and what it has printed so far. */
export class Program {
  readonly name: string
  readonly exited: Promise<Exit>
  exit: Exit | undefined
  stdout = ''
  stderr = ''
  #child: ChildProcess
  #graceMs: number
  #forget: () => void

  constructor(child: ChildProcess, { name = child.spawnfile, graceMs = 5_000 }: StartOptions) {
    this.name = name
    this.#child = child
    this.#graceMs = graceMs
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    // `close` comes after the last output; a grandchild may hold the pipes open, so `exit` counts.
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.exit = { code, signal }
        this.#forget()
        setImmediate(resolve, this.exit)
      })
    })
    this.#forget = atEnd(`${this.name} (pid ${child.pid})`, () => this.stop())
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** What it has printed, errors last. */
  get output(): string {
    return this.stdout + this.stderr
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.exit) this.#child.kill(signal)
  }

  /** Waits until a line of output matches, and returns the match. */
  async waitForOutput(pattern: RegExp, { timeoutMs = 30_000 } = {}): Promise<RegExpMatchArray> {
    return this.#wait(`print ${String(pattern)}`, timeoutMs, () => this.output.match(pattern))
  }

  /** Waits until it listens on a TCP port in its own network namespace; connects to nothing. */
  async waitForPort(port: number, { timeoutMs = 30_000 } = {}): Promise<void> {
    await this.#wait(`listen on port ${port}`, timeoutMs, () => listensOn(this.pid, port))
  }

  /** SIGTERM, and after the grace SIGKILL to it and the children it left; its own pid only. */
  async stop(): Promise<Exit> {
    this.signal('SIGTERM')
    const grace = new AbortController()
    const patience = sleep(this.#graceMs, undefined, { signal: grace.signal }).catch(() => {})
    await Promise.race([this.exited, patience])
    grace.abort()
    if (!this.exit) killGroup(this.pid)
    return this.exited
  }

  async #wait<T>(what: string, timeoutMs: number, look: () => T | null | false): Promise<T> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const found = look()
      if (found) return found
      if (this.exit) throw this.#failure(`ended (${ending(this.exit)}) before it did ${what}`)
      if (performance.now() > deadline) throw this.#failure(`did not ${what} in ${timeoutMs} ms`)
      await sleep(10)
    }
  }

  #failure(problem: string): Error {
    return new Error(`${this.name} ${problem}. It printed:\n${this.output.slice(-4_000)}`)
  }
}

function ending({ code, signal }: Exit): string {
  return signal ?? `exit code ${code}`
}

// A program leads a process group of its own, so this reaches its children and nobody else's.
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause
  }
}

/** Starts a program; it ends with the test, even if the test is killed. */
export async function start(
  command: string,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<Program> {
  const [file, ...rest] = wrapped([command, ...args], options)
  const child = spawn(file!, rest, {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => reject(new Error(`start ${command}`, { cause })))
  })
  // A program may end without reading its input.
  child.stdin?.on('error', () => {}).end(options.input)
  return new Program(child, { name: command, ...options })
}

// Each wrapper becomes the program by exec, so that the child's pid is the program's.
function wrapped(command: string[], { netns, cpus }: StartOptions): string[] {
  const pinned = cpus === undefined ? [] : [needProgram('taskset'), '--cpu-list', cpus]
  const mortal = [needProgram('setpriv'), '--pdeathsig', 'TERM', '--']
  return [...(netns ? enter(netns) : []), ...mortal, ...pinned, ...command]
}

/** The words before a command that make it run in a network namespace. */
export function enter(netns: string): string[] {
  return [needProgram('nsenter'), `--net=/run/netns/${netns}`, '--']
}

export interface RunResult {
  stdout: string
  stderr: string
}

/** Runs a program to its end; throws with its output when it fails. */
export async function run(
  command: string,
  args: readonly string[] = [],
  { timeoutMs = 180_000, ...options }: StartOptions & { timeoutMs?: number } = {},
): Promise<RunResult> {
  const program = await start(command, args, options)
  const timer = setTimeout(() => program.signal('SIGTERM'), timeoutMs)
  const exit = await program.exited
  clearTimeout(timer)
  const { stdout, stderr } = program
  if (exit.code === 0) return { stdout, stderr }
  const words = [command, ...args].join(' ')
  throw new Error(`"${words}" failed (${ending(exit)}): ${program.output.trim().slice(-4_000)}`)
}

const LISTEN = '0A'

/** Whether a process or one of its children listens on a TCP port. */
export function listensOn(pid: number, port: number): boolean {
  const inodes = [...listeners(pid, 'tcp', port), ...listeners(pid, 'tcp6', port)]
  if (inodes.length === 0) return false
  const held = new Set(family(pid).flatMap(socketsOf))
  return inodes.some((inode) => held.has(inode))
}

// /proc/PID/net shows the network namespace of that process.
function listeners(pid: number, table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  return readText(`/proc/${pid}/net/${table}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[1]?.endsWith(`:${hexPort}`) && words[3] === LISTEN)
    .map((words) => words[9]!)
}

function family(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(family)]
}

function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return attempt(() => readdirSync(folder), [])
    .map((fd) => attempt(() => readlinkSync(`${folder}/${fd}`), ''))
    .flatMap((target) => target.match(/^socket:\[(\d+)\]$/)?.[1] ?? [])
}

// A process may end between two looks at /proc.
function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look()
  } catch {
    return otherwise
  }
}

function readText(path: string): string {
  return attempt(() => readFileSync(path, 'utf8'), '')
}

const given = new Set<number>()

/** A TCP port that nothing uses, below those that the kernel gives to clients; never one twice. */
export async function freePort(): Promise<number> {
  return eventually(async () => {
    const port = 12_000 + Math.floor(Math.random() * 18_000)
    if (given.has(port)) throw new Error(`port ${port} was given before`)
    await tryListen(port, '0.0.0.0')
    await tryListen(port, '::').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EAFNOSUPPORT') throw error
    })
    given.add(port)
    return port
  })
}

async function tryListen(port: number, host: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, ipv6Only: true }, () => server.close(() => resolve()))
  })
}
