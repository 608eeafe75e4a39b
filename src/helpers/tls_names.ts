/** Versions of TLS, as the Collector writes them. */
export const TLS_VERSIONS = ['1.0', '1.1', '1.2', '1.3'] as const
/** One of the versions of TLS. */
export type TlsVersion = (typeof TLS_VERSIONS)[number]

/** A version as Node has it; what is below 1.2 may still be refused by OpenSSL's own policy. */
export const NODE_TLS_VERSIONS = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
} as const

/** Cipher suites by their IANA names, as Go has them, and what OpenSSL calls them. */
const OPENSSL_NAMES = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
} as const

/** The cipher suites that may be chosen: those that Go holds to be safe. */
export const CIPHER_SUITES = Object.keys(OPENSSL_NAMES) as CipherSuite[]
/** A cipher suite by its IANA name. */
export type CipherSuite = keyof typeof OPENSSL_NAMES

/** The groups for the exchange of keys, as the Collector writes them, and what OpenSSL calls them. */
export const CURVES = {
  X25519: 'X25519',
  X25519MLKEM768: 'X25519MLKEM768',
  P256: 'P-256',
  P384: 'P-384',
  P521: 'P-521',
} as const
/** A group for the exchange of keys. */
export type Curve = keyof typeof CURVES

/**
 * OpenSSL's list of the chosen suites; undefined where none is chosen. The suites of TLS 1.3 stay,
 * unless some of them are chosen: without one, Node would not speak it at all.
 */
export function cipherList(chosen: readonly CipherSuite[]): string | undefined {
  if (chosen.length === 0) return undefined
  const isNew = (suite: string): boolean => suite === OPENSSL_NAMES[suite as CipherSuite]
  const rest = chosen.some(isNew) ? [] : CIPHER_SUITES.filter(isNew)
  return [...rest, ...chosen.map((suite) => OPENSSL_NAMES[suite])].join(':')
}

/** OpenSSL's list of the chosen groups; undefined where none is chosen. */
export function curveList(chosen: readonly Curve[]): string | undefined {
  if (chosen.length === 0) return undefined
  return chosen.map((curve) => CURVES[curve]).join(':')
}
