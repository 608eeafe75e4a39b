import {
  expectBoolean,
  expectBytes,
  expectInteger,
  expectObject,
  expectOneOf,
  expectText,
  findNamed,
} from './arguments.js'
import { binding } from './binding.js'
import { encodeConstant } from './constant.js'
import { readElf } from './elf.js'
import { BpfError, check, checkWithLog, codedError } from './errors.js'
import { Handle, native } from './handle.js'
import { InterfaceLink, IteratorLink, Link } from './link.js'
import { BpfMap } from './map.js'

const secret = Symbol('BpfObject.open')
const allProcesses = -1
/** Room in testRun's output beyond the input: programs may push headers. */
const testRunHeadroom = 256

export class BpfObject extends Handle {
  #name
  #label
  /** @type {'open' | 'loaded' | 'failed'} */
  #state = 'open'
  #maps = new Map()

  constructor(token, nativeObject, name) {
    if (token !== secret) throw new TypeError('use BpfObject.open()')
    super(nativeObject, `object "${name}"`)
    this.#name = name
    this.#label = `object "${name}"`
  }

  static open(source, options = {}) {
    const { elf, name } = readElf(source, expectObject(options, 'options').name)
    const nativeObject = checkWithLog(binding.openObject(elf, name), `open object "${name}"`)
    return new BpfObject(secret, nativeObject, name)
  }

  get name() {
    return this.#name
  }

  get programs() {
    return this[native].programs()
  }

  get maps() {
    return this[native].maps()
  }

  get constants() {
    return this[native].constants().map(({ name, size, offset }) => ({ name, size, offset }))
  }

  setConstant(name, value) {
    this.#expectNotLoaded('set a constant')
    const constant = findNamed(this[native].constants(), name, 'constant', this.#label)
    const bytes = encodeConstant(constant, value)
    const status = this[native].setConstant(constant.section, constant.offset, bytes)
    check(status, `set constant "${name}" of ${this.#label}`)
  }

  setAutoload(program, on) {
    this.#expectNotLoaded('choose programs')
    this.#program(program)
    expectBoolean(on, 'on')
    const status = this[native].setAutoload(program, on)
    check(status, `set autoload of program "${program}"`)
  }

  setMaxEntries(map, entries) {
    this.#expectNotLoaded('size a map')
    findNamed(this.maps, map, 'map', this.#label)
    expectInteger(entries, `max entries of map "${map}"`, 1, 2 ** 32 - 1)
    check(this[native].setMaxEntries(map, entries), `set max entries of map "${map}"`)
  }

  structLayout(name) {
    const layout = this[native].structLayout(expectText(name, 'struct name'))
    if (layout !== undefined) return layout
    throw codedError('ERR_UNKNOWN_NAME', `${this.#label} has no struct "${name}" in its BTF`)
  }

  enumValues(name) {
    const values = this[native].enumValues(expectText(name, 'enum name'))
    if (values !== undefined) return values
    throw codedError('ERR_UNKNOWN_NAME', `${this.#label} has no enum "${name}" in its BTF`)
  }

  load() {
    this.#expectNotLoaded('load again')
    const status = this[native].load()
    this.#state = status < 0 ? 'failed' : 'loaded'
    if (status >= 0) return
    const log = binding.takeLog()
    const program = refusedProgram(log)
    const what = program === undefined ? this.#label : `program "${program}" of ${this.#label}`
    throw new BpfError(`load ${what}`, -status, log, program)
  }

  map(name) {
    this.#expectLoaded('open a map')
    findNamed(this.maps, name, 'map', this.#label)
    const known = this.#maps.get(name)
    if (known !== undefined && !known.closed) return known
    const nativeMap = check(this[native].map(name), `open map "${name}" of ${this.#label}`)
    const map = new BpfMap(nativeMap, this)
    this.#maps.set(name, map)
    return map
  }

  attach(program) {
    const { section } = this.#loadedProgram(program)
    const link = checkWithLog(
      this[native].attach(program),
      `attach program "${program}" (${section})`,
    )
    return this.#link(link, program, section.split('/')[0])
  }

  attachCgroup(program, cgroup, options = {}) {
    this.#loadedProgram(program)
    expectText(cgroup, 'cgroup')
    const { first = false } = expectObject(options, 'options')
    expectBoolean(first, 'options.first')
    const operation = `attach program "${program}" to cgroup ${cgroup}`
    const link = checkWithLog(this[native].attachCgroup(program, cgroup, first), operation)
    return this.#link(link, program, 'cgroup')
  }

  attachTracepoint(program, tracepoint) {
    this.#loadedProgram(program)
    const [category, name] = expectText(tracepoint, 'tracepoint').split('/')
    if (!category || !name) {
      throw new TypeError(`tracepoint: expected CATEGORY/NAME, received ${tracepoint}`)
    }
    const operation = `attach program "${program}" to tracepoint ${tracepoint}`
    const link = checkWithLog(this[native].attachTracepoint(program, category, name), operation)
    return this.#link(link, program, 'tracepoint')
  }

  attachTcx(program, target) {
    this.#loadedProgram(program)
    const { ifindex, direction } = interfaceTarget(target)
    const link = checkWithLog(
      this[native].attachTcx(program, ifindex, direction === 'egress'),
      `attach program "${program}" to ${direction} of interface ${ifindex} (tcx)`,
    )
    return new InterfaceLink(link, `link (tcx) of program "${program}"`, 'tcx', this)
  }

  attachTc(program, target) {
    this.#loadedProgram(program)
    const { ifindex, direction } = interfaceTarget(target)
    const { handle, priority } = target
    expectInteger(handle, 'target.handle', 1, 2 ** 32 - 1)
    expectInteger(priority, 'target.priority', 1, 2 ** 16 - 1)
    const link = checkWithLog(
      this[native].attachTc(program, ifindex, direction === 'egress', handle, priority),
      `attach program "${program}" to ${direction} of interface ${ifindex} (tc)`,
    )
    return new InterfaceLink(link, `link (tc) of program "${program}"`, 'tc', this)
  }

  attachUprobe(program, target) {
    this.#loadedProgram(program)
    const { path, symbol, offset, pid, retprobe } = uprobeTarget(target)
    const place = symbol === undefined ? `offset 0x${offset.toString(16)}` : `"${symbol}"`
    const operation = `attach program "${program}" to ${place} of ${path}`
    const answer = this[native].attachUprobe(program, path, symbol, offset, pid, retprobe)
    const link = checkWithLog(answer, operation)
    return this.#link(link, program, retprobe ? 'uretprobe' : 'uprobe')
  }

  attachIterator(program, options = {}) {
    this.#loadedProgram(program)
    const { map, beside } = expectObject(options, 'options')
    const fd = map === undefined ? -1 : this.#mapOf(map).fd
    const records = beside === undefined ? undefined : this.#recordsBeside(beside)
    const operation = `attach iterator "${program}"`
    const link = checkWithLog(this[native].attachIterator(program, fd), operation)
    return new IteratorLink(link, `iterator "${program}"`, this, records)
  }

  testRun(program, input) {
    this.#loadedProgram(program)
    const { data, context, repeat = 0 } = expectObject(input, 'input')
    if (data !== undefined) expectBytes(data, 'input.data')
    if (context !== undefined) expectBytes(context, 'input.context')
    expectInteger(repeat, 'input.repeat', 0, 2 ** 31 - 1)
    const room = data === undefined ? 0 : data.byteLength + testRunHeadroom
    const answer = this[native].testRun(program, data, context, repeat, room)
    return check(answer, `test run of program "${program}"`)
  }

  programInfo(program) {
    this.#loadedProgram(program)
    return check(this[native].programInfo(program), `read the info of program "${program}"`)
  }

  #mapOf(map) {
    return typeof map === 'string' ? this.map(map) : map
  }

  #recordsBeside(beside) {
    const { map: name, recordBytes, markBytes } = expectObject(beside, 'options.beside')
    const map = this.#mapOf(name)
    if (map.type !== 'array' || map.maxEntries !== 1) {
      throw new TypeError(
        `options.beside.map: expected an array of one entry, received "${map.name}"`,
      )
    }
    expectInteger(recordBytes, 'options.beside.recordBytes', 1, map.valueSize)
    expectInteger(markBytes, 'options.beside.markBytes', 1, 4096)
    return { map, recordBytes, markBytes }
  }

  #program(name) {
    return findNamed(this.programs, name, 'program', this.#label)
  }

  #loadedProgram(name) {
    this.#expectLoaded(`use program "${name}"`)
    const program = this.#program(name)
    if (program.autoload) return program
    throw codedError(
      'ERR_STATE',
      `program "${name}" of ${this.#label} was not loaded: its autoload is off`,
    )
  }

