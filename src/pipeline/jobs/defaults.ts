/** What holds for jobs where nothing else is said. Imports nothing, so that declarations of commands can be read alone. */
export const JOB_DEFAULTS = {
  /** Dataflow wants one to itself, without a dead-letter policy: healthmon's own worker has one that has it. */
  subscription: 'patient-vitals-dataflow',
  name: 'healthmon-stream',
  loadName: 'healthmon-load',
  workers: 1,
  maxWorkers: 5,
  machineType: 'n2-standard-2',
  source: 'native',
  verifiedMessages: 2000,
  verifiedRows: 2000,
  verifiedSeed: 7,
  /** Of a comparison. */
  listedDifferences: 20,
  /** Of estimates. */
  messagesPerSecond: 100,
  messageBytes: 200,
  /** Of the source `pull`. */
  idleTimeoutMs: 10_000,
} as const;
