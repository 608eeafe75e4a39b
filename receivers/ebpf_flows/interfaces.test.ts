import type { InterfaceLink } from 'libbpf-addon'
import { expect, it } from 'vitest'
import { Glob } from '../../src/helpers/selection_glob.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { InterfaceWatch } from './interfaces.ts'

/** Interfaces that a test lets come and go. */
class Fake {
  there: { name: string; index: number }[] = []
  readonly open = new Set<string>()
  readonly lines: string[] = []
  readonly status: string[] = []
  /** The interface that nothing can be attached to. */
  refused = 0
  readonly detached = new Set<number>()

  watch(patterns: string[], tcx = true): InterfaceWatch {
    const attach = (kind: string) => (program: string, target: { ifindex: number }) => {
      const { ifindex } = target
      if (ifindex === this.refused) throw new Error('attach: EINVAL (invalid argument)')
      const what = `${program} ${JSON.stringify(target)}`
      this.open.add(what)
      const { detached } = this
      const link = {
        kind,
        get attached(): boolean {
          return !detached.has(ifindex)
        },
        close: () => void this.open.delete(what),
      }
      return link as unknown as InterfaceLink
    }
    return new InterfaceWatch({
      object: { attachTcx: attach('tcx'), attachTc: attach('tc') },
      patterns: patterns.map((text) => new Glob(text)),
      directions: [{ program: 'in', direction: 'ingress' }],
      tcx,
      log: createLogger({ level: 'info', out: { write: (line) => this.lines.push(line) } }),
      status: {
        ok: () => this.status.push('ok'),
        recoverable: (error) => this.status.push(error),
        permanent: (error) => this.status.push(error),
      },
      list: () => this.there,
    })
  }

  /** What was logged since the last time. */
  get said(): string[] {
    return this.lines.splice(0).map((line) => {
      const { msg, interface: name } = JSON.parse(line) as { msg: string; interface?: string }
      return name === undefined ? msg : `${msg} ${name}`
    })
  }
}

it('attaches to the interfaces that a pattern matches, and says so once', () => {
  const fake = new Fake()
  fake.there = [
    { name: 'lo', index: 1 },
    { name: 'eth0', index: 2 },
    { name: 'eth1', index: 3 },
  ]
  const watch = fake.watch(['eth*'])
  watch.look()
  watch.look()
  expect([...fake.open]).toEqual([
    'in {"ifindex":2,"direction":"ingress"}',
    'in {"ifindex":3,"direction":"ingress"}',
  ])
  expect(fake.said).toEqual(['Counts at an interface. eth0', 'Counts at an interface. eth1'])
  expect(fake.status).toEqual(['ok', 'ok'])
  expect([0, 2, 7].map((ifindex) => watch.nameOf(ifindex))).toEqual(['', 'eth0', '7'])
  watch.close()
  expect([...fake.open]).toEqual([])
})

it('attaches by tc where there is no tcx, in a place of its own', () => {
  const fake = new Fake()
  fake.there = [{ name: 'eth0', index: 2 }]
  fake.watch(['eth0'], false).look()
  const place = '{"ifindex":2,"direction":"ingress","handle":1,"priority":49152}'
  expect([...fake.open]).toEqual([`in ${place}`])
})

it('waits for one that is not there, and attaches again when it comes back', () => {
  const fake = new Fake()
  const watch = fake.watch(['wg0'])
  const waits = 'interface "wg0" is not there yet'
  watch.look()
  watch.look()
  expect([fake.said, fake.status.at(-1)]).toEqual([[`Waits: ${waits}.`], waits])
  fake.there = [{ name: 'wg0', index: 5 }]
  watch.look()
  expect([fake.said, fake.status.at(-1)]).toEqual([['Counts at an interface. wg0'], 'ok'])
  fake.there = []
  watch.look()
  expect(fake.said).toEqual(['An interface is gone. wg0', `Waits: ${waits}.`])
  expect([...fake.open]).toEqual([])
  fake.there = [{ name: 'wg0', index: 6 }]
  watch.look()
  expect([...fake.open]).toEqual(['in {"ifindex":6,"direction":"ingress"}'])
  expect(watch.nameOf(5)).toBe('wg0')
})

it('attaches again where somebody took a program away, or gave the interface another name', () => {
  const fake = new Fake()
  fake.there = [{ name: 'eth0', index: 2 }]
  const watch = fake.watch(['eth0', 'lan0'])
  watch.look()
  fake.detached.add(2)
  watch.look()
  expect(fake.said.slice(-2)).toEqual([
    'An interface is gone. eth0',
    'Counts at an interface. eth0',
  ])
  fake.detached.clear()
  fake.there = [{ name: 'lan0', index: 2 }]
  watch.look()
  expect(watch.nameOf(2)).toBe('lan0')
  fake.there = [{ name: 'other0', index: 2 }]
  watch.look()
  expect([...fake.open]).toEqual([])
})

it('goes on trying where it is refused, and says why once', () => {
  const fake = new Fake()
  fake.refused = 2
  fake.there = [
    { name: 'eth0', index: 2 },
    { name: 'eth1', index: 3 },
  ]
  const watch = fake.watch(['eth*'])
  watch.look()
  watch.look()
  const trouble = 'interface "eth0": attach: EINVAL (invalid argument)'
  expect(fake.said).toEqual(['Counts at an interface. eth1', `Waits: ${trouble}.`])
  expect(fake.status).toEqual([trouble, trouble])
  fake.refused = 0
  watch.look()
  expect([fake.said, fake.status.at(-1)]).toEqual([['Counts at an interface. eth0'], 'ok'])
})
