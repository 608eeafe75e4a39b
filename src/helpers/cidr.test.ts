import { expect, it } from 'vitest'
import { parseCidr } from './cidr.ts'

it.each([
  ['10.0.0.0/8', '00000000000000000000ffff0a000000', 104],
  ['10.1.2.3', '00000000000000000000ffff0a010203', 128],
  ['0.0.0.0/0', '00000000000000000000ffff00000000', 96],
  ['fd00:203::/64', 'fd000203000000000000000000000000', 64],
  ['::/0', '00000000000000000000000000000000', 0],
  ['::1', '00000000000000000000000000000001', 128],
  ['2001:db8:1:2:3:4:5:6/127', '20010db8000100020003000400050006', 127],
  ['::ffff:10.0.0.0/104', '00000000000000000000ffff0a000000', 104],
])('%s is a range', (text, address, bits) => {
  const range = parseCidr(text)
  expect(range).toEqual({ text, address: Buffer.from(address, 'hex'), bits })
})

it.each(['', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/-1', '10.0.0.0/', 'fd00::/129', 'fe80::1%eth0'])(
  '%j is none',
  (text) => {
    expect(parseCidr(text)).toBeUndefined()
  },
)
