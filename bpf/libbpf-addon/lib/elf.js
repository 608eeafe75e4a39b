import { bytes, expectText } from './arguments.js'
import { BpfError, codedError } from './errors.js'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

const headerSize = 64
const magic = Buffer.from('\x7fELF')
const class64 = 2
const littleEndian = 1
const relocatable = 1
const machineBpf = 247

/** @returns {{ elf: Uint8Array, name: string }} */
export function readElf(source, name) {
  if (name !== undefined) expectText(name, 'options.name')
  if (source instanceof Uint8Array) return checkElf(source, name ?? 'object')
  if (typeof source !== 'string') {
    throw new TypeError(`elf: expected a path or a Uint8Array, received ${typeof source}`)
  }
  expectText(source, 'elf')
  return checkElf(readFile(source), name ?? basename(source).replace(/(\.bpf)?\.o$/, ''))
}

function readFile(path) {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw Object.assign(new BpfError(`open object ${path}`, Math.abs(cause.errno)), { cause })
  }
}

/** What libbpf would refuse less clearly. The rest of the file is libbpf's to judge. */
function checkElf(elf, name) {
  const refuse = (why) => {
    throw codedError('ERR_NOT_BPF_OBJECT', `open object "${name}": not a BPF object file: ${why}`)
  }
  if (elf.length < headerSize) refuse(`${bytes(elf.length)}, an ELF header has ${headerSize}`)
  const header = Buffer.from(elf.buffer, elf.byteOffset, headerSize)
  if (!header.subarray(0, 4).equals(magic)) refuse('it does not start with the ELF magic')
  if (header[4] !== class64 || header[5] !== littleEndian) refuse('not 64-bit little-endian')
  if (header.readUInt16LE(16) !== relocatable) refuse('not a relocatable file (clang -c)')
  if (header.readUInt16LE(18) !== machineBpf) {
    refuse(`machine ${header.readUInt16LE(18)}, BPF is ${machineBpf} (clang -target bpf)`)
  }
  return { elf, name }
}
