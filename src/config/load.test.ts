import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadSources } from './load.ts'
import { formatProblem } from './problems.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waggle-config-'))
  writeFileSync(join(folder, 'a.yaml'), 'receivers:\n')
  writeFileSync(join(folder, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe4]))
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('--config', () => {
  it('takes a path, file:, env: and yaml:', async () => {
    const path = join(folder, 'a.yaml')
    const env = { CONFIG: 'exporters:' }
    const values = [path, `file:${path}`, 'env:CONFIG', 'yaml:a::b: 1']
    expect(await loadSources(values, { env })).toEqual({
      sources: [
        { name: path, text: 'receivers:\n' },
        { name: path, text: 'receivers:\n' },
        { name: 'env:CONFIG', text: 'exporters:' },
        { name: 'yaml', text: 'a::b: 1', joinedKeys: true },
      ],
      problems: [],
    })
  })

  it('says for each value why it cannot be read', async () => {
    const path = (name: string) => join(folder, name)
    const values = [
      path('x.yaml'),
      folder,
      path('latin1.yaml'),
      path('a.yaml/b'),
      'env:NO',
      's3://a',
      'a\0b',
      'http://',
    ]
    const { sources, problems } = await loadSources(values, { env: {} })
    expect(sources).toEqual([])
    expect(problems.map(formatProblem)).toEqual([
      `--config:1:1: cannot read "${path('x.yaml')}": no such file`,
      `--config:2:1: cannot read "${folder}": is a directory`,
      `--config:3:1: cannot read "${path('latin1.yaml')}": not UTF-8 text`,
      `--config:4:1: cannot read "${path('a.yaml/b')}": a part of the path is not a directory`,
      '--config:5:1: environment variable "NO" is not set',
      '--config:6:1: unknown scheme "s3" in "s3://a" (known: env, file, http, https, yaml)',
      '--config:7:1: cannot read "a\\u0000b": not a valid path',
      '--config:8:1: not a valid URL',
    ])
  })

  it('has to be given', async () => {
    expect((await loadSources([])).problems.map(formatProblem)).toEqual([
      '--config:1:1: at least one --config must be given',
    ])
  })
})

describe('--config with a URL', () => {
  const server = createServer(({ url, headers }, response) => {
    if (url === '/mine') response.end(headers.authorization)
    else if (url === '/a.yaml') response.end('receivers:\n')
    else if (url === '/huge') response.end(Buffer.alloc(11 * 1024 * 1024))
    else response.writeHead(404).end()
  })
  let base: string

  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  it('fetches it', async () => {
    expect(await loadSources([`${base}/a.yaml`])).toEqual({
      sources: [{ name: `${base}/a.yaml`, text: 'receivers:\n' }],
      problems: [],
    })
  })

  it('sends a name and a password, and never shows them', async () => {
    const url = `${base}/mine`
    const text = `Basic ${Buffer.from('me:hunter 2').toString('base64')}`
    const withPassword = url.replace('//', '//me:hunter%202@')
    expect((await loadSources([withPassword])).sources).toEqual([{ name: url, text }])
    const { problems } = await loadSources([withPassword.replace('mine', 'b.yaml')])
    expect(problems.map(formatProblem)).toEqual([
      `--config:1:1: cannot fetch "${base}/b.yaml": answered with HTTP status 404`,
    ])
  })

  it('says why there is nothing to read', async () => {
    const values = [`${base}/b.yaml`, `${base}/huge`, 'http://127.0.0.1:1/']
    const { problems } = await loadSources(values)
    expect(problems.map(({ message }) => message)).toEqual([
      `cannot fetch "${base}/b.yaml": answered with HTTP status 404`,
      `cannot fetch "${base}/huge": longer than 10 MiB`,
      'cannot fetch "http://127.0.0.1:1/": bad port',
    ])
  })

  it('gives up on a server that does not answer', async () => {
    const fetchUrl = (): Promise<string> =>
      Promise.reject(new DOMException('The operation was aborted', 'TimeoutError'))
    const { problems } = await loadSources(['https://slow.example/'], { fetchUrl })
    expect(problems.map(formatProblem)).toEqual([
      '--config:1:1: cannot fetch "https://slow.example/": no answer within 10 s',
    ])
  })
})
