import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleansUp } from './fixtures.ts'
import { eventually } from './eventually.ts'
import { isAlive } from './proc.ts'
import { freePort, listensOn, run, start } from './processes.ts'

cleansUp()

describe('start', () => {
  it('gives the pid of the program itself', async () => {
    const program = await start('sh', ['-c', 'echo $$; exec sleep 60'])
    const [pid] = await program.waitForOutput(/\d+/)
    expect(Number(pid)).toBe(program.pid)
    expect(await program.stop()).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it('says what a program printed when it ends too early', async () => {
    const program = await start('sh', ['-c', 'echo no such thing >&2; exit 3'])
    const failure = program.waitForOutput(/ready/)
    await expect(failure).rejects.toThrow(/ended \(exit code 3\) .*\nno such thing/)
  })

  it('kills a program that ignores SIGTERM, with the children it has', async () => {
    const script = 'trap "" TERM; sleep 60 & echo child $!; while :; do sleep 1; done'
    const program = await start('sh', ['-c', script], { graceMs: 100 })
    const [, child] = await program.waitForOutput(/child (\d+)/)
    expect(await program.stop()).toEqual({ code: null, signal: 'SIGKILL' })
    await eventually(() => expect(isAlive(Number(child))).toBe(false))
  })

  it('ends a program even when the test itself is killed', async () => {
    const kit = join(import.meta.dirname, 'processes.ts')
    const code = `const { start } = await import(${JSON.stringify(kit)})
      const program = await start('sh', ['-c', 'echo up; exec sleep 60'])
      await program.waitForOutput(/up/)
      console.log(program.pid)`
    const test = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'pipe' })
    const [pid] = (await once(test.stdout, 'data')) as [Buffer]
    expect(isAlive(Number(pid))).toBe(true)
    test.kill('SIGKILL')
    await eventually(() => expect(isAlive(Number(pid))).toBe(false))
  })

  it('says which program could not be started', async () => {
    await expect(run('/nonexistent/program')).rejects.toThrow('/nonexistent/program')
  })
})

it('sees who listens on a port, over IPv4 and IPv6, without connecting', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const port = await freePort()
    expect(listensOn(process.pid, port)).toBe(false)
    const server = createServer(() => expect.unreachable('something connected')).listen(port, host)
    await once(server, 'listening')
    expect(listensOn(process.pid, port)).toBe(true)
    server.close()
  }
})
