import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Config } from '../../config/config.js';
import { BEAM_VERSION } from '../../core/beam-version.js';
import { packageRoot } from '../../core/package-root.js';
import { yamlText } from '../../core/yaml-text.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import { INSERT_RETRYABLE_REASONS } from '../../gcp/bigquery/insert.js';
import { BIGTABLE_RETRYABLE } from '../../gcp/bigtable/retryable.js';
import { VITALS_FAMILY } from '../stream/reading.js';
import { decoderBundle } from './decoder-bundle.js';
import { decoderSettings } from './decoder-settings.js';

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

export interface RenderedJob {
  kind: 'stream';
  /** Beam YAML, the whole of the job. */
  text: string;
  bytes: number;
  sha256: string;
  /** SHA-256 of the decoder within. */
  decoder: string;
  beamVersion: string;
  transforms: readonly string[];
}

/** Dataflow refuses jobs of more than 10 MB, https://cloud.google.com/dataflow/quotas. */
const MAX_BYTES = 10_000_000;

/** The streaming job: vitals from Pub/Sub into Bigtable and BigQuery, as `healthmon stream` stores them. */
export function renderStream(config: Config, input: RenderStreamInput): RenderedJob {
  const bundle = decoderBundle();
  const { project, bigtable, bigquery, pubsub } = config;
  const subscription = `projects/${project}/subscriptions/${input.subscription}`;
  const decoder = {
    decoder: deflateSync(bundle, { level: 9 }).toString('base64'),
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
          ...(native ? {} : { [read]: python('pull') }),
          [decode]: python('decode'),
          [write]: python('write'),
          [deadLetters]: python('dead_letters'),
        },
      },
    ],
    options: { streaming: native },
  };
  return checked(
    `# Vitals from Pub/Sub into Bigtable and BigQuery. Written by "healthmon jobs render stream" for Apache Beam ${BEAM_VERSION}.\n${yamlText(job)}`,
    bundle,
  );
}

function checked(text: string, bundle: string): RenderedJob {
  const bytes = Buffer.byteLength(text);
  // Beam takes these for Jinja.
  const jinja = /\{[{%#]/.exec(text);
  if (jinja !== null || bytes > MAX_BYTES) {
    throw new HealthmonError({
      code: 'job-not-renderable',
      message: 'No job can be made of these settings.',
      detail: jinja === null ? `Its text has ${bytes} bytes.` : `Its text has "${jinja[0]}".`,
      suggestion: 'Rename the resource that has it in its name.',
    });
  }
  return {
    kind: 'stream',
    text,
    bytes,
    sha256: sha256(text),
    decoder: sha256(bundle),
    beamVersion: BEAM_VERSION,
    transforms: STREAM_TRANSFORMS,
  };
}

/** SHA-256 of the decoder that is rendered. */
export function renderedDecoder(): string {
  return sha256(decoderBundle());
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A transform in Python, which only moves bytes. */
function python(name: string): string {
  return readFileSync(join(packageRoot(), 'templates', 'beam', `${name}.py`), 'utf8');
}
