export interface HttpObservations { kind: 'observations'; schema: 'http'; itemCount: number; delivery: import('./delivery.ts').Delivery }
