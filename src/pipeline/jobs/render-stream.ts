import type { Config } from '../../config/config.js';
import { INSERT_RETRYABLE_REASONS } from '../../gcp/bigquery/insert.js';
import { BIGTABLE_RETRYABLE } from '../../gcp/bigtable/retryable.js';
import { VITALS_FAMILY } from '../stream/reading.js';
import { decoderBundle } from './bundles.js';
import { decoderSettings } from './decoder-settings.js';
import { packed, pythonSource, type RenderedJob, renderedJob, sha256 } from './job-text.js';

/** Names by which a running job is updated, so they stay. */
export const STREAM_TRANSFORMS = ['ReadVitals', 'DecodeVitals', 'WriteVitals', 'DeadLetters'] as const;

export interface RenderStreamInput {
  /** The job's own subscription. */
  subscription: string;
  timeZone: string | undefined;
  /** Older readings are flagged. */
  retentionMs: number;
  /**
   * `native`: the source of Beam, which Dataflow and the direct runner have. `pull`: one of ours, which every runner
   * has, and which ends when nothing comes.
   */
  source: 'native' | 'pull';
  /** Of the source `pull`: it ends when nothing came for this long. */
  idleTimeoutMs: number;
}

/** The streaming job: vitals from Pub/Sub into Bigtable and BigQuery, as `healthmon stream` stores them. */
export function renderStream(config: Config, input: RenderStreamInput): RenderedJob {
  const bundle = decoderBundle();
  const { project, bigtable, bigquery, pubsub } = config;
  const subscription = `projects/${project}/subscriptions/${input.subscription}`;
  const decoder = {
    decoder: packed(bundle),
    settings: JSON.stringify(
      decoderSettings({
        retentionMs: input.retentionMs,
        subscription: input.subscription,
        timeZone: input.timeZone,
      }),
    ),
  };
  const places = {
    project,
    family: VITALS_FAMILY,
    bigtableInstance: bigtable.instance,
    bigtableTable: bigtable.table,
    bigtableNowTable: bigtable.nowTable,
    bigtableTransientCodes: BIGTABLE_RETRYABLE,
    bigqueryTable: `${project}.${bigquery.dataset}.${bigquery.streamTable}`,
    bigqueryTransientReasons: INSERT_RETRYABLE_REASONS,
  };
  const native = input.source === 'native';
  const [read, decode, write, deadLetters] = STREAM_TRANSFORMS;
  const job: object = {
    pipeline: {
      type: 'composite',
      transforms: [
        native
          ? {
              type: 'PyTransform',
              name: read,
              input: {},
              config: {
                constructor: 'apache_beam.io.ReadFromPubSub',
                kwargs: { subscription, with_attributes: true },
              },
            }
          : {
              type: read,
              name: read,
              input: {},
              config: { subscription, idle_seconds: input.idleTimeoutMs / 1000, pullers: 4 },
            },
        { type: decode, name: decode, input: read, config: decoder },
        {
          type: write,
          name: write,
          input: `${decode}.readings`,
          config: { places: JSON.stringify(places) },
        },
        {
          type: deadLetters,
          name: deadLetters,
          input: [`${decode}.dead`, write],
          config: { topic: `projects/${project}/topics/${pubsub.deadLetterTopic}`, ...decoder },
        },
      ],
    },
    providers: [
      {
        type: 'python',
        config: {},
        transforms: {
          ...(native ? {} : { [read]: pythonSource('pull') }),
          [decode]: pythonSource('decode'),
          [write]: pythonSource('write'),
          [deadLetters]: pythonSource('dead_letters'),
        },
      },
    ],
    options: { streaming: native },
  };
  return renderedJob(
    'stream',
    'Vitals from Pub/Sub into Bigtable and BigQuery.',
    job,
    bundle,
    STREAM_TRANSFORMS,
  );
}

/** SHA-256 of the decoder that is rendered. */
export function renderedDecoder(): string {
  return sha256(decoderBundle());
}
