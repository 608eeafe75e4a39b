import { describe, expect, it } from 'vitest'
import { changedHeaders, clientAuthOf, serverAuthOf } from './auth.ts'
import { NO_HOST, type Host } from './host.ts'

const hostOf = (extension: object): Host => ({
  ...NO_HOST,
  extension: (id) => (id === 'oauth2client' ? extension : undefined),
})

describe('clientAuthOf', () => {
  it('gives the extension that has headers to give', () => {
    const extension = { headers: async () => ({ authorization: 'Bearer sesame' }) }
    expect(clientAuthOf(hostOf(extension), 'oauth2client')).toBe(extension)
  })

  it('says when there is none of that id', () => {
    expect(() => clientAuthOf(NO_HOST, 'oauth2client')).toThrow(
      'auth.authenticator: service.extensions does not list "oauth2client"',
    )
  })

  it('says when the extension is of another kind', () => {
    expect(() => clientAuthOf(hostOf({}), 'oauth2client')).toThrow(
      'auth.authenticator: the extension "oauth2client" is no client authenticator',
    )
  })
})

describe('serverAuthOf', () => {
  it('gives the extension that knows clients', () => {
    const extension = { authenticate: async () => ({ kind: 'admitted' }), challenge: 'Bearer' }
    expect(serverAuthOf(hostOf(extension), 'oauth2client')).toBe(extension)
  })

  it('says when the extension is of another kind', () => {
    expect(() => serverAuthOf(hostOf({}), 'oauth2client')).toThrow(
      'auth.authenticator: the extension "oauth2client" is no server authenticator',
    )
  })
})

describe('changedHeaders', () => {
  it('adds, replaces and takes away', () => {
    const changes = { a: '2', b: undefined, c: '3' }
    expect(changedHeaders({ a: '1', b: '1', d: '1' }, changes)).toEqual({ a: '2', c: '3', d: '1' })
  })
})
