import { describe, expect, it } from 'vitest'
import { emptyHead, readHead } from './http_head.ts'

/** What is read of a head that stands in the middle of other bytes. */
function read(text: string | Buffer): Record<string, string | boolean> {
  const inside = typeof text === 'string' ? Buffer.from(text, 'latin1') : text
  const around = Buffer.from('host: before\r\ntraceparent: before\r\n')
  const bytes = Buffer.concat([around, inside, Buffer.from('://after/ ?\nHost: after\r\n')])
  const head = emptyHead()
  readHead(bytes, around.length, around.length + inside.length, head)
  const part = (from: number, to: number): string => bytes.toString('latin1', from, to)
  return {
    method: part(head.methodStart, head.methodEnd),
    path: part(head.pathStart, head.pathEnd),
    host: part(head.hostStart, head.hostEnd),
    trace: part(head.traceStart, head.traceEnd),
    asciiPath: head.asciiPath,
  }
}

describe('the request line', () => {
  it.each([
    ['origin form', 'GET /a/b HTTP/1.1', 'GET', '/a/b'],
    ['the root', 'GET / HTTP/1.1', 'GET', '/'],
    ['a query', 'GET /a?b=/c HTTP/1.1', 'GET', '/a'],
    ['a query at once', 'GET /?b HTTP/1.1', 'GET', '/'],
    ['a fragment', 'GET /a#b HTTP/1.1', 'GET', '/a'],
    ['two slashes in front', 'GET //a//b HTTP/1.1', 'GET', '//a//b'],
    ['a URL in the path', 'GET /http://h/x HTTP/1.1', 'GET', '/http://h/x'],
    ['asterisk form', 'OPTIONS * HTTP/1.1', 'OPTIONS', '*'],
    ['asterisk form with a query', 'OPTIONS *?a=b HTTP/1.1', 'OPTIONS', '*'],
    ['absolute form', 'GET http://h:80/a HTTP/1.1', 'GET', '/a'],
    ['absolute form of another scheme', 'GET ftp://h/a/b?c HTTP/1.1', 'GET', '/a/b'],
    ['absolute form without a path', 'GET http://h HTTP/1.1', 'GET', ''],
    ['absolute form with a query and no path', 'GET http://h?t=/secret HTTP/1.1', 'GET', ''],
    ['absolute form with a user', 'GET http://u:p@h/a HTTP/1.1', 'GET', '/a'],
    ['authority form', 'CONNECT h:443 HTTP/1.1', 'CONNECT', ''],
    ['a target that is no form', 'GET secret HTTP/1.1', 'GET', ''],
    ['a scheme in the query', 'GET x?u=http://h/secret HTTP/1.1', 'GET', ''],
    ['a query behind the method', 'POST?t=://h/secret HTTP/1.1', '', ''],
    ['no version', 'GET /a', 'GET', '/a'],
    ['no target', 'GET ', 'GET', ''],
    ['two blanks', 'GET  /a HTTP/1.1', 'GET', ''],
    ['a tab behind the target', 'GET /a\tHTTP/1.1', 'GET', '/a'],
    ['NUL in the path', 'GET /a\0b HTTP/1.1', 'GET', '/a'],
    ['a method that nobody knows', 'BREW /pot HTTP/1.1', 'BREW', '/pot'],
    ['no method', ' /a HTTP/1.1', '', '/a'],
    ['nothing', '', '', ''],
  ])('is read with %s', (_, line, method, path) => {
    const found = { method, path, host: 'h', trace: '', asciiPath: true }
    expect(read(`${line}\r\nHost: h\r\n\r\n`)).toEqual(found)
    expect(read(`${line}\nHost: h\n\n`)).toEqual(found)
  })

  it('keeps bytes above ASCII and says that they are there', () => {
    expect(read('GET /\xc3\xa4\xff HTTP/1.1\r\n\r\n')).toMatchObject({
      path: '/\xc3\xa4\xff',
      asciiPath: false,
    })
    expect(read('GET /a?\xff HTTP/1.1\r\nHost: \xff\r\n\r\n')).toMatchObject({ asciiPath: true })
  })
})

describe('the Host header', () => {
  it.each([
    ['host in lower case', 'host: shop', 'shop'],
    ['HOST in upper case', 'HOST: shop', 'shop'],
    ['blanks and tabs around', 'Host: \t shop\t ', 'shop'],
    ['no blank', 'Host:shop:8080', 'shop:8080'],
    ['an empty value', 'Host:', ''],
    ['two of them, of which the first counts', 'Host: one\r\nHost: two', 'one'],
    ['two of them, of which the first is empty', 'Host:\r\nHost: two', ''],
    ['a name that only begins so', 'Hostess: a', ''],
    ['a name that only ends so', 'X-Host: a', ''],
    ['a blank before the colon', 'Host : a', ''],
    ['a folded line', 'X: a\r\n Host: b', ''],
    ['other headers around', 'A: b\r\nhappy: 1\r\nHost: c\r\nHola: d', 'c'],
    ['bytes above ASCII', 'Host: \xfc', '\xfc'],
  ])('is read with %s', (_, lines, host) => {
    expect(read(`GET / HTTP/1.1\r\n${lines}\r\n\r\n`)).toMatchObject({ host, path: '/' })
  })
})

const WHOLE =
  'POST /a/b?c HTTP/1.1\r\nTraceParent: 00-aa-bb-01\r\nhost: shop:80\r\nAccept: */*\r\n\r\n'

it('never takes a part of a method, Host or traceparent for the whole in a head that is cut off', () => {
  const path = '/a/b'
  for (let length = 0; length <= WHOLE.length; length++) {
    const { method, path: found, host, trace } = read(WHOLE.slice(0, length))
    expect(method).toBe(length > 'POST'.length ? 'POST' : '')
    expect(found).toBe(path.slice(0, Math.max(0, length - 'POST '.length)))
    expect(trace).toBe(length >= WHOLE.indexOf('host:') ? '00-aa-bb-01' : '')
    expect(host).toBe(length >= WHOLE.indexOf('Accept:') ? 'shop:80' : '')
  }
})

it('reads the first traceparent of two', () => {
  const lines = 'traceparent: one\r\ntraceparent: two\r\nHost: h\r\ntracestate: a=b\r\n'
  expect(read(`GET / HTTP/1.1\r\n${lines}\r\n`)).toMatchObject({ trace: 'one', host: 'h' })
})
