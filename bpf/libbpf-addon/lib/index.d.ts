/**
 * libbpf for Node.js: open, load and attach BPF object files, read their maps, ring buffers and
 * iterators, and ask what the running kernel can do.
 *
 * Everything is synchronous. Errors:
 * - {@link BpfError} when the kernel or libbpf refuses;
 * - `Error` with `code` `ERR_CLOSED` after `close()`, `ERR_STATE` for calls in the wrong order (a
 *   map before `load()`, a constant after it), `ERR_UNKNOWN_NAME` for a program, map, constant,
 *   struct or enum that the object does not have, `ERR_NOT_BPF_OBJECT` for a file that is none;
 * - `TypeError` and `RangeError` for arguments.
 *
 * @module
 */

/** The kernel or libbpf refused. */
export class BpfError extends Error {
  /** Name of the errno: `EPERM`, `EACCES`, `ENOENT`, …; libbpf's own above 4000, such as `RELOC`. */
  readonly code: string
  /** The errno as a positive number. */
  readonly errno: number
  /** What was being done, as in `load program "count" of object "demo"`. */
  readonly operation: string
  /** The program that the kernel refused, where loading failed because of one. */
  readonly program: string | undefined
  /**
   * All that libbpf and the verifier had to say, possibly megabytes of it; empty where they said
   * nothing. `message` has the last two lines of it. Not enumerable, so that loggers leave it out.
   */
  readonly log: string
}

/** A program of an object file. */
export interface ProgramDescription {
  readonly name: string
  /** ELF section, which says where `attach()` attaches it: `tp_btf/sched_switch`. */
  readonly section: string
  /** libbpf's name of the type: `cgroup_skb`, `tracing`, `raw_tracepoint`, `kprobe`, … */
  readonly type: string
  /** Whether `load()` loads it. */
  readonly autoload: boolean
}

/** A map of an object file, `.rodata`, `.data` and `.bss` included. */
export interface MapDescription {
  readonly name: string
  /** libbpf's name of the type: `hash`, `percpu_array`, `ringbuf`, … */
  readonly type: string
  /** Bytes. */
  readonly keySize: number
  /** Bytes in the kernel; {@link BpfMap.valueSize} is what user space sees. */
  readonly valueSize: number
  /** Entries; bytes for a ring buffer. */
  readonly maxEntries: number
}

/** A `const volatile` variable of an object file. */
export interface ConstantDescription {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Bytes from the start of its section. */
  readonly offset: number
}

/** A member of a C struct. */
export interface StructMember {
  /**
   * Members of anonymous structs and unions carry their plain name. A named struct or union stands
   * as a whole, and each of its members again as `outer.inner` (not inside arrays).
   */
  readonly name: string
  /** Bytes from the start of the outermost struct. */
  readonly offset: number
  /** Bytes; of the whole array for an array. */
  readonly size: number
  /** Arrays only: number of elements, all dimensions multiplied. */
  readonly elements?: number
  /**
   * Bitfields only: first bit, counted from the start of the struct, and number of bits. `offset`
   * is then the byte of the first bit, `size` that of the declared type.
   */
  readonly bits?: { readonly offset: number; readonly width: number }
}

export interface StructLayout {
  /** Bytes, padding included. */
  readonly size: number
  readonly members: StructMember[]
}

/** Where a uprobe goes. A symbol, an offset, or both: then the offset counts from the symbol. */
export interface UprobeTarget {
  /** Executable or library; a bare library name is searched as the loader would. */
  readonly path: string
  readonly symbol?: string
  /** Bytes: from the symbol, or in the file where there is no symbol. */
  readonly offset?: number | bigint
  /** Only in this process; without it in all, those started later included. */
  readonly pid?: number
  /** At the function's return instead of its entry. */
  readonly retprobe?: boolean
}

/** Where a program sees the packets of an interface, by the thread's network namespace. */
export interface InterfaceTarget {
  /** The interface's number: {@link networkInterfaces}. */
  readonly ifindex: number
  readonly direction: 'ingress' | 'egress'
}

/** The place of a filter among those of an interface: what is there is replaced. */
export interface TcTarget extends InterfaceTarget {
  readonly handle: number
  /** Filters of lower numbers run before. */
  readonly priority: number
}

export interface TestRunInput {
  /**
   * The packet, for programs on packets: an Ethernet frame with a whole IP header where its type says
   * IPv4 or IPv6, smaller than a page. Newer kernels refuse what is shorter (EINVAL).
   *
   * A `cgroup_skb` program sees it from the IP header on, all of it by `data` and `data_end`, and with
   * it a socket made for this call: full, in state CLOSE, of the packet's family, but of no protocol,
   * so `bpf_skc_to_tcp_sock` gives NULL. Its socket storage can be created and lasts for the call's
   * `repeat` runs.
   */
  readonly data?: Uint8Array
  /**
   * The program's context as a C struct; arguments of a raw tracepoint. Of `__sk_buff` the kernel takes
   * `mark`, `priority`, `ifindex`, `ingress_ifindex`, `cb`, `tstamp`, `gso_segs` and `gso_size`, and
   * wants 0 in the others (EINVAL).
   */
  readonly context?: Uint8Array
  /** How often the kernel runs the program; 1 if left out. */
  readonly repeat?: number
}

