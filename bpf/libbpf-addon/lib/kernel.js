import { expectInteger, expectOneOf, expectText } from './arguments.js'
import { binding } from './binding.js'
import { missingCapabilities } from './capabilities.js'
import { check, describeErrno } from './errors.js'
import { usefulLines } from './verifier_log.js'

const EPERM = 1

export function possibleCpus() {
  return check(binding.possibleCpus(), 'count the possible CPUs')
}

export function networkInterfaces() {
  return check(binding.networkInterfaces(), 'list the network interfaces')
}

export function libbpfVersion() {
  return binding.libbpfVersion().replace(/^v/, '')
}

export function bumpMemlock() {
  binding.bumpMemlock()
}

export function probeProgramType(type) {
  const answer = binding.probeProgramType(expectText(type, 'program type'))
  return answer === undefined ? unknownTo(`program type "${type}"`) : toResult(answer)
}

export function probeMapType(type) {
  const answer = binding.probeMapType(expectText(type, 'map type'))
  return answer === undefined ? unknownTo(`map type "${type}"`) : toResult(answer)
}

export function probeHelper(programType, helper) {
  expectText(programType, 'program type')
  if (typeof helper === 'number') expectInteger(helper, 'helper', 1, 2 ** 31 - 1)
  else expectText(helper, 'helper')
  const name = typeof helper === 'number' ? helper : helper.replace(/^bpf_/, '')
  const answer = binding.probeHelper(programType, name)
  if (answer !== undefined) return toResult(answer)
  return unknownTo(`program type "${programType}" or no helper "${helper}"`)
}

export function probeAttach(kind) {
  expectOneOf(kind, 'kind', ['fentry', 'kprobe', 'tcx', 'tp_btf', 'uprobe'])
  return toResult(binding.probeAttach(kind))
}

export function kernelBtf() {
  const status = askKernelBtf(() => binding.kernelBtf())
  if (status >= 0) return { present: true }
  return { present: false, reason: reasonOf(-status) }
}

export function tracepointArguments(name) {
  expectText(name, 'tracepoint')
  return askKernelBtf(() => binding.tracepointArguments(name))
}

export function kernelStructHas(struct, member) {
  expectText(struct, 'struct')
  expectText(member, 'member')
  return askKernelBtf(() => binding.kernelStructHas(struct, member))
}

export function kernelEnumValues(name) {
  expectText(name, 'enum name')
  return askKernelBtf(() => binding.kernelEnumValues(name))
}

let releasing = false

/** The kernel's types take megabytes: they are kept for the questions of one turn. */
function askKernelBtf(question) {
  if (!releasing) {
    releasing = true
    setImmediate(() => {
      releasing = false
      binding.releaseKernelBtf()
    }).unref()
  }
  return question()
}

function unknownTo(what) {
  return { answer: 'unknown', reason: `libbpf ${libbpfVersion()} knows no ${what}` }
}

function toResult({ status, errno, detail }) {
  if (status > 0) return { answer: 'supported' }
  // EPERM says nothing about the kernel, unless to somebody who has every capability.
  const refused = status === 0 || (errno === EPERM && missingCapabilities().length === 0)
  return { answer: refused ? 'not_supported' : 'unknown', reason: reasonOf(errno, detail) }
}

function reasonOf(errno, detail = '') {
  if (errno === 0) return 'the kernel gave no reason'
  const [code, meaning] = describeErrno(errno)
  const said = usefulLines(detail).lines.at(-1)
  return `${code} (${meaning})${said === undefined ? '' : `: ${said}`}`
}
