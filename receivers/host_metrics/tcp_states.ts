/** The states of TCP sockets, in the order of the kernel's numbers from 1 on (include/net/tcp_states.h). */
export const TCP_STATES = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'DELETE',
] as const

/** TCP_NEW_SYN_RECV, which is SYN_RECV to everybody else. */
const NEW_SYN_RECV = 12
const SYN_RECV = 3

/**
 * Adds the sockets of `/proc/net/tcp` or `tcp6` to `counts`, by state. The state is the fourth word of
 * a line; lines are not taken apart further, since there may be tens of thousands.
 */
export function tcpStates(text: string, counts: number[]): void {
  let line = text.indexOf('\n') + 1
  while (line > 0 && line < text.length) {
    const state = stateIn(text, line)
    const known = state === NEW_SYN_RECV ? SYN_RECV : state
    if (known >= 1 && known <= counts.length) counts[known - 1] = (counts[known - 1] ?? 0) + 1
    line = text.indexOf('\n', line) + 1
  }
}

/** `   0: 0100007F:0CEA 00000000:0000 0A ...` */
function stateIn(text: string, line: number): number {
  const local = text.indexOf(': ', line) + 2
  const remote = text.indexOf(' ', local) + 1
  const state = text.indexOf(' ', remote) + 1
  return Number.parseInt(text.slice(state, state + 2), 16)
}