export interface TestRunResult {
  /** What the program returned, as an unsigned 32-bit number. */
  readonly returnValue: number
  /** The packet afterwards; the kernel empties the Ethernet header where a program sees none. */
  readonly data: Buffer
  /** Nanoseconds of one run, the mean over `repeat`. */
  readonly durationNs: number
}

/** Counters are zero unless the kernel keeps them (`kernel.bpf_stats_enabled`, {@link RunTimeStats}). */
export interface ProgramInfo {
  /** The kernel's id of the program. */
  readonly id: number
  readonly runCount: bigint
  /** Nanoseconds, all runs together. */
  readonly runTimeNs: bigint
}

/**
 * An object file made by `clang -target bpf`: `open`, settings, `load`, `attach`.
 *
 * The object owns what is made from it: its links stay attached and its maps open until they or
 * the object are closed, also when nobody keeps the {@link Link}. Object files are trusted input:
 * libbpf is not hardened against hostile ones.
 */
export class BpfObject implements Disposable {
  private constructor()
  /**
   * Reads and checks an object file. Nothing enters the kernel yet.
   * @param elf path, or the bytes of the file (copied)
   * @param options.name what messages and the kernel call it; by default the file's name without
   *   `.bpf.o`, or `object`
   */
  static open(elf: Uint8Array | string, options?: { readonly name?: string }): BpfObject
  readonly name: string
  readonly closed: boolean
  readonly programs: readonly ProgramDescription[]
  readonly maps: readonly MapDescription[]
  readonly constants: readonly ConstantDescription[]
  /**
   * Gives a `const volatile` variable its value, before `load()`. Numbers, bigints and booleans
   * are written little-endian in the variable's size and checked against its type; arrays and
   * structs take bytes of their exact size.
   */
  setConstant(name: string, value: Uint8Array | number | bigint | boolean): void
  /** Whether `load()` loads a program. One refused program fails the whole object. */
  setAutoload(program: string, on: boolean): void
  /** Entries of a map, bytes of a ring buffer (a power of two, whole pages), before `load()`. */
  setMaxEntries(map: string, entries: number): void
  /**
   * Layout of a struct or union, or a typedef of one. The object's BTF has the types of its maps,
   * global variables and function arguments; for one that only lives on the stack or in a ring
   * buffer, declare `const struct record *unused_record __attribute__((unused));`.
   */
  structLayout(name: string): StructLayout
  /**
   * Enumerators of an enum, or a typedef of one. An enum of which only the constants are used is
   * not in the BTF: use it as the type of a variable, a member or a cast.
   */
  enumValues(name: string): Record<string, number>
  /** Creates the maps and loads the programs. After a failure the object can only be closed. */
  load(): void
  /** A map of a loaded object; the same one each time while it is open. */
  map(name: string): BpfMap
  /** Attaches a program to where its section says. */
  attach(program: string): Link
  /**
   * Attaches to a cgroup v2 directory, beside other programs there and behind them.
   * @param options.first before them, and before those of cgroups below; `EINVAL` before Linux 6.17
   */
  attachCgroup(program: string, cgroup: string, options?: { readonly first?: boolean }): Link
  /**
   * Attaches a program of `SEC("tracepoint")` beside others; one program can be at many. Needs tracefs
   * at `/sys/kernel/tracing` or below debugfs: `ENOENT` where it, or the tracepoint, is not there.
   * @param tracepoint category and name, `syscalls/sys_enter_read`
   */
  attachTracepoint(program: string, tracepoint: string): Link
  attachUprobe(program: string, target: UprobeTarget): Link
  /**
   * Attaches a program of type `sched_cls` behind the tcx programs of an interface: Linux 6.6, see
   * `probeAttach('tcx')`. It ends with the process. `ENODEV`: there is no such interface.
   */
  attachTcx(program: string, target: InterfaceTarget): InterfaceLink
  /**
   * Attaches a program of type `sched_cls` as a direct-action filter, and makes the clsact qdisc where
   * there is none, which stays. A process that is killed leaves the filter behind.
   */
  attachTc(program: string, target: TcTarget): InterfaceLink
  /**
   * @param options.map the map that an `iter/bpf_map_elem` or `iter/bpf_sk_storage_map` walks
   * @param options.beside where the program puts its records, if its output has a mark for each only
   */
  attachIterator(
    program: string,
    options?: { readonly map?: string | BpfMap; readonly beside?: RecordsBeside },
  ): IteratorLink
  /** Runs a program once or many times on given input (BPF_PROG_TEST_RUN). */
  testRun(program: string, input: TestRunInput): TestRunResult
  programInfo(program: string): ProgramInfo
  /** Closes and detaches everything made from the object, then unloads it. May be repeated. */
  close(): void
  [Symbol.dispose](): void
}

