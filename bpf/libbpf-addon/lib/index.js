export { BpfError } from './errors.js'
export { BpfObject } from './object.js'
export { InterfaceLink, IteratorLink, Link } from './link.js'
export { BpfMap } from './map.js'
export { NetlinkSocket } from './netlink.js'
export { RingBuffer } from './ring_buffer.js'
export { RunTimeStats } from './run_time_stats.js'
export {
  bumpMemlock,
  kernelBtf,
  kernelEnumValues,
  kernelStructHas,
  libbpfVersion,
  networkInterfaces,
  possibleCpus,
  probeAttach,
  probeHelper,
  probeMapType,
  probeProgramType,
  tracepointArguments,
} from './kernel.js'
