/** The packets that the harness has printed, as Ethernet frames for a test run in the kernel. */
export function framesOf(output: string): Buffer[] {
  const found = output.matchAll(/^frame 0x([0-9a-f]+) ([0-9a-f]*)$/gm)
  return [...found].map(([, protocol = '', hex = '']) =>
    Buffer.concat([ethernet(Number.parseInt(protocol, 16)), Buffer.from(hex, 'hex')]),
  )
}

function ethernet(protocol: number): Buffer {
  const header = Buffer.alloc(14)
  header.writeUInt16BE(protocol, 12)
  return header
}