/** An attachment. */
export class Link implements Disposable {
  protected constructor()
  /** `cgroup`, `tracepoint`, `uprobe`, `uretprobe`, `iterator`, `tcx`, `tc`, or the first part of the program's section. */
  readonly kind: string
  readonly closed: boolean
  /** Detaches. May be repeated. */
  close(): void
  [Symbol.dispose](): void
}

export class InterfaceLink extends Link {
  /** False when the interface is gone, or somebody took the filter away. Closing is harmless then. */
  readonly attached: boolean
}

/**
 * The kernel ends a read when an iterator has written 8 pages, and some iterators find their way back
 * slowly. A program that writes a mark of a few bytes for each record and puts the record beside, into
 * the place that `ctx->meta->seq->count` divided by the mark's size gives, is run seldom: it returns 1
 * where there is no place, and is shown the same element by the next read. One read at a time.
 */
export interface RecordsBeside {
  /** An array of one entry, whose value has the records of one read, one after the other. */
  readonly map: string | BpfMap
  readonly recordBytes: number
  readonly markBytes: number
}

export class IteratorLink extends Link {
  /**
   * Runs the iterator once, to its end, and returns all it wrote; the records, where they lie beside.
   * @param chunkBytes size of one read; the kernel itself hands out at most 8 pages at a time
   */
  read(chunkBytes?: number): Buffer
}

export interface MapBatch {
  /** `count` keys, one after the other. */
  readonly keys: Buffer
  /** `count` values of {@link BpfMap.valueSize} bytes, in the order of the keys. */
  readonly values: Buffer
  readonly count: number
}

/** A map in the kernel. */
export class BpfMap implements Disposable {
  private constructor()
  /**
   * Opens a map by a file descriptor of this process, which is duplicated: a worker thread can
   * open `map.fd` of the main thread, and each closes its own.
   */
  static fromFd(fd: number): BpfMap
  readonly name: string
  /** libbpf's name of the type: `hash`, `percpu_array`, `ringbuf`, … */
  readonly type: string
  /** Bytes. */
  readonly keySize: number
  /**
   * Bytes of one value in user space. Per-CPU maps: the size rounded up to 8, times
   * {@link possibleCpus}, one CPU after the other.
   */
  readonly valueSize: number
  /** Entries; bytes for a ring buffer. */
  readonly maxEntries: number
  readonly fd: number
  readonly closed: boolean
  /**
   * @param into where the value goes, `valueSize` bytes; a new Buffer if left out
   * @returns `into`, or undefined when there is no such key
   */
  lookup(key: Uint8Array): Buffer | undefined
  lookup<Into extends Uint8Array>(key: Uint8Array, into: Into): Into | undefined
  /** @param mode `create` fails with `EEXIST`, `exist` with `ENOENT`; `any` (default) does both */
  update(key: Uint8Array, value: Uint8Array, mode?: 'any' | 'create' | 'exist'): void
  /** @returns false when there was no such key */
  delete(key: Uint8Array): boolean
  /**
   * All keys, by one system call each. When the key one stands on is deleted, the kernel starts
   * again from the first one.
   */
  keys(): Iterable<Buffer>
  /**
   * All entries, up to `maxItems` (default 1024) by one system call; more where one bucket of a
   * hash map holds more. Buffers are new for each batch. Kernels and map types without batches
   * (before 5.6; queues, storage maps) are walked key by key with the same result. Entries that
   * change meanwhile may be missed or, on hash maps walked key by key, come twice.
   */
  lookupBatch(maxItems?: number): Iterable<MapBatch>
  /**
   * As `lookupBatch()`, and removes what it returns: per entry without a gap in which an update
   * could be lost, except where entries are walked one by one.
   */
  lookupAndDeleteBatch(maxItems?: number): Iterable<MapBatch>
  /** Closes this handle and the ring buffers made from it; the map lives while others use it. */
  close(): void
  [Symbol.dispose](): void
}

/**
 * The reading end of a map of type `ringbuf`. A ring has one reader at a time, in one thread; two
 * at once lose and repeat records.
 */
