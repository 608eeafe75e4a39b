import { z } from 'zod'

/** How clusters are reached. */
export const AUTH_TYPES = ['serviceAccount', 'kubeConfig', 'none'] as const

/**
 * The options by which a component reaches the API server, to be spread into its schema: keys of the
 * Collector's k8sconfig.APIConfig, and `kubeconfig`, for which there is only an environment variable elsewhere.
 */
export const apiAccessFields = {
  auth_type: z
    .enum(AUTH_TYPES)
    .default('serviceAccount')
    .describe(
      "Who we are: the pod's own account, the user of a kubeconfig, or nobody (inside of a pod, without a token).",
    ),
  context: z
    .string()
    .min(1)
    .optional()
    .describe('With `kubeConfig`: the context to use, instead of `current-context`.'),
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe(
      'With `kubeConfig`: the file, or several joined by colons; otherwise `$KUBECONFIG`, otherwise `~/.kube/config`.',
    ),
} as const

/** The parsed form of `apiAccessFields`. */
export interface ApiAccessConfig {
  readonly auth_type: (typeof AUTH_TYPES)[number]
  readonly context?: string | undefined
  readonly kubeconfig?: string | undefined
}
