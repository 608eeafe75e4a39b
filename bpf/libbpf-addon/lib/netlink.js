import { expectBytes, expectInteger, expectObject } from './arguments.js'
import { binding } from './binding.js'
import { check } from './errors.js'
import { Handle, native } from './handle.js'

const TOKEN = Symbol('made by open()')
const LARGEST = 32 * 1024
const INSTRUCTION = 8

export class NetlinkSocket extends Handle {
  #label

  constructor(token, nativeSocket, label) {
    if (token !== TOKEN) throw new TypeError('Use NetlinkSocket.open()')
    super(nativeSocket, label)
    this.#label = label
  }

  static open(protocol, options = {}) {
    expectInteger(protocol, 'protocol', 0, 31)
    const { receiveBytes = 1 << 20 } = expectObject(options, 'options')
    expectInteger(receiveBytes, 'options.receiveBytes', 4096, 2 ** 30)
    const label = `netlink socket of protocol ${protocol}`
    const opened = check(binding.openNetlink(protocol, receiveBytes), `open a ${label}`)
    return new NetlinkSocket(TOKEN, opened, label)
  }

  join(group) {
    expectInteger(group, 'group', 1, 2 ** 31 - 1)
    check(this[native].join(group), `join group ${group} with a ${this.#label}`)
  }

  filter(instructions) {
    expectBytes(instructions, 'instructions')
    if (instructions.byteLength === 0 || instructions.byteLength % INSTRUCTION !== 0) {
      throw new RangeError(`instructions: expected some, of ${INSTRUCTION} bytes each`)
    }
    check(this[native].filter(instructions), `filter a ${this.#label}`)
  }

  send(message) {
    expectBytes(message, 'message')
    check(this[native].send(message), `send by a ${this.#label}`)
  }

  receive(into) {
    expectBytes(into, 'into')
    if (into.byteLength < LARGEST) {
      throw new RangeError(`into: expected at least ${LARGEST} bytes, received ${into.byteLength}`)
    }
    const bytes = this[native].receive(into)
    return bytes >= 0 ? bytes : check(bytes, `receive by a ${this.#label}`)
  }
}
