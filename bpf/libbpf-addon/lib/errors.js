import { getSystemErrorMap } from 'node:util'

import { binding } from './binding.js'
import { missingCapabilities } from './capabilities.js'
import { usefulLines } from './verifier_log.js'

const EPERM = 1

/** What Node words for sockets or does not know, among it libbpf's own codes from 4000 on. */
const otherCodes = new Map([
  [35, ['EDEADLK', 'resource deadlock avoided']],
  [77, ['EBADFD', 'file descriptor in bad state']],
  [95, ['EOPNOTSUPP', 'operation not supported']],
  [524, ['ENOTSUPP', 'operation is not supported']],
  [4000, ['LIBELF', 'something wrong in libelf']],
  [4001, ['FORMAT', 'BPF object format invalid']],
  [4002, ['KVERSION', "'version' section incorrect or lost"]],
  [4003, ['ENDIAN', 'endian mismatch']],
  [4004, ['INTERNAL', 'internal error in libbpf']],
  [4005, ['RELOC', 'relocation failed']],
  [4006, ['LOAD', 'load program failure for unknown reason']],
  [4007, ['VERIFY', 'kernel verifier blocks program loading']],
  [4008, ['PROG2BIG', 'program too big']],
  [4009, ['KVER', 'incorrect kernel version']],
  [4010, ['PROGTYPE', 'kernel does not support this program type']],
  [4011, ['WRNGPID', 'wrong pid in netlink message']],
  [4012, ['INVSEQ', 'invalid netlink sequence']],
  [4013, ['NLPARSE', 'netlink message parsing error']],
])

export class BpfError extends Error {
  /** @param {string} operation @param {number} errno @param {string} log @param {string} [program] */
  constructor(operation, errno, log = '', program) {
    const [code, meaning] = describeErrno(errno)
    const { lines, omitted } = usefulLines(log)
    const tail = omitted > 0 ? ` (${omitted} ${omitted === 1 ? 'line' : 'lines'} omitted)` : ''
    super(`${operation}: ${[`${code} (${meaning})`, ...lines].join(': ')}${tail}`)
    this.name = 'BpfError'
    this.code = code
    this.errno = errno
    this.operation = operation
    this.program = program
    // Not enumerable: a verifier log can have megabytes, and loggers print what they can see.
    Object.defineProperty(this, 'log', { value: log })
  }
}

/** @returns {[code: string, meaning: string]} */
export function describeErrno(errno) {
  if (errno === EPERM) return ['EPERM', `operation not permitted; ${privileges()}`]
  return otherCodes.get(errno) ?? getSystemErrorMap().get(-errno) ?? [`E${errno}`, 'unknown error']
}

function privileges() {
  const missing = missingCapabilities()
  if (missing.length > 0) return `the process lacks ${missing.join(', ')}`
  return 'not for lack of capabilities: this kernel or its security policy refuses'
}

/** Passes a native answer on, or throws it: failures are negative numbers. */
export function check(answer, operation) {
  if (typeof answer !== 'number' || answer >= 0) return answer
  throw new BpfError(operation, -answer)
}

/** As check(), for the calls that libbpf comments on. */
export function checkWithLog(answer, operation) {
  if (typeof answer !== 'number' || answer >= 0) return answer
  throw new BpfError(operation, -answer, binding.takeLog())
}

export function codedError(code, message) {
  return Object.assign(new Error(message), { code })
}
