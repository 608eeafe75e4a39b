import { describe, expect, it } from 'vitest'
import { clientHeaders, plainHeaders } from './headers.ts'

const problemsOf = (given: object) =>
  clientHeaders.safeParse(given).error?.issues.map(({ path, message }) => [path.join('.'), message])

describe('headers of a client', () => {
  it('are sent with lower-case names and without the line break of a file, and are not shown', () => {
    const headers = clientHeaders.parse({ Authorization: 'Bearer sesame\n', 'X-Tenant': 'a b' })
    expect(plainHeaders(headers)).toEqual({ authorization: 'Bearer sesame', 'x-tenant': 'a b' })
    expect(JSON.stringify(headers)).not.toContain('sesame')
  })

  it('are refused where no request could carry them', () => {
    expect(problemsOf({ 'no name': 'x', ok: 'a\nb', 'x-ü': 'x', 'x-u': 'ü' })).toEqual([
      ['no name', 'expected the name of a header: letters, digits, "-", "_" and "."'],
      ['ok', 'expected printable ASCII text on one line'],
      ['x-ü', 'expected the name of a header: letters, digits, "-", "_" and "."'],
      ['x-u', 'expected printable ASCII text on one line'],
    ])
  })
})
