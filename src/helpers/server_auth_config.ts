import { z } from 'zod'
import { extensionId } from '../config/extension_reference.ts'

/** `auth` of a server: the extension that says whose requests are taken. */
export const serverAuthConfig = z
  .strictObject({
    authenticator: extensionId().describe(
      'The id of an extension that knows clients, listed in service.extensions.',
    ),
  })
  .optional()
  .describe('Whose requests are taken: those of all clients unless it is named.')
