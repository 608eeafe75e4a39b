import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cleansUp } from './fixtures.ts'
import { unpack } from './debian.ts'
import { run } from './processes.ts'
import { tempDir } from './temp_dir.ts'

cleansUp()

it('unpacks a package with the libraries that the system lacks, once for all who ask', async () => {
  const [wrk, again] = await Promise.all([unpack('wrk'), unpack('wrk')])
  expect(again.root).toBe(wrk.root)
  const failure = run(wrk.program('wrk'), ['--version'], { env: wrk.env })
  // wrk prints its version as part of its usage, and fails.
  await expect(failure).rejects.toThrow(/wrk .*\[epoll\]/)
})

it('says so when a package lacks a program', async () => {
  const wrk = await unpack('wrk')
  expect(() => wrk.program('httpd')).toThrow('the Debian package wrk has no program "httpd"')
})

it('unpacks once when several processes ask at the same time', async () => {
  const cache = tempDir('cache')
  const kit = join(import.meta.dirname, 'debian.ts')
  const code = `const { unpack } = await import(${JSON.stringify(kit)})
    console.log((await unpack('wrk')).program('wrk'))`
  const ask = () =>
    run(process.execPath, ['--input-type=module', '-e', code], { env: { XDG_CACHE_HOME: cache } })
  const answers = await Promise.all([ask(), ask(), ask()])
  const paths = new Set(answers.map(({ stdout }) => stdout.trim()))
  expect(paths.size).toBe(1)
  expect(existsSync([...paths][0]!)).toBe(true)
})