export class RingBuffer implements Disposable {
  constructor(map: BpfMap)
  /** Bytes. */
  readonly size: number
  /** Records that `drain` skipped because they are longer than the whole of `into`. */
  readonly oversized: number
  readonly closed: boolean
  /** Bytes waiting: finished, unfinished and discarded records with 8 bytes of header each. */
  available(): number
  /**
   * Copies as many finished records as fit, in order, and gives their room back to the kernel.
   * Discarded records are skipped; one that a program is still writing ends the drain. Never
   * blocks, allocates nothing, and returns at the end that the ring had when it was called.
   * @param into record bytes, each at an offset divisible by 8
   * @param index offset and length in bytes of each record, two entries each
   * @returns number of records; 0 when nothing (more) is finished
   */
  drain(into: Uint8Array, index: Uint32Array): number
  /** Drops all finished records. `bytes` counts without headers and padding. */
  discard(): { records: number; bytes: number }
  close(): void
  [Symbol.dispose](): void
}

/**
 * While one is open the kernel measures how often and how long BPF programs run, all of the host's:
 * {@link BpfObject.programInfo} has the figures. That costs each run two looks at the clock. The
 * measuring ends with the last one, also of a process that was killed.
 */
export class RunTimeStats implements Disposable {
  private constructor()
  /** Needs Linux 5.8 (`EINVAL` before) and CAP_SYS_ADMIN (`EPERM`). */
  static enable(): RunTimeStats
  readonly closed: boolean
  close(): void
  [Symbol.dispose](): void
}

/**
 * A netlink socket of the network namespace that this thread is in. It moves whole messages, header
 * included, and knows no protocol; nothing blocks.
 */
export class NetlinkSocket implements Disposable {
  private constructor()
  /**
   * @param protocol `NETLINK_…` of include/uapi/linux/netlink.h; `EPROTONOSUPPORT` where the kernel
   *   has none of it
   * @param options.receiveBytes how much may wait to be received; 1 MiB if left out
   */
  static open(protocol: number, options?: { readonly receiveBytes?: number }): NetlinkSocket
  readonly closed: boolean
  /** Receives what is sent to a multicast group from now on. */
  join(group: number): void
  /** Only messages are kept that this classic BPF program takes: `struct sock_filter`, 8 bytes each. */
  filter(instructions: Uint8Array): void
  /** To the kernel. */
  send(message: Uint8Array): void
  /**
   * Takes messages that wait, as many as have room, each at an offset divisible by 4. Throws `ENOBUFS`
   * once after messages were lost because too many waited.
   * @param into at least 32 KiB, which is what the kernel puts into one piece
   * @returns number of bytes; 0 when nothing waits
   */
  receive(into: Uint8Array): number
  close(): void
  [Symbol.dispose](): void
}

/** CPUs the kernel may ever have, which sizes per-CPU values. */
export function possibleCpus(): number

/** The interfaces of the thread's network namespace. */
export function networkInterfaces(): { readonly name: string; readonly index: number }[]

/** Version of the libbpf inside: `1.1`. */
export function libbpfVersion(): string

/**
 * Lifts RLIMIT_MEMLOCK, which kernels before 5.11 count maps against; without CAP_SYS_RESOURCE only
 * to the hard limit. Does nothing bad elsewhere.
 */
export function bumpMemlock(): void

/** `unknown`: the kernel could not be asked, for lack of privilege, memory or a way to ask. */
export type Answer = 'supported' | 'not_supported' | 'unknown'

export interface ProbeResult {
  readonly answer: Answer
  /** What the kernel or libbpf said, unless supported. */
  readonly reason?: string
}

/** Loads a trivial program of the type (as {@link ProgramDescription.type} names it). */
export function probeProgramType(type: string): ProbeResult

/** Creates a small map of the type (as {@link MapDescription.type} names it). */
export function probeMapType(type: string): ProbeResult

/**
 * Loads a program that calls the helper.
 * @param helper name with or without `bpf_`, or number
 */
export function probeHelper(programType: string, helper: string | number): ProbeResult

/**
 * Attaches for a moment: the program type alone does not tell (kprobes and uprobes share one, so
 * do fentry and tp_btf). `uprobe` asks only whether the kernel offers them.
 */
export function probeAttach(kind: 'fentry' | 'kprobe' | 'tcx' | 'tp_btf' | 'uprobe'): ProbeResult

/** Whether the kernel describes its types in /sys/kernel/btf/vmlinux. Modules are not asked. */
export function kernelBtf(): { readonly present: boolean; readonly reason?: string }

/** Arguments of a tracepoint as `tp_btf` programs see them; undefined when the kernel lacks it. */
export function tracepointArguments(name: string): number | undefined

/**
 * Whether a kernel struct or union has a member, named as in {@link StructMember.name}; undefined
 * when the kernel has no such struct.
 */
export function kernelStructHas(struct: string, member: string): boolean | undefined

/** Enumerators of an enum of the kernel; undefined when it has no such enum. */
export function kernelEnumValues(name: string): Record<string, number> | undefined
