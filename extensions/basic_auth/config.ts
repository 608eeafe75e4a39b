import { z } from 'zod'
import { aboutSecret, secret } from '../../src/config/index.ts'
import { parseHtpasswd } from './htpasswd.ts'

const path = z.string().min(1).optional()

/** What `htpasswd` and `client_auth` are said to be. */
const EITHER = 'expected either "htpasswd", for a server, or "client_auth", for a client'

/** `extensions.basic_auth`, with the Collector's keys. */
export const basicAuthConfig = z
  .strictObject({
    htpasswd: z
      .strictObject({
        file: path.describe(
          'A file of users and their hashed passwords, as `htpasswd` writes it. It is read again within a second after it changed.',
        ),
        inline: secret()
          .optional()
          .describe('The same as a text, a user on each line; it goes before the file.'),
      })
      .superRefine(({ file, inline }, context) => {
        if (file === undefined && !inline) {
          context.addIssue({ code: 'custom', message: 'expected "file" or "inline"' })
        }
        const { faults } = parseHtpasswd(inline?.reveal() ?? '')
        for (const message of faults) {
          context.addIssue({ code: 'custom', path: ['inline'], message, params: aboutSecret })
        }
      })
      .optional()
      .describe('Whose requests a server takes.'),
    client_auth: z
      .strictObject({
        username: z.string().default('').describe('Who a client is.'),
        username_file: path.describe('A file with it, in its place; read again when it changes.'),
        password: secret().optional().describe('Its password.'),
        password_file: path.describe('A file with it, in its place; read again when it changes.'),
      })
      .refine(({ username }) => !username.includes(':'), {
        path: ['username'],
        error: 'expected a name without ":"',
      })
      .refine(({ username, username_file }) => username !== '' || username_file !== undefined, {
        path: ['username'],
        error: 'expected a name here or in username_file',
      })
      .optional()
      .describe('Who a client is.'),
  })
  .refine(
    (config) => (config.htpasswd === undefined) !== (config.client_auth === undefined),
    EITHER,
  )

/** `extensions.basic_auth`, checked and with defaults. */
export type BasicAuthConfig = z.output<typeof basicAuthConfig>
/** What a server is told. */
export type HtpasswdConfig = NonNullable<BasicAuthConfig['htpasswd']>
/** What a client is told. */
export type ClientAuthConfig = NonNullable<BasicAuthConfig['client_auth']>
