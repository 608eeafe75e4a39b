import { z } from 'zod'
import { extensionId } from '../config/extension_reference.ts'

/** `auth` of a client: the extension that gives its requests their credentials. */
export const authConfig = z
  .strictObject({
    authenticator: extensionId().describe(
      'The id of an extension that authenticates clients, listed in service.extensions.',
    ),
  })
  .optional()
  .describe('Credentials that an extension gives, for each request anew.')
