/*
 * The Kubernetes API: who we are, requests, lists that are kept up to date, reviews. The door to this
 * folder.
 */

export type { Surroundings } from './access.ts'
export { apiAccessFields } from './access_config.ts'
export type { ApiAccessConfig } from './access_config.ts'
export { ApiError } from './api_error.ts'
export { KubernetesClient, ownSurroundings } from './client.ts'
export type { ApiRequest, ClientOptions } from './client.ts'
export type { KubernetesObject, ObjectMeta, OwnerReference, Resource } from './object.ts'
export { Reviews } from './reviews.ts'
export type { ReviewedUser, ReviewOptions, TokenVerdict, Wish } from './reviews.ts'
export { isInCluster } from './service_account.ts'
