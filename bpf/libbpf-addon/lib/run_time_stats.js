import { binding } from './binding.js'
import { check } from './errors.js'
import { Handle } from './handle.js'

const TOKEN = Symbol('made by enable()')

export class RunTimeStats extends Handle {
  constructor(token, nativeStats) {
    if (token !== TOKEN) throw new TypeError('Use RunTimeStats.enable()')
    super(nativeStats, 'run-time statistics')
  }

  static enable() {
    const stats = check(binding.enableRunTimeStats(), 'turn on run-time statistics')
    return new RunTimeStats(TOKEN, stats)
  }
}
