import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { runToEnd, Running } from './programs.ts'

// A cgroup v2 that looks like that of a Docker container, a program that keeps busy in it, and what
// the kernel itself says of it.

const ROOT = '/sys/fs/cgroup'
/** The container's id. */
export const CONTAINER = 'c0ffee'.padEnd(64, '0')
const FOLDER = `${ROOT}/docker/${CONTAINER}`

/** What the program in the container reads and writes: so many times so many bytes. */
export const FILE_WORK = { reads: 200, readBytes: 100, writes: 120, writeBytes: 10 } as const
/** CPUs and bytes that it may use. */
export const CPU_LIMIT = 0.5
const MEMORY_LIMIT = 128 * 2 ** 20

/** How long the agent may take to look again, in milliseconds: an emulated machine can be slow. */
const PATIENCE_MS = 60_000

/** Ten of the periods in which CPU is given, in milliseconds. */
const REST_MS = 1000

/** What the kernel says of the container once its program stands still. */
export interface ContainerTruth {
  readonly seconds: number
  readonly throttledPeriods: number
  readonly throttledSeconds: number
  readonly memory: number
  readonly memoryLimit: number
  readonly oomKills: number
  readonly threads: number
}

/**
 * Keeps a program busy in a container, has another one killed there because memory runs out, stops
 * the first, and waits until the agent has looked at it since. The program is to be ended once the
 * agent looks no more.
 * @param output the file that the agent's metrics go to, one line for each look
 */
export async function keepContainerBusy(
  output: string,
): Promise<{ truth: ContainerTruth; busy: Running }> {
  makeContainer()
  const busy = new Running(process.execPath, `${import.meta.dirname}/busy.js`, FOLDER)
  await busy.says('done')
  const intoCgroup = `echo 0 > ${FOLDER}/cgroup.procs; dd if=/dev/zero of=/dev/null bs=300M count=1`
  runToEnd('/bin/sh', '-c', intoCgroup)
  process.kill(busy.pid, 'SIGSTOP')
  const truth = await truthAtRest()
  await looksAgain(output)
  return { truth, busy }
}

function makeContainer(): void {
  for (const folder of [ROOT, `${ROOT}/docker`]) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/cgroup.subtree_control`, '+cpu +memory +io +pids')
  }
  mkdirSync(FOLDER)
  writeFileSync(`${FOLDER}/cpu.max`, `${CPU_LIMIT * 100_000} 100000`)
  writeFileSync(`${FOLDER}/memory.max`, String(MEMORY_LIMIT))
}

/**
 * What there is once nothing changes any more: a program that is throttled stops when it may run again,
 * and is billed for it.
 */
async function truthAtRest(): Promise<ContainerTruth> {
  for (let before = readTruth(), ms = 0; ; ms += REST_MS) {
    await sleep(REST_MS)
    const now = readTruth()
    if (isDeepStrictEqual(now, before) || ms >= PATIENCE_MS) return now
    before = now
  }
}

function readTruth(): ContainerTruth {
  const cpu = valuesIn('cpu.stat')
  return {
    seconds: cpu('usage_usec') / 1e6,
    throttledPeriods: cpu('nr_throttled'),
    throttledSeconds: cpu('throttled_usec') / 1e6,
    memory: Number(read('memory.current')),
    memoryLimit: MEMORY_LIMIT,
    oomKills: valuesIn('memory.events')('oom_kill'),
    threads: Number(read('pids.current')),
  }
}

function read(file: string): string {
  return readFileSync(`${FOLDER}/${file}`, 'utf8')
}

function valuesIn(file: string): (name: string) => number {
  const values = new Map(
    read(file)
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  )
  return (name) => Number(values.get(name))
}

/** Two receivers look, and each may have been at it just now. */
async function looksAgain(output: string): Promise<void> {
  const wanted = linesIn(output) + 6
  for (let ms = 0; ms < PATIENCE_MS && linesIn(output) < wanted; ms += 100) await sleep(100)
}

function linesIn(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length : 0
}
