/** IANA's mnemonics of the codes that the header of an answer has room for: dns-parameters, RCODEs. */
const CODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
  'DSOTYPENI',
]

/** IANA's names of the types that are asked for most: dns-parameters, resource record types. */
const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  43: 'DS',
  48: 'DNSKEY',
  64: 'SVCB',
  65: 'HTTPS',
  255: 'ANY',
  257: 'CAA',
}

/** `NXDOMAIN`; one without a name is `RCODE12`. */
export function responseCodeName(code: number): string {
  return CODES[code] ?? `RCODE${code}`
}

/** `AAAA`; one that is not among those known here is `TYPE99` (RFC 3597, section 5). */
export function questionTypeName(type: number): string {
  return TYPES[type] ?? `TYPE${type}`
}

/**
 * A name as text, out of the labels of a message: `www.example.com`, `.` for the root. What is no
 * printable ASCII is written `\DDD`, and dots and backslashes of labels behind a backslash (RFC 1035,
 * section 5.1).
 * @param wire labels behind their lengths, with the last zero
 */
export function nameText(wire: Uint8Array): string {
  const labels: string[] = []
  for (let at = 0; at < wire.length && wire[at] !== 0; at += 1 + wire[at]!) {
    const label = wire.subarray(at + 1, at + 1 + wire[at]!)
    labels.push(Array.from(label, characterText).join(''))
  }
  return labels.join('.') || '.'
}

function characterText(code: number): string {
  if (code < 0x21 || code > 0x7e) return `\\${String(code).padStart(3, '0')}`
  const character = String.fromCharCode(code)
  return character === '.' || character === '\\' ? `\\${character}` : character
}
