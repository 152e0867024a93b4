import { defineCommand } from '../src/cli/command.js';
import { durationText } from '../src/cli/values.js';
import { allowedHosts } from '../src/config/allowed-hosts.js';
import { STREAM_DEFAULTS } from '../src/pipeline/stream/defaults.js';
import { ALLOW_HOST_OPTION } from './allow-host.js';
import { RUN_RESULT } from './jobs/launch.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from './plan.js';

const { drainTimeoutMs, giveUpAfterMs, maxInFlight, streams } = STREAM_DEFAULTS;

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
      default: STREAM_DEFAULTS.bigqueryMethod,
      description:
        'insert: streaming inserts, within a second, billed by volume; load: load jobs through Cloud Storage, free of charge, a minute later',
    },
    {
      flags: '--load-interval <duration>',
      type: 'duration',
      default: STREAM_DEFAULTS.loadIntervalMs,
      description: 'with load: how often a file is loaded; BigQuery takes 1,500 a day',
    },
    {
      flags: '--load-rows <n>',
      type: 'integer',
      minimum: 1,
      default: STREAM_DEFAULTS.loadRows,
      description: 'with load: most rows of a file',
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
      description: `how long finishing may take after a stop (default: ${durationText(drainTimeoutMs.insert)}, with load ${durationText(drainTimeoutMs.load)})`,
    },
    {
      flags: '--max-inflight <n>',
      type: 'integer',
      minimum: 1,
      description: `most messages in memory (default: ${maxInFlight.insert}, with load ${maxInFlight.load})`,
    },
    {
      flags: '--streams <n>',
      type: 'integer',
      minimum: 1,
      maximum: 64,
      description: `streaming pulls side by side (default: ${streams.other}; ${streams.official} with Google’s emulator)`,
    },
    {
      flags: '--linger <duration>',
      type: 'duration',
      default: STREAM_DEFAULTS.lingerMs,
      description: 'how long a row waits for others to share a request',
    },
    {
      flags: '--ack-deadline <duration>',
      type: 'duration',
      default: STREAM_DEFAULTS.ackDeadlineMs,
      description: 'how soon what a killed worker held is delivered again, 10s to 10m',
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
      default: STREAM_DEFAULTS.metricsHost,
      description: 'interface of the metrics port',
    },
    ALLOW_HOST_OPTION,
    {
      flags: '--retention <duration>',
      type: 'duration',
      default: STREAM_DEFAULTS.retentionMs,
      description: 'flag readings older than this, as those from the future',
    },
    {
      flags: '--stall-timeout <duration>',
      type: 'duration',
      default: STREAM_DEFAULTS.stallAfterMs,
      description: 'open the subscription anew when nothing came for this long',
    },
    {
      flags: '--max-tries <n>',
      type: 'integer',
      minimum: 1,
      default: STREAM_DEFAULTS.maxTries,
      description: 'tries of a row that a sink refuses, before its message is a dead letter',
    },
    {
      flags: '--give-up-after <duration>',
      type: 'duration',
      description: `fail when a service does not answer for this long (default: ${durationText(giveUpAfterMs.local)} local, ${durationText(giveUpAfterMs.cloud)} cloud)`,
    },
    {
      flags: '--engine <engine>',
      type: 'string',
      choices: ['here', 'dataflow'],
      default: 'here',
      description: 'what stores the messages: this process, or a job as "jobs run stream" launches it',
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
  graceMs: (input) => (input.drainTimeout ?? drainTimeoutMs[input.bigqueryMethod]) + 10_000,
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
    // With --engine dataflow only these.
    ...RUN_RESULT,
    ...PLAN_KEYS,
  },
  async run(input, context) {
    if (input.engine === 'dataflow') {
      const { streamByJob } = await import('./jobs/by-job.js');
      return streamByJob(input, context);
    }
    const [{ runStream }, { parseSinks }, { streamTalk }] = await Promise.all([
      import('../src/pipeline/stream/stream.js'),
      import('../src/pipeline/stream/sinks.js'),
      import('../src/pipeline/stream/talk.js'),
    ]);
    const { config, output, signal } = context;
    const sinks = parseSinks(input.sink);
    const hosts = allowedHosts(config, input.allowHost);
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
          maxMessages: input.maxMessages,
          idleTimeoutMs: input.idleTimeout,
          durationMs: input.duration,
          drainTimeoutMs: input.drainTimeout,
          maxInFlight: input.maxInflight,
          streams: input.streams,
          lingerMs: input.linger,
          ackDeadlineMs: input.ackDeadline,
          timeZone: input.timezone,
          stallAfterMs: input.stallTimeout,
          giveUpAfterMs: input.giveUpAfter,
          maxTries: input.maxTries,
          bigqueryMethod: input.bigqueryMethod,
          loadIntervalMs: input.loadInterval,
          loadRows: input.loadRows,
          retentionMs: input.retention,
          alerts: input.alerts === true,
          metricsPort: input.metricsPort,
          metricsHost: input.metricsHost,
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
    if (renderPlan(result, output) || !('jobId' in result)) return;
    output.note(`The job ${result.name} is ${result.state}: ${result.jobId}.`);
  },
});