  #link(nativeLink, program, kind) {
    return new Link(nativeLink, `link (${kind}) of program "${program}"`, kind, this)
  }

  #expectNotLoaded(wish) {
    void this[native]
    if (this.#state === 'open') return
    throw codedError('ERR_STATE', `${wish}: ${this.#label} ${this.#history()}`)
  }

  #expectLoaded(wish) {
    void this[native]
    if (this.#state === 'loaded') return
    throw codedError('ERR_STATE', `${wish}: ${this.#label} ${this.#history()}`)
  }

  #history() {
    if (this.#state === 'open') return 'is not loaded yet'
    return this.#state === 'loaded' ? 'is already loaded' : 'failed to load, open it again'
  }
}

function interfaceTarget(target) {
  const { ifindex, direction } = expectObject(target, 'target')
  expectInteger(ifindex, 'target.ifindex', 1, 2 ** 31 - 1)
  expectOneOf(direction, 'target.direction', ['ingress', 'egress'])
  return { ifindex, direction }
}

function uprobeTarget(target) {
  const { path, symbol, offset = 0, pid, retprobe = false } = expectObject(target, 'target')
  expectText(path, 'target.path')
  if (symbol !== undefined) expectText(symbol, 'target.symbol')
  expectInteger(
    typeof offset === 'bigint' ? Number(offset) : offset,
    'target.offset',
    0,
    Number.MAX_SAFE_INTEGER,
  )
  if (pid !== undefined) expectInteger(pid, 'target.pid', 0, 2 ** 31 - 1)
  expectBoolean(retprobe, 'target.retprobe')
  if (symbol === undefined && target.offset === undefined) {
    throw new TypeError('target: expected a symbol, an offset or both')
  }
  return { path, symbol, offset: Number(offset), pid: pid ?? allProcesses, retprobe }
}

/** libbpf stops at the first program that the kernel refuses, and names it in its log. */
function refusedProgram(log) {
  return log.match(/^libbpf: prog '([^']+)': BPF program load failed/m)?.[1]
}
