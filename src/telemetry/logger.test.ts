import { expect, it } from 'vitest'
import { createLogger } from './logger.ts'
import type { LogOptions, Logger } from './logger.ts'

/** What a logger writes. */
function written(options: LogOptions, use: (log: Logger) => void): string[] {
  const lines: string[] = []
  use(createLogger({ ...options, out: { write: (text) => void lines.push(text) } }))
  return lines
}

it('writes JSON for machines, with the time, the component and the fields', () => {
  const [line] = written({}, (log) => {
    log.child({ component: 'exporter/otlp' }).warn({ dropped: 4 }, 'Queue full.')
  })
  expect(JSON.parse(line!)).toEqual({
    level: 40,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    component: 'exporter/otlp',
    dropped: 4,
    msg: 'Queue full.',
  })
})

it('writes a line for people, with the component in front and the fields behind', () => {
  const lines = written({ encoding: 'console' }, (log) => {
    const child = log.child({ component: 'processor/batch', pipeline: 'traces' })
    child.error({ err: new Error('no route', { cause: new Error('EHOSTUNREACH') }) }, 'Lost.')
    log.info({ a: 'one', b: 'two words', c: 3, d: [1], e: null }, 'Running.')
  })
  expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, ''))).toEqual([
    'error [processor/batch] Lost. pipeline=traces err="no route: EHOSTUNREACH"\n',
    'info  Running. a=one b="two words" c=3 d=[1] e=null\n',
  ])
})

it('leaves out what is below its level', () => {
  const lines = written({ level: 'warn' }, (log) => {
    log.info('Not this.')
    log.warn('This.')
  })
  expect(lines).toHaveLength(1)
})
