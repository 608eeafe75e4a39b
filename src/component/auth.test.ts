import { describe, expect, it } from 'vitest'
import { clientAuthOf } from './auth.ts'
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
