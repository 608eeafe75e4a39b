import type { BpfObject } from 'libbpf-addon'

/** Ticks a second that kernels are built with: CONFIG_HZ of the architectures that run BPF. */
const RATES = [100, 250, 300, 1000]

/** Below this many milliseconds neighbours among the rates cannot be told apart for certain. */
const CERTAIN_MS = 1000

/** Finds out how long a jiffy is, by the program `sockets_jiffies` and our own clock. */
export class Jiffies {
  readonly #read: () => number
  readonly #nowMs: () => number
  readonly #firstMs: number
  readonly #first: number
  #us: number | undefined

  /** @param nowMs milliseconds of a clock that does not jump */
  constructor(read: () => number, nowMs: () => number = () => performance.now()) {
    this.#read = read
    this.#nowMs = nowMs
    this.#firstMs = nowMs()
    this.#first = read()
  }

  /** Microseconds of a jiffy: the best guess until a second has passed, then for certain. */
  get us(): number {
    if (this.#us !== undefined) return this.#us
    const ms = this.#nowMs() - this.#firstMs
    const rate = (((this.#read() - this.#first) >>> 0) * 1000) / Math.max(ms, 1)
    const off = (one: number): number => Math.abs(Math.log(one / Math.max(rate, 1)))
    const best = RATES.reduce((a, b) => (off(b) < off(a) ? b : a))
    if (ms >= CERTAIN_MS) this.#us = 1e6 / best
    return 1e6 / best
  }
}

/** By the kernel; 0 microseconds, so that nothing is reported, where it refused the program. */
export function jiffiesOf(object: BpfObject, refused: ReadonlySet<string>): Pick<Jiffies, 'us'> {
  if (refused.has('sockets_jiffies')) return { us: 0 }
  return new Jiffies(() => object.testRun('sockets_jiffies', {}).returnValue)
}
