import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { BEAM_VERSION } from '../../core/beam-version.js';
import { packageRoot } from '../../core/package-root.js';
import { yamlText } from '../../core/yaml-text.js';
import { HealthmonError } from '../../errors/healthmon-error.js';

export const JOB_KINDS = ['stream', 'load'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export interface RenderedJob {
  kind: JobKind;
  /** Beam YAML, the whole of the job. */
  text: string;
  bytes: number;
  sha256: string;
  /** SHA-256 of what decides within: the decoder, or the loader. */
  decoder: string;
  beamVersion: string;
  transforms: readonly string[];
}

/** Dataflow refuses jobs of more than 10 MB, https://cloud.google.com/dataflow/quotas. */
const MAX_BYTES = 10_000_000;

/** A job of Beam YAML. @param comment what it does. @param bundle what decides within */
export function renderedJob(
  kind: JobKind,
  comment: string,
  job: object,
  bundle: string,
  transforms: readonly string[],
): RenderedJob {
  const text = `# ${comment} Written by "healthmon jobs render ${kind}" for Apache Beam ${BEAM_VERSION}.\n${yamlText(job)}`;
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
    kind,
    text,
    bytes,
    sha256: sha256(text),
    decoder: sha256(bundle),
    beamVersion: BEAM_VERSION,
    transforms,
  };
}

/** A script as it travels in a text: deflated, in base64. */
export function packed(bundle: string): string {
  return deflateSync(bundle, { level: 9 }).toString('base64');
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A transform in Python, which only moves bytes. @param name below `templates/beam`, without `.py` */
export function pythonSource(name: string): string {
  return readFileSync(join(packageRoot(), 'templates', 'beam', `${name}.py`), 'utf8');
}
