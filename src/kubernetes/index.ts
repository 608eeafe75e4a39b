/*
 * The Kubernetes API: who we are, requests, lists that are kept up to date, reviews. The door to this
 * folder.
 */

export type { Surroundings } from './access.ts'
export { apiAccessFields } from './access_config.ts'
export type { ApiAccessConfig } from './access_config.ts'
export { ApiError } from './api_error.ts'
export type { Change } from './differences.ts'
export type { Known } from './known_objects.ts'
export type { Collection } from './list.ts'
export { KubernetesClient, ownSurroundings } from './client.ts'
export type { ApiRequest, ClientOptions } from './client.ts'
export { resourceName } from './object.ts'
export type { KubernetesObject, ObjectMeta, OwnerReference, Resource } from './object.ts'
export { Reflector } from './reflector.ts'
export type { ReflectorOptions, ReflectorState } from './reflector.ts'
export { registerReflectorMetrics } from './reflector_metrics.ts'
export { accessRequirement, ruleRequirement } from './requirements.ts'
export type { Rule } from './requirements.ts'
export { Reviews } from './reviews.ts'
export type { ReviewedUser, ReviewOptions, TokenVerdict, Wish } from './reviews.ts'
export { isInCluster } from './service_account.ts'
export type { EndReason } from './watch_error.ts'
