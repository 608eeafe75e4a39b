import { open } from 'node:fs/promises'
import { ACCEPTED, defineExporter, describeError, z } from 'waggle/component'

const config = z.strictObject({
  path: z.string().min(1).describe('The file that lines are appended to.'),
})

/** Appends a line for each span to a file. */
export const lines = defineExporter({
  type: 'lines',
  summary: 'Appends a line for each span to a file.',
  stability: 'alpha',
  config,
  consumes: ['traces'],
  create: (settings, { path }) => new LinesExporter(settings, path),
})

/** @implements {Exporter} */
class LinesExporter {
  #settings
  #path
  /** @type {import('node:fs/promises').FileHandle | undefined} */
  #file

  /**
   * @param {import('waggle/component').Settings} settings
   * @param {string} path
   */
  constructor(settings, path) {
    this.#settings = settings
    this.#path = path
  }

  async start() {
    this.#file = await open(this.#path, 'a')
  }

  async shutdown() {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  /**
   * Says what became of the batch, and never rejects. What is refused may be offered again.
   *
   * @param {import('waggle/component').Batch} batch
   * @returns {Promise<import('waggle/component').Outcome>}
   */
  async export(batch) {
    const { counters, log } = this.#settings
    if (batch.kind !== 'traces' || !this.#file) return { kind: 'refused', reason: 'shutdown' }
    try {
      await this.#file.appendFile(textOf(batch))
    } catch (error) {
      log.error({ error: describeError(error) }, 'Lines could not be written.')
      return { kind: 'refused', reason: 'write_failed' }
    }
    counters.countIn(batch.itemCount)
    counters.countOut(batch.itemCount)
    return ACCEPTED
  }
}

/** @param {import('waggle/component').Traces} batch */
function textOf({ groups }) {
  return groups.map(({ resource, spans }) => spanLines(resource, spans)).join('')
}

/**
 * @param {import('waggle/component').Resource} resource
 * @param {import('waggle/component').SpanList} spans
 */
function spanLines({ attributes }, spans) {
  const name = attributes['service.name']
  const service = typeof name === 'string' ? name : 'unknown'
  const names = Array.from({ length: spans.length }, (_, i) => spans.name(i))
  return names.map((name) => `${service} ${name}\n`).join('')
}

/** @typedef {import('waggle/component').Exporter} Exporter */
