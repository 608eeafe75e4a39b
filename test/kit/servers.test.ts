import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { curl, keepAliveClient } from './clients.ts'
import { cleansUp, eventually, tempDir } from './fixtures.ts'
import { freePort } from './processes.ts'
import { startNginx, startNodeServer, startPythonHttpServer } from './servers.ts'

cleansUp()

describe('startNginx', () => {
  it('serves over IPv4 and IPv6 and says in its log what it served', async () => {
    const port = await freePort()
    const nginx = await startNginx({
      listen: [`127.0.0.1:${port}`, `[::1]:${port}`],
      server: 'location /gone { return 410; }',
    })
    const header = 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await curl(['-H', header, `http://127.0.0.1:${port}/`, `http://[::1]:${port}/gone?x=1`])
    const lines = await eventually(() => {
      const log = nginx.accessLog()
      expect(log).toHaveLength(2)
      return log
    })
    expect(lines).toMatchObject([
      { method: 'GET', uri: '/', status: 200, bodyBytesSent: 6, connectionRequests: 1 },
      { method: 'GET', uri: '/gone?x=1', status: 410, connectionRequests: 1 },
    ])
    expect(lines[0]!.traceparent).toContain('0af7651916cd43dd8448eb211c80319c')
    expect(lines[1]!.connection).not.toBe(lines[0]!.connection)
    await nginx.stop()
    await expect(curl([`http://127.0.0.1:${port}/`])).rejects.toThrow('exit code 7')
  })

  it('says why nginx did not start', async () => {
    await expect(startNginx({ main: 'nonsense;' })).rejects.toThrow('unknown directive "nonsense"')
  })
})

it('serves a folder with Python', async () => {
  const dir = tempDir()
  writeFileSync(join(dir, 'a.txt'), 'from Python')
  const { port, stop } = await startPythonHttpServer({ dir })
  expect((await curl([`http://127.0.0.1:${port}/a.txt`])).stdout).toBe('from Python')
  await stop()
})

describe('startNodeServer', () => {
  it('does what the path says, over one connection', async () => {
    const { port } = await startNodeServer()
    const client = keepAliveClient(`http://127.0.0.1:${port}`)
    const answers = [
      await client.send('/status/418'),
      await client.send('/length/1234'),
      await client.send('/chunked/3'),
      await client.send('/echo', { method: 'POST', body: 'again' }),
      await client.send('/headers', { headers: { 'x-one': '1' } }),
    ]
    client.close()
    expect(answers.map(({ status }) => status)).toEqual([418, 200, 200, 200, 200])
    expect(answers[1]!.body).toHaveLength(1234)
    expect(answers[2]).toMatchObject({ body: 'chunk 0\nchunk 1\nchunk 2\n' })
    expect(answers[2]!.headers).toMatchObject({ 'transfer-encoding': 'chunked' })
    expect(answers[3]!.body).toBe('again')
    expect(JSON.parse(answers[4]!.body)).toMatchObject({ 'x-one': '1' })
    expect(new Set(answers.map(({ localPort }) => localPort)).size).toBe(1)
  })

  it('takes its time, asks for the body, and breaks off when told', async () => {
    const { port } = await startNodeServer()
    const origin = `http://127.0.0.1:${port}`
    const began = performance.now()
    await curl([`${origin}/slow/200`])
    expect(performance.now() - began).toBeGreaterThan(199)
    const sent = await curl(['-v', '-H', 'Expect: 100-continue', '-d', 'abc', `${origin}/continue`])
    expect(sent).toMatchObject({ stdout: '3', stderr: expect.stringContaining('100 Continue') })
    await expect(curl([`${origin}/close`])).rejects.toThrow('exit code 18')
  })
})
