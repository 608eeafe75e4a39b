import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { PortSet, ports } from './selection_ports.ts'

describe('ports', () => {
  it.each([
    [80, [80], [79, 81]],
    ['80', [80], [79, 81]],
    ['8000-8999', [8000, 8500, 8999], [7999, 9000]],
    [
      [80, '90-91', '443'],
      [80, 90, 91, 443],
      [81, 89, 92],
    ],
    ['1-65535', [1, 65_535], [0]],
  ])('%j are those that are meant', (written, among, others) => {
    const set = ports().parse(written)
    expect(among.filter((port) => !set.has(port))).toEqual([])
    expect(others.filter((port) => set.has(port))).toEqual([])
  })

  it.each([0, 65_536, 1.5, -1, '', 'http', '90-80', '0-10', '80-', '-80', '1-2-3', [], [80, 'x']])(
    '%j are refused',
    (written) => {
      const message =
        'expected a port from 1 to 65535, a range such as "8000-8999", or a list of them'
      expect(
        ports()
          .safeParse(written)
          .error?.issues.map((issue) => issue.message),
      ).toEqual([message])
    },
  )

  it.each([[80], ['8000-8999'], [[80, '90-91']]])('%j are written as they were', (written) => {
    expect(z.encode(ports(), ports().parse(written))).toEqual(written)
  })

  it('of several sets are those of each', () => {
    const set = PortSet.union([ports().parse(80), ports().parse('90-91')])
    expect([80, 85, 91].map((port) => set.has(port))).toEqual([true, false, true])
    expect(PortSet.union([]).has(80)).toBe(false)
  })
})
