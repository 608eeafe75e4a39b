import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { fileStorageConfig } from './config.ts'
import { FileStorageExtension } from './extension.ts'
import { fileStorage } from './index.ts'

cleansUp()

const storage = (options: object) =>
  new FileStorageExtension(testSettings(fileStorage), fileStorageConfig.parse(options))

describe('file_storage', () => {
  it('does not start without its directory, and says what makes it', async () => {
    const directory = join(tempDir(), 'missing')
    await expect(storage({ directory }).start()).rejects.toThrow(
      `directory must exist: ${directory}; the \`create_directory\` option makes it`,
    )
  })

  it('does not start where a file is in the place of the directory', async () => {
    const directory = join(tempDir(), 'file')
    writeFileSync(directory, '')
    await expect(storage({ directory }).start()).rejects.toThrow(`${directory} is not a directory`)
  })

  it('makes its directory with the permissions that are asked for', async () => {
    const directory = join(tempDir(), 'a', 'b')
    await storage({ directory, create_directory: true, directory_permissions: '0700' }).start()
    expect((statSync(directory).mode & 0o777).toString(8)).toBe('700')
  })

  it('keeps the queues of two owners apart, whatever their names', async () => {
    const directory = tempDir()
    const extension = storage({ directory })
    await extension.start()
    const owners = ['exporter_otlp_a/b_traces', 'exporter_otlp_a~002Fb_traces']
    for (const owner of owners) {
      const queue = await extension.queue(owner)
      await queue.put([{ body: Buffer.from(owner), items: 1 }])
    }
    await extension.shutdown()
    const queue = await extension.queue(owners[0]!)
    expect(String(await queue.read(queue.recovered[0]!))).toBe(owners[0])
    expect(readdirSync(directory).toSorted()).toEqual([
      'exporter_otlp_a~002Fb_traces.queue',
      'exporter_otlp_a~007E002Fb_traces.queue',
    ])
    await extension.shutdown()
  })

  it('hands a queue that was released on to the next exporter at once', async () => {
    const directory = tempDir()
    const extension = storage({ directory, timeout: '0s' })
    for (let i = 0; i < 5; i++) {
      const queue = await extension.queue('exporter_otlp__traces')
      await queue.put([{ body: Buffer.from('a'), items: 1 }])
      expect(queue.recovered.length).toBe(i)
      await queue.close()
    }
  })

  it('waits for nobody who cannot be waited for', async () => {
    const directory = tempDir()
    mkdirSync(join(directory, 'x.queue'))
    const extension = storage({ directory, timeout: '50ms' })
    const queue = await extension.queue('x')
    await expect(extension.queue('x')).rejects.toThrow(`is locked by process ${process.pid}`)
    await queue.close()
  })
})
