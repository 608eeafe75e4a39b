import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startAgent } from '../kit/agent.ts'
import { makeContainerCgroup, removeIfEmpty } from '../kit/container_cgroups.ts'
import { compile } from '../kit/compile.ts'
import { cgroup2Root, cleansUp, eventually, runsAgent, tempDir } from '../kit/fixtures.ts'
import { decodeJsonRequest, points, type PointView } from '../kit/otlp.ts'
import { type Program, start } from '../kit/processes.ts'
import { needTracefs } from '../kit/tracefs.ts'

cleansUp()

const [KNOWN, GONE, SHARED] = ['f11e01', 'f11e02', 'f11e03'].map((id) => id.padEnd(64, '0')) as [
  string,
  string,
  string,
]

/** What a program does: as many operations of each sort. */
interface Work {
  readonly reads: number
  readonly writes: number
  readonly syncs: number
  readonly refused: number
  readonly slow: number
  readonly others: number
}
const WORK: Work = { reads: 1000, writes: 600, syncs: 40, refused: 30, slow: 5, others: 200 }
const DELAY_MS = 60

/** A program that does its work when `work` is called. */
async function startWork({ reads, writes, syncs, refused, slow, others }: Work): Promise<Program> {
  const source = join(import.meta.dirname, '../kit/programs/file_work.c')
  const file = join(tempDir('work'), 'file')
  const numbers = [reads, writes, syncs, refused, slow, DELAY_MS, others].map(String)
  const program = await start(await compile(source), [file, ...numbers])
  await program.waitForOutput(/ready/)
  return program
}

async function work(program: Program): Promise<void> {
  program.signal('SIGUSR1')
  await program.waitForOutput(/done/, { timeoutMs: 30_000 })
}

/** Starts an agent with these options of the receiver; returns what it has told so far. */
async function watch(options: string) {
  const path = join(tempDir('files'), 'metrics.jsonl')
  const agent = await startAgent(`
receivers: { ebpf_files: ${options} }
exporters: { file: { path: ${path}, flush_interval: 0s } }
service: { pipelines: { metrics: { receivers: [ebpf_files], exporters: [file] } } }
`)
  const told = (): PointView[] => {
    if (!existsSync(path)) return []
    const text = readFileSync(path, 'utf8')
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
    return lines.filter(Boolean).flatMap((line) => points(decodeJsonRequest('metrics', line)))
  }
  return { told, ...agent }
}

/** What was last told of an owner, by metric, operation and error. */
function last(told: readonly PointView[], isOwner: (point: PointView) => boolean) {
  const names = told.filter(isOwner).map((point) => {
    const { 'waggle.file.operation': operation, 'error.type': error } = point.attributes
    return [[point.metric, operation, error].filter(Boolean).join(' '), point] as const
  })
  return new Map(names)
}

const ofContainer =
  (id: string) =>
  ({ resource }: PointView): boolean =>
    resource['container.id'] === id

const ofProcess =
  (pid: number) =>
  ({ resource }: PointView): boolean =>
    Number(resource['process.pid']) === pid

function valuesOf(sums: ReadonlyMap<string, PointView>): Record<string, number> {
  return Object.fromEntries([...sums].map(([name, { value }]) => [name, Number(value)]))
}

const OPERATIONS = 'waggle.file.operation.duration'
/** What has to be told of it. */
function expected({ reads, writes, syncs, refused, slow }: Work): Record<string, number> {
  return {
    [`${OPERATIONS} read`]: reads + slow,
    [`${OPERATIONS} write`]: writes,
    [`${OPERATIONS} sync`]: syncs,
    [`${OPERATIONS} write EBADF`]: refused,
    'waggle.file.io read': (reads + slow) * 100,
    'waggle.file.io write': writes * 10,
  }
}

