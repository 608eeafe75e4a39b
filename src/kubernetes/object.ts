/** What of a Kubernetes object everybody needs. Times are RFC 3339. */
export interface ObjectMeta {
  readonly name?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly managedFields?: readonly { readonly time?: string }[]
  readonly [key: string]: unknown
}

/** An owner of an object. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

/** An object as the API server gives it. What stands in it besides is as the server's version has it. */
export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta
  readonly [key: string]: unknown
}

/** A kind of object by its place in the API. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  /** `pods` */
  readonly plural: string
  /** `Pod` */
  readonly kind: string
}

/**
 * An object that says what it is: those of lists do not, and those of which only the metadata is asked
 * for call themselves PartialObjectMetadata.
 */
export function typed(
  object: KubernetesObject,
  { group, version, kind }: Resource,
): KubernetesObject {
  const facts = { apiVersion: group === '' ? version : `${group}/${version}`, kind }
  return { ...facts, ...object, ...facts }
}

/** The path of a collection below the server's: `apis/apps/v1/namespaces/shop/replicasets`. */
export function collectionPath({ group, version, plural }: Resource, namespace?: string): string {
  const root = group === '' ? `api/${version}` : `apis/${group}/${version}`
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `${root}${scope}/${plural}`
}

/** `pods`, `events.events.k8s.io`: as RBAC and kubectl name it. */
export function resourceName({ group, plural }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`
}
