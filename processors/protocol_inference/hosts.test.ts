import { describe, expect, it } from 'vitest'
import { Hosts } from './hosts.ts'

function read(
  value: string | Buffer,
  hosts = new Hosts(),
): { name: string; port: unknown; url: string } {
  const header = Buffer.from(value)
  const bytes = Buffer.concat([Buffer.from('x:1'), header, Buffer.from(':99')])
  const { name, port, url, urlBytes } = hosts.of(bytes, 3, 3 + header.length)
  expect(urlBytes.toString()).toBe(url)
  return { name, port, url }
}

describe('a Host header', () => {
  it.each([
    ['shop.example', 'shop.example', undefined],
    ['shop.example:8080', 'shop.example', 8080],
    ['shop:', 'shop', undefined],
    ['10.0.0.1:80', '10.0.0.1', 80],
    ['[::1]', '::1', undefined],
    ['[::1]:8080', '::1', 8080],
    ['[fe80::1%25eth0]:1', 'fe80::1%25eth0', 1],
    ['::1', '::1', undefined],
    ['shop:0', 'shop', undefined],
    ['shop:65535', 'shop', 65535],
    ['shop:65536', 'shop', undefined],
    [`shop:${'9'.repeat(400)}`, 'shop', undefined],
    ['shop:http', 'shop:http', undefined],
    ['[]:80', '[]', 80],
    ['größe:81', 'größe', 81],
  ])('%s names its host and port', (value, name, port) => {
    expect(read(value)).toEqual({ name, port, url: `http://${value}` })
  })

  it.each(['', ':8080', 'a b', 'u:p@shop', 'shop/path', 'shop?query', 'shop#part', 'a\0b', '\x7f'])(
    '%j names no host',
    (value) => expect(read(value).name).toBe(''),
  )

  it('has the replacement character for bytes that are not UTF-8', () => {
    expect(read(Buffer.from([0x61, 0xff, 0x62]))).toMatchObject({ name: 'a�b' })
  })
})

describe('the hosts that are known', () => {
  it('are read once each', () => {
    const hosts = new Hosts()
    const bytes = Buffer.from('shop:80 bank:80 shop:80')
    expect(hosts.of(bytes, 16, 23)).toBe(hosts.of(bytes, 0, 7))
    expect(hosts.of(bytes, 8, 15).name).toBe('bank')
  })

  it('are told apart where their hashes are the same', () => {
    const hosts = new Hosts()
    // "Aa" and "BB" are the classical pair for a hash by 31.
    expect(read('Aa', hosts).name).toBe('Aa')
    expect(read('BB', hosts).name).toBe('BB')
    expect(read('Aa', hosts).name).toBe('Aa')
  })

  it('are forgotten rather than kept without bound', () => {
    const hosts = new Hosts()
    const bytes = Buffer.from('first')
    const first = hosts.of(bytes, 0, 5)
    for (let i = 0; i < 4096; i++) read(`host-${i}`, hosts)
    expect(hosts.of(bytes, 0, 5)).not.toBe(first)
    expect(hosts.of(bytes, 0, 5)).toEqual(first)
  })
})
