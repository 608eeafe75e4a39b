import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'

/** What a program that has ended leaves. */
export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Runs a program to its end. */
export function runToEnd(command: string, ...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return { code: status, output: stdout + stderr }
}

/** A program that runs beside this one. */
export class Running {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #ended: Promise<number | null>
  #output = ''
  #onOutput = (): void => {}

  constructor(command: string, ...args: string[]) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const pipe of [this.#child.stdout, this.#child.stderr]) {
      pipe.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.#onOutput()
      })
    }
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve))
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** Resolves once a line of output has the text; at its end also when none has. */
  async says(text: string): Promise<void> {
    const said = new Promise<void>((resolve) => {
      this.#onOutput = () => {
        if (this.#output.includes(text)) resolve()
      }
    })
    this.#onOutput()
    await Promise.race([said, this.#ended])
  }

  /** Waits until it ends, after a signal if there is one. */
  async end(signal?: NodeJS.Signals): Promise<Ended> {
    if (signal) this.#child.kill(signal)
    return { code: await this.#ended, output: this.#output }
  }
}
