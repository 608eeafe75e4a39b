const shown = 2

/** Statistics that the verifier adds at the end, and libbpf's lines that repeat the operation. */
const noise = [
  /^processed \d+ insns/,
  /^verification time/,
  /^stack depth/,
  /^(max_states|peak_states|mark_read)/,
  /^failed to load object/,
  /^failed to load BPF skeleton/,
  /^prog '.*': (BPF program load failed|failed to load)/,
  /^prog '.*': failed to (auto-)?attach/,
]

/**
 * The last two lines of a libbpf log that say something, and how many other such lines there are.
 * Where the log holds the verifier's own, only that part counts.
 * @param {string} log
 */
export function usefulLines(log) {
  const verifier = log.match(
    /-- BEGIN PROG LOAD LOG --\n([\s\S]*?)(\nlibbpf: .*)?-- END PROG LOAD LOG --/,
  )
  const all = (verifier ? verifier[1] : log)
    .split('\n')
    .map((line) => line.replace(/^libbpf: /, '').trim())
    .filter((line) => line !== '' && !noise.some((pattern) => pattern.test(line)))
  return { lines: all.slice(-shown), omitted: Math.max(0, all.length - shown) }
}
