import { expect, it } from 'vitest'
import { nameText, questionTypeName, responseCodeName } from './dns_names.ts'

const wire = (...labels: string[]): Buffer =>
  Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
    Buffer.from([0]),
  ])

it.each([
  [['www', 'example', 'com'], 'www.example.com'],
  [[], '.'],
  [['_sip', '_udp', 'A-1'], '_sip._udp.A-1'],
  [['a.b\\', '\0\n \xff'], 'a\\.b\\\\.\\000\\010\\032\\255'],
] as const)('writes the labels %j as %s', (labels, text) => {
  expect(nameText(wire(...labels))).toBe(text)
})

it('writes no more of a name than is there', () => {
  expect(nameText(Buffer.from([5, 97, 98]))).toBe('ab')
  expect(nameText(Buffer.alloc(0))).toBe('.')
})

it('names codes and types, and those without a name by their number', () => {
  expect([0, 2, 3, 5, 11, 12].map(responseCodeName)).toEqual([
    'NOERROR',
    'SERVFAIL',
    'NXDOMAIN',
    'REFUSED',
    'DSOTYPENI',
    'RCODE12',
  ])
  expect([1, 28, 65, 99].map(questionTypeName)).toEqual(['A', 'AAAA', 'HTTPS', 'TYPE99'])
})
