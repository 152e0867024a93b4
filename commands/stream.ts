import { defineCommand } from '../src/cli/command.js';
import { allowedHosts } from '../src/config/allowed-hosts.js';
import { ALLOW_HOST_OPTION } from './allow-host.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from './plan.js';

export default defineCommand({
  details:
    'Pulls vitals from Pub/Sub and stores them in Bigtable and BigQuery. A message is acknowledged when both have ' +
    'it; one that is not a valid reading goes to the dead-letter topic with the reason. Runs until interrupted, ' +
    'then finishes what it has begun and gives the rest back. On Google Cloud it shows the backlog as well, if the ' +
    'account may read Cloud Monitoring (roles/monitoring.viewer).',
  options: [
    {
      flags: '--sink <names>',
      type: 'string',
      default: 'bigtable,bigquery',
      description: 'where readings are stored, separated by commas',
    },
    {
      flags: '--bigquery-method <method>',
      type: 'string',
      choices: ['insert', 'load'],
      default: 'insert',
      description:
        'insert: streaming inserts, within a second, billed by volume; load: load jobs through Cloud Storage, free of charge, a minute later',
    },
    {
      flags: '--load-interval <duration>',
      type: 'duration',
      description: 'with load: how often a file is loaded (default: 60s; BigQuery takes 1,500 a day)',
    },
    {
      flags: '--load-rows <n>',
      type: 'integer',
      minimum: 1,
      description: 'with load: most rows of a file (default: 50000)',
    },
    { flags: '--max-messages <n>', type: 'integer', minimum: 1, description: 'stop after n messages' },
    {
      flags: '--idle-timeout <duration>',
      type: 'duration',
      description: 'stop when no message came for this long',
    },
    { flags: '--duration <duration>', type: 'duration', description: 'stop after this time' },
    {
      flags: '--drain-timeout <duration>',
      type: 'duration',
      description: 'how long finishing may take after a stop (default: 10s, with load 60s)',
    },
    {
      flags: '--max-inflight <n>',
      type: 'integer',
      minimum: 1,
      description: 'most messages in memory (default: 10000)',
    },
    {
      flags: '--streams <n>',
      type: 'integer',
      minimum: 1,
      maximum: 64,
      description: 'streaming pulls side by side (default: 4; 32 with Google’s emulator)',
    },
    {
      flags: '--linger <duration>',
      type: 'duration',
      description: 'how long a row waits for others to share a request (default: 25ms)',
    },
    {
      flags: '--ack-deadline <duration>',
      type: 'duration',
      description: 'how soon what a killed worker held is delivered again, 10s to 10m (default: 60s)',
    },
    {
      flags: '--timezone <name>',
      type: 'string',
      description: 'time zone of event times without an offset; without it they are refused',
    },
    {
      flags: '--alerts',
      type: 'boolean',
      description:
        'judge patients by their stored readings (the part of NEWS2 that sensors give) and publish alerts',
    },
    {
      flags: '--metrics-port <port>',
      type: 'integer',
      minimum: 0,
      maximum: 65_535,
      description: 'serve /metrics, /healthz and /readyz here',
    },
    {
      flags: '--metrics-host <address>',
      type: 'string',
      description: 'interface of the metrics port (default: 127.0.0.1)',
    },
    ALLOW_HOST_OPTION,
    {
      flags: '--retention <duration>',
      type: 'duration',
      description: 'flag readings older than this, as those from the future (default: 8760h)',
    },
    {
      flags: '--stall-timeout <duration>',
      type: 'duration',
      description: 'open the subscription anew when nothing came for this long (default: 60s)',
    },
    {
      flags: '--max-tries <n>',
      type: 'integer',
      minimum: 1,
      description: 'tries of a row that a sink refuses, before its message is a dead letter (default: 5)',
    },
    {
      flags: '--give-up-after <duration>',
      type: 'duration',
      description: 'fail when a service does not answer for this long (default: 30s local, 10m cloud)',
    },
    DRY_RUN_OPTION,
  ],
  examples: [
    {
      command: 'healthmon stream --idle-timeout 5s',
      does: 'Stores everything that is waiting, and stops when no more comes.',
    },
    { command: 'healthmon stream', does: 'Runs until Ctrl-C or SIGTERM.' },
    {
      command: 'healthmon stream --sink bigtable --max-messages 1000',
      does: 'Stores 1,000 messages in Bigtable only.',
    },
  ],
  target: 'changes',
  // The drain, then the acknowledgements and the clients.
  graceMs: (input) =>
    ((input.drainTimeout as number | undefined) ?? (input.bigqueryMethod === 'load' ? 60_000 : 10_000)) +
    10_000,
  result: {
    subscription: 'the subscription that was pulled from',
    sinks: 'where readings were stored',
    received: 'messages received, redeliveries included: written + deadLettered + nacked',
    written: 'messages stored in every sink and acknowledged',
    readings: 'readings in these messages',
    deadLettered: 'messages put aside',
    nacked: 'messages not finished in time and given back to Pub/Sub',
    turnedAway: 'messages that came after the stop and were given back unread',
    ackFailed: 'acknowledgements that were lost; these messages come again',
    retried: 'rows sent more than once',
    reasons: 'dead letters by reason',
    skipped: 'parts of messages that hold no reading, by reason',
    flagged: 'readings stored in spite of an event time in the future or too old',
    stoppedBy: 'what ended the run',
    seconds: 'from the first message to the last one settled',
    messagesPerSecond: 'messages settled a second',
    latencyMs: 'p50, p95 and p99 from publishing to being stored',
    alerts:
      'alerts raised, escalated, resolved and withdrawn; how many were sent and how many were not; null without --alerts',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const [{ runStream }, { parseSinks }, { streamTalk }] = await Promise.all([
      import('../src/pipeline/stream/stream.js'),
      import('../src/pipeline/stream/sinks.js'),
      import('../src/pipeline/stream/talk.js'),
    ]);
    const { config, output, signal } = context;
    const sinks = parseSinks(String(input.sink));
    const hosts = allowedHosts(config, input.allowHost as string[] | undefined);
    if (input.dryRun === true) {
      const { bigtable, bigquery, pubsub } = config;
      const tables = { bigtable: bigtable.table, bigquery: `${bigquery.dataset}.${bigquery.streamTable}` };
      return planOf([
        ['pull', pubsub.subscription],
        ...sinks.map((sink) => ['write', tables[sink], sink] as const),
        ['publish', pubsub.deadLetterTopic, 'what is not a valid reading'],
      ]);
    }
    const clients = await context.google(['pubsub', ...sinks]);
    const talk = streamTalk(output);
    try {
      const result = await runStream(
        {
          sinks,
          maxMessages: input.maxMessages as number | undefined,
          idleTimeoutMs: input.idleTimeout as number | undefined,
          durationMs: input.duration as number | undefined,
          drainTimeoutMs: input.drainTimeout as number | undefined,
          maxInFlight: input.maxInflight as number | undefined,
          streams: input.streams as number | undefined,
          lingerMs: input.linger as number | undefined,
          ackDeadlineMs: input.ackDeadline as number | undefined,
          timeZone: input.timezone as string | undefined,
          stallAfterMs: input.stallTimeout as number | undefined,
          giveUpAfterMs: input.giveUpAfter as number | undefined,
          maxTries: input.maxTries as number | undefined,
          bigqueryMethod: input.bigqueryMethod as 'insert' | 'load',
          loadIntervalMs: input.loadInterval as number | undefined,
          loadRows: input.loadRows as number | undefined,
          retentionMs: input.retention as number | undefined,
          alerts: input.alerts === true,
          metricsPort: input.metricsPort as number | undefined,
          metricsHost: input.metricsHost as string | undefined,
          allowedHosts: hosts,
        },
        { clients, config, signal, ...talk.tools },
      );
      talk.end(result);
      return result;
    } catch (error) {
      talk.end();
      throw error;
    }
  },
  render(result, output) {
    renderPlan(result, output);
  },
});
