export const components = [
  { role: 'exporter', type: 'Sink', config: {}, create: 'later' },
  { role: 'sink', type: 'b' },
]
