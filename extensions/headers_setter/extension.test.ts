import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ClientAuth, HeaderChanges, OutgoingRequest } from '../../src/component/auth.ts'
import { PermanentError } from '../../src/component/errors.ts'
import { NO_HOST } from '../../src/component/host.ts'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { tempDir } from '../../test/kit/temp_dir.ts'
import { headersSetterConfig } from './config.ts'
import { HeadersSetterExtension } from './extension.ts'
import { headersSetter } from './index.ts'

cleansUp()
lifecycleTest(headersSetter, { headers: [{ key: 'a', value: 'b' }] })

const other: ClientAuth = {
  headers: async () => ({ authorization: 'Bearer sesame', there: 'other' }),
}

async function changesOf(
  options: object,
  request: Partial<OutgoingRequest> = {},
): Promise<HeaderChanges> {
  const host = { ...NO_HOST, extension: (id: string) => (id === 'other' ? other : undefined) }
  const config = headersSetterConfig.parse(options)
  const setter = new HeadersSetterExtension({ ...testSettings(headersSetter), host }, config)
  await setter.start()
  return setter.headers({ headers: { there: 'before' }, ...request })
}

const metadata = new Map([
  ['x-tenant', ['acme']],
  ['x-two', ['a', 'b']],
  ['x-odd', ['ü']],
])
const client = { metadata, auth: { username: 'ali' } }

describe('a header', () => {
  it.each([
    [{ key: 'There', value: 'new' }, { there: 'new' }],
    [{ key: 'x', value: 'new' }, { x: 'new' }],
    [{ key: 'there', action: 'insert', value: 'new' }, {}],
    [{ key: 'x', action: 'insert', value: 'new' }, { x: 'new' }],
    [{ key: 'there', action: 'update', value: 'new' }, { there: 'new' }],
    [{ key: 'x', action: 'update', value: 'new' }, {}],
    [{ key: 'There', action: 'delete' }, { there: undefined }],
    [{ key: 'x', from_context: 'X-Tenant' }, { x: 'acme' }],
    [{ key: 'x', from_context: 'x-none' }, {}],
    [{ key: 'x', from_context: 'x-none', default_value: 'nobody' }, { x: 'nobody' }],
    [{ key: 'x', from_attribute: 'username' }, { x: 'ali' }],
    [{ key: 'x', from_attribute: 'raw', default_value: 'nobody' }, { x: 'nobody' }],
  ])('of %j becomes %j', async (header, changes) => {
    expect(await changesOf({ headers: [header] }, { client })).toEqual(changes)
  })

  it('has the default where nobody knows who sent the data', async () => {
    const headers = [{ key: 'x', from_context: 'X-Tenant', default_value: 'nobody' }]
    expect(await changesOf({ headers })).toEqual({ x: 'nobody' })
  })

  it.each([
    ['x-two', 'the request had 2 values of x-two, expected one'],
    ['x-odd', 'the value for x is no printable ASCII text on one line'],
  ])('is never sent with what %s has', async (from_context, message) => {
    const changes = changesOf({ headers: [{ key: 'x', from_context }] }, { client })
    await expect(changes).rejects.toThrow(new PermanentError(message))
  })

  it('may have its value in a file', async () => {
    const value_file = join(tempDir('value'), 'value')
    writeFileSync(value_file, 'sesame\n')
    expect(await changesOf({ headers: [{ key: 'x', value_file }] })).toEqual({ x: 'sesame' })
  })
})

it('sets its headers one after the other, behind those of another authenticator', async () => {
  const headers = [
    { key: 'there', action: 'update', value: 'mine' },
    { key: 'x', value: '1' },
    { key: 'x', action: 'insert', value: '2' },
  ]
  expect(await changesOf({ headers, additional_auth: 'other' })).toEqual({
    authorization: 'Bearer sesame',
    there: 'mine',
    x: '1',
  })
  await expect(changesOf({ headers, additional_auth: 'none' })).rejects.toThrow(
    'auth.authenticator: service.extensions does not list "none"',
  )
})

it('says what is wrong with its options', () => {
  expect(
    errorsIn(headersSetter, new URL('testdata/', import.meta.url), 'bad_headers.yaml'),
  ).toEqual([
    'bad_headers.yaml:4:16: extensions.headers_setter.headers[0].key: expected the name of a header, received "X Tenant"',
    'bad_headers.yaml:5:9: extensions.headers_setter.headers[1]: expected one of "value", "value_file", "from_context" and "from_attribute"',
    'bad_headers.yaml:6:9: extensions.headers_setter.headers[2]: expected one of "value", "value_file", "from_context" and "from_attribute"',
    'bad_headers.yaml:7:27: extensions.headers_setter.headers[3].action: expected none of a value with "delete"',
    'bad_headers.yaml:8:44: extensions.headers_setter.headers[4].default_value: expected "from_context" or "from_attribute" beside it',
    'bad_headers.yaml:9:26: extensions.headers_setter.headers[5].value: expected printable ASCII text on one line',
  ])
})
