import { expect, it } from 'vitest'
import { FakeClock } from '../helpers/fixtures.ts'
import { createLogger } from '../telemetry/logger.ts'
import { NO_METER, type Read } from '../telemetry/meter.ts'
import { OttlError } from './errors.ts'
import { Faults } from './faults.ts'

it('counts errors in every mode, and logs a time of them once at its beginning and once at its end', () => {
  const lines: string[] = []
  const log = createLogger({ level: 'info', out: { write: (line) => lines.push(line) } })
  const reads: Read[] = []
  const meter = {
    ...NO_METER,
    counter: (_: object, read: Read) => {
      reads.push(read)
      return () => void reads.pop()
    },
  }
  const clock = new FakeClock()
  const faults = new Faults(log, meter, clock)
  const error = new OttlError('division by zero')
  faults.take('silent', 'a', error)
  expect(lines).toEqual([])
  faults.take('ignore', 'b', error)
  expect(() => faults.take('propagate', 'c', error)).toThrow(error)
  let counted = 0
  reads[0]?.((value) => (counted = value))
  expect(counted).toBe(3)
  faults.end()
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(told).toMatchObject([
    { msg: 'A condition or statement fails.', text: 'b', error: 'division by zero' },
    { msg: 'Conditions and statements no longer fail.', errors: 2 },
  ])
  expect(reads).toEqual([])
})

it('lets through what is no fault of a condition or statement', () => {
  const log = createLogger({ level: 'info', out: { write: () => {} } })
  const faults = new Faults(log, NO_METER, new FakeClock())
  const bug = new TypeError('x')
  expect(() => faults.take('silent', 'a', bug)).toThrow(bug)
})
