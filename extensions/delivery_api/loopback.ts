/** True for a name or an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/**
 * True where a request's `Host` names this machine by a loopback address. A page of another site can
 * have its own name point to a loopback address, and then reads what is there; its name gives it away.
 */
export function namesLoopback(host: string | undefined): boolean {
  if (host === undefined) return false
  const [, v6, name = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
  return isLoopback((v6 ?? name).toLowerCase())
}
