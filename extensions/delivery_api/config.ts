import { z } from 'zod'
import { extensionId, listenEndpoint } from '../../src/config/index.ts'
import { tlsServerConfig } from '../../src/helpers/tls_server_config.ts'
import { apiAccessFields } from '../../src/kubernetes/index.ts'
import { isLoopback } from './loopback.ts'

const auth = z
  .strictObject({
    authenticator: extensionId()
      .optional()
      .describe(
        'The id of an extension that knows clients, listed in service.extensions. Whom it knows may see everything.',
      ),
    kubernetes: z
      .strictObject(apiAccessFields)
      .optional()
      .describe(
        'Clients send a bearer token of the cluster, and see the pods that they may get there. The API server is asked as this says.',
      ),
  })
  .refine(
    ({ authenticator, kubernetes }) => (authenticator === undefined) !== (kubernetes === undefined),
    {
      error: 'expected either "authenticator" or "kubernetes"',
    },
  )
  .optional()
  .describe('Who may ask. Without it everybody may who reaches a loopback address.')

/** `extensions.delivery_api`. */
export const deliveryApiConfig = z
  .strictObject({
    endpoint: listenEndpoint().prefault('localhost:8890').describe('Where to listen.'),
    tls: tlsServerConfig.optional().describe('Transport security. Off unless it is named.'),
    auth,
  })
  .superRefine(({ endpoint, tls, auth: given }, context) => {
    if (given || tls?.client_ca_file !== undefined || isLoopback(endpoint.host)) return
    const message =
      'expected a loopback address such as localhost:8890 where neither auth nor tls.client_ca_file says who may ask'
    context.addIssue({ code: 'custom', path: ['endpoint'], message })
  })

/** `extensions.delivery_api`, checked and with defaults. */
export type DeliveryApiConfig = z.output<typeof deliveryApiConfig>