describe.skipIf(!runsAgent())('files', () => {
  beforeAll(() => needTracefs())

  it('[0.13] of a container are read and written as often, as much and as slowly as they were', async () => {
    const cgroup = makeContainerCgroup(KNOWN)
    const program = await startWork(WORK)
    cgroup.enter(program.pid)
    const { told, stop } = await watch(
      `{ collection_interval: 300ms, select: [{ container: '${KNOWN}' }] }`,
    )
    await work(program)
    await eventually(
      () => expect(valuesOf(last(told(), ofContainer(KNOWN)))).toEqual(expected(WORK)),
      { timeoutMs: 10_000 },
    )
    const { point, resource } = last(told(), ofContainer(KNOWN)).get(`${OPERATIONS} read`)!
    expect(resource).toMatchObject({ 'container.runtime.name': 'docker' })
    const { bucketCounts, explicitBounds, sum } = point as unknown as {
      bucketCounts: (number | bigint)[]
      explicitBounds: number[]
      sum: number
    }
    // The slow ones took at least their delay, and others may have had to wait for a CPU.
    const slow = bucketCounts.slice(explicitBounds.indexOf(0.05) + 1).map(Number)
    expect(slow.reduce((all, count) => all + count, 0)).toBeGreaterThanOrEqual(WORK.slow)
    expect(sum).toBeGreaterThanOrEqual((WORK.slow * DELAY_MS) / 1000)
    await program.stop()
    await stop()
  })

  it('of a container that has come and gone between two looks are told of, with its id', async () => {
    const { told, stop, text } = await watch(
      `{ collection_interval: 1h, select: [{ container: '${GONE}' }] }`,
    )
    const folder = join(cgroup2Root()!, 'docker', GONE)
    mkdirSync(folder, { recursive: true })
    const few = { ...WORK, slow: 0 }
    const program = await startWork(few)
    writeFileSync(join(folder, 'cgroup.procs'), String(program.pid))
    await work(program)
    await program.stop()
    await eventually(() => rmdirSync(folder))
    removeIfEmpty(dirname(folder))
    expect(text()).toBe('')
    const { exit, totals } = await stop()
    expect(exit.code, totals).toBe(0)
    expect(valuesOf(last(told(), ofContainer(GONE)))).toEqual(expected(few))
  })

  it("of each process are told apart on demand, but for the agent's own", async () => {
    const cgroup = makeContainerCgroup(SHARED)
    const few = { ...WORK, slow: 0 }
    const more = { ...few, reads: 2000 }
    const programs = [await startWork(few), await startWork(more)] as const
    for (const { pid } of programs) cgroup.enter(pid)
    const { told, stop, program } = await watch(`{ collection_interval: 300ms, by: process }`)
    for (const one of programs) await work(one)
    await eventually(
      () => {
        expect(valuesOf(last(told(), ofProcess(programs[0].pid)))).toEqual(expected(few))
        expect(valuesOf(last(told(), ofProcess(programs[1].pid)))).toEqual(expected(more))
      },
      { timeoutMs: 10_000 },
    )
    // It writes what it tells to a file.
    expect(told().filter(ofProcess(program.pid))).toEqual([])
    for (const one of programs) await one.stop()
    await stop()
  })

  it('of more processes than there is room for are counted as not told, each operation', async () => {
    const { stop, program } = await watch('{ collection_interval: 1h, by: process, max_sums: 64 }')
    const page = /Serving metrics\. url=(\S+)/.exec(program.stderr)![1]!
    // Each process has a sum of its own, and what others do on this machine takes room, too.
    const script = `for i in $(seq 100); do dd if=/dev/zero of=${join(tempDir('many'), 'file')} bs=1 count=5 2>/dev/null; done`
    const many = await start('sh', ['-c', script])
    await many.exited
    const text = await (await fetch(page)).text()
    const [, dropped] = /^waggle_bpf_dropped\{[^}]*reason="table_full"[^}]*\} (\d+)/m.exec(text)!
    expect(Number(dropped)).toBeGreaterThanOrEqual((100 - 64) * 5)
    expect((await stop()).exit.code).toBe(0)
  })
})
