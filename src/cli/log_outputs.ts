import { closeSync, openSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeError } from '../component/errors.ts'
import type { LogOutput } from '../telemetry/log_sink.ts'
import type { Program } from './program.ts'

/** Outputs of a log that are open. */
export interface OpenOutputs extends LogOutput {
  /** Closes its files. */
  close(): void
}

/** Told of what an output could not take; `undefined` once it works again. */
export type OnFailure = (path: string, error: unknown) => void

/**
 * Opens what `output_paths` names: `stderr`, `stdout`, a path or a `file://` URL; files are added to.
 * Throws `open log output …` with the cause.
 */
export function openOutputs(
  paths: readonly string[],
  { stdout, stderr }: Pick<Program, 'stdout' | 'stderr'>,
  onFailure: OnFailure = () => {},
): OpenOutputs {
  const files: LogFile[] = []
  const outputs = [...new Set(paths)].map((path): LogOutput => {
    if (path === 'stderr') return stderr
    if (path === 'stdout') return stdout
    const file = new LogFile(path, onFailure)
    files.push(file)
    return file
  })
  return {
    write: (text) => {
      for (const output of outputs) output.write(text)
    },
    close: () => {
      for (const file of files) file.close()
    },
  }
}

/**
 * A file that lines are added to, each at once: the log is for when things go wrong. One that is moved
 * away goes on getting them, so rotate it by copying and truncating.
 */
class LogFile implements LogOutput {
  readonly #path: string
  readonly #onFailure: OnFailure
  readonly #fd: number
  #failed = false
  #closed = false

  constructor(path: string, onFailure: OnFailure) {
    this.#path = path
    this.#onFailure = onFailure
    try {
      this.#fd = openSync(path.startsWith('file:') ? fileURLToPath(path) : path, 'a', 0o644)
    } catch (cause) {
      const what = `open log output ${path} (service.telemetry.logs.output_paths)`
      throw new Error(what, { cause })
    }
  }

  write(text: string): void {
    if (this.#closed) return
    try {
      writeSync(this.#fd, text)
      this.#failed = false
    } catch (error) {
      // Once, until it works again: a full disk must not fill the other outputs too.
      if (!this.#failed) this.#onFailure(this.#path, error)
      this.#failed = true
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#fd)
  }
}

/** What is written to `error_output_paths` when a line could not be written. */
export function failureLine(path: string, error: unknown): string {
  const time = new Date().toISOString()
  return `${time} waggle: the log cannot be written to ${path}: ${describeError(error)}\n`
}
