import { join } from 'node:path'
import { BpfObject } from 'libbpf-addon'
import { afterEach, describe, expect, it } from 'vitest'
import { describeError, UnsupportedError } from '../../src/component/errors.ts'
import { NO_SURROUNDINGS } from '../../src/component/settings.ts'
import { objectPath } from '../../src/kernel/objects.ts'
import { ComponentCounters } from '../../src/telemetry/counters.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { NO_METER } from '../../src/telemetry/meter.ts'
import { curl } from '../../test/kit/clients.ts'
import { cleansUp, eventually, isRoot, kernelHas, tempDir } from '../../test/kit/fixtures.ts'
import { run } from '../../test/kit/processes.ts'
import { startNodeServer } from '../../test/kit/servers.ts'
import { ebpfHttpConfig } from './config.ts'
import { EbpfHttpReceiver } from './receiver.ts'

cleansUp()

const root = join(import.meta.dirname, '..', '..')
let receiver: EbpfHttpReceiver | undefined
afterEach(() => receiver?.shutdown())

/** A receiver whose log lines and seen statuses are at hand. */
function makeReceiver(
  open?: () => BpfObject,
  options: object = {},
): {
  receiver: EbpfHttpReceiver
  log: string[]
  statuses: number[]
  counters: ComponentCounters
} {
  const log: string[] = []
  const statuses: number[] = []
  const counters = new ComponentCounters('receiver/ebpf_http')
  const logger = createLogger({ out: { write: (line) => log.push(line) } })
  const outside = { ...NO_SURROUNDINGS, log: logger, meter: NO_METER }
  const settings = { id: 'ebpf_http', version: '0', counters, ...outside }
  receiver = new EbpfHttpReceiver(settings, ebpfHttpConfig.parse(options), open)
  receiver.batches$.subscribe((batch) => {
    if (batch.kind !== 'observations' || batch.schema !== 'http') return
    for (let i = 0; i < batch.itemCount; i++) statuses.push(batch.status(i))
    batch.delivery.settle({ kind: 'accepted' })
  })
  return { receiver, log, statuses, counters }
}

async function compileRefused(...flags: string[]): Promise<string> {
  const object = join(tempDir('refused'), 'refused.bpf.o')
  const includes = [`-I${root}/bpf/http`, `-I${root}/bpf/include`]
  const machine = `/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
  const target = [
    '-O2',
    '-g',
    '-target',
    'bpf',
    '-mcpu=v3',
    `-D__TARGET_ARCH_${process.arch === 'arm64' ? 'arm64' : 'x86'}`,
  ]
  const source = join(import.meta.dirname, 'testdata', 'refused.bpf.c')
  await run('clang', [
    ...target,
    ...flags,
    ...includes,
    '-idirafter',
    machine,
    '-c',
    source,
    '-o',
    object,
  ])
  return object
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('the ebpf_http receiver', () => {
  it('[2.5] names a program that the kernel refuses, with what stands in for it, and goes on with the others', async () => {
    const object = await compileRefused()
    const { receiver, log, statuses } = makeReceiver(() => BpfObject.open(object, { name: 'http' }))
    await receiver.start()

    expect(log).toHaveLength(1)
    const { msg, program, err } = JSON.parse(log[0]!) as Record<string, unknown>
    expect({ msg, program }).toEqual({
      msg: 'Going on without a program.',
      program: 'http_sockops',
    })
    expect(JSON.stringify(err)).toContain('load program')
    const { port } = await startNodeServer()
    await curl(['-s', `http://127.0.0.1:${port}/status/418`])
    await eventually(() => expect(statuses.filter((status) => status === 418)).toHaveLength(2))
  })

  it('[2.5] does not start, and says why, when a program that is needed is refused', async () => {
    const object = await compileRefused('-DREFUSE_NEEDED')
    const { receiver, log } = makeReceiver(() => BpfObject.open(object, { name: 'http' }))
    const error = await receiver.start().catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(UnsupportedError)
    expect(describeError(error)).toMatch(
      /^load the programs of "http": load program "http_(in|e)gress_5_10" of object "http": EACCES/,
    )
    expect(log).toEqual([])
  })

  it('starts and says so once when the owners of older sockets cannot be told', async () => {
    const object = BpfObject.open(objectPath('http'), { name: 'http' })
    const attach = object.attachIterator.bind(object)
    object.attachIterator = (program, options) => {
      if (program === 'http_owners') throw new Error('EPERM')
      return attach(program, options)
    }
    const { receiver, log, statuses } = makeReceiver(() => object)
    await receiver.start()
    expect(log.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        level: 40,
        msg: 'Cannot walk the files of processes.',
        effect: 'sockets older than the agent have no process until they send',
      },
    ])
    const { port } = await startNodeServer()
    await curl(['-s', `http://127.0.0.1:${port}/status/418`])
    await eventually(() => expect(statuses.filter((status) => status === 418)).toHaveLength(2))
  })

  it('does not load what tells how long requests wait when nobody asks for it', async () => {
    const objects: BpfObject[] = []
    const open = (): BpfObject => {
      objects.push(BpfObject.open(objectPath('http'), { name: 'http' }))
      return objects.at(-1) as BpfObject
    }
    for (const queue_time of [true, false]) {
      const { receiver } = makeReceiver(open, { queue_time })
      await receiver.start()
      const read = (): unknown => objects.at(-1)?.programInfo('http_read')
      if (queue_time) expect(read()).toMatchObject({ id: expect.any(Number) })
      else expect(read).toThrow('http_read')
      await receiver.shutdown()
    }
  })

  it('counts what came in as handed on', async () => {
    const { receiver, statuses, counters } = makeReceiver()
    await receiver.start()
    const { port } = await startNodeServer()
    await curl(['-s', `http://127.0.0.1:${port}/status/202`])
    await eventually(() => expect(statuses.filter((status) => status === 202)).toHaveLength(2))
    await receiver.shutdown()
    expect(counters.in).toBe(statuses.length)
    expect(counters.out).toBe(statuses.length)
  })

  it('leaves nothing attached behind', async () => {
    const before = await cgroupPrograms()
    const { receiver } = makeReceiver()
    await receiver.start()
    expect(await cgroupPrograms()).not.toEqual(before)
    await receiver.shutdown()
    expect(await cgroupPrograms()).toEqual(before)
  })
})

/** The open links of this process, as /proc shows them. */
async function cgroupPrograms(): Promise<string> {
  const { stdout } = await run('sh', ['-c', `ls -l /proc/${process.pid}/fd | grep -c bpf || true`])
  return stdout
}
