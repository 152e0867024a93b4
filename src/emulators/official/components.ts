import { OFFICIAL_NAMES, type OfficialName } from '../../core/services.js';
import { HealthmonError, notReadyError } from '../../errors/healthmon-error.js';
import { officialService } from './find.js';

/** The list of components that the Google Cloud CLI itself installs from. */
export const MANIFEST_URL = 'https://dl.google.com/dl/cloudsdk/channels/rapid/components-2.json';

export interface Component {
  service: OfficialName;
  id: string;
  version: string;
  /** Absolute address of the archive. */
  url: string;
  bytes: number;
  sha256: string;
}

interface ManifestComponent {
  id: string;
  data?: { type?: string; source?: string; size?: number; checksum?: string };
  platform?: { architectures?: string[]; operating_systems?: string[] };
  version?: { version_string?: string; build_number?: number };
}

export interface Platform {
  os: NodeJS.Platform;
  arch: NodeJS.Architecture;
}

const OPERATING_SYSTEMS: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'LINUX',
  darwin: 'MACOSX',
  win32: 'WINDOWS',
};
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'x86_64', arm64: 'arm' };
const MANIFEST_TIMEOUT_MS = 30_000;

/**
 * The emulators in Google's manifest, for this kind of machine.
 * @throws HealthmonError when the manifest cannot be had, or has none for this machine.
 */
export async function readComponents(
  manifestUrl: string,
  platform: Platform,
  signal: AbortSignal | undefined,
): Promise<Component[]> {
  const manifest = await fetchManifest(manifestUrl, signal);
  return OFFICIAL_NAMES.map((service) => pick(service, manifest.components ?? [], platform, manifestUrl));
}

async function fetchManifest(
  url: string,
  signal: AbortSignal | undefined,
): Promise<{ components?: ManifestComponent[] }> {
  const timeout = AbortSignal.timeout(MANIFEST_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    if (!response.ok) throw new Error(`the answer was ${response.status}`);
    return (await response.json()) as { components?: ManifestComponent[] };
  } catch (error) {
    signal?.throwIfAborted();
    throw notReadyError({
      code: 'download-failed',
      message: 'Google’s list of components could not be read.',
      detail: `${url}: ${causeOf(error)}`,
      suggestion:
        'Check the network, or name emulators you have with HEALTHMON_SPANNER_EMULATOR and its relatives.',
      cause: error,
    });
  }
}

function pick(
  service: OfficialName,
  components: readonly ManifestComponent[],
  platform: Platform,
  manifestUrl: string,
): Component {
  const id = officialService(service).componentId;
  const found = components.find(
    (component) =>
      (component.id === id || component.id.startsWith(`${id}-`)) &&
      component.data?.source !== undefined &&
      runsOn(component, platform),
  );
  const { source, checksum, size } = found?.data ?? {};
  if (found === undefined || !source) throw noComponent(id, platform);
  if (checksum === undefined || !/^[0-9a-f]{64}$/.test(checksum)) {
    throw new HealthmonError({
      code: 'checksum-missing',
      message: `Google’s list names no SHA-256 for ${found.id}.`,
      detail: manifestUrl,
      suggestion: 'Install the Google Cloud CLI instead: https://cloud.google.com/sdk/docs/install',
    });
  }
  return {
    service,
    id: found.id,
    version: found.version?.version_string || String(found.version?.build_number ?? ''),
    url: new URL(source, manifestUrl).href,
    bytes: size ?? 0,
    sha256: checksum,
  };
}

function runsOn({ platform }: ManifestComponent, { os, arch }: Platform): boolean {
  const fits = (list: string[] | undefined, own: string | undefined) =>
    list === undefined || list.length === 0 || (own !== undefined && list.includes(own));
  return (
    fits(platform?.operating_systems, OPERATING_SYSTEMS[os]) &&
    fits(platform?.architectures, ARCHITECTURES[arch])
  );
}

function noComponent(id: string, { os, arch }: Platform): Error {
  return notReadyError({
    code: 'component-missing',
    message: `Google publishes no ${id} for ${os} ${arch}.`,
    suggestion: 'With Docker, run "healthmon emulators start --via docker".',
  });
}

/** `fetch` hides the reason in the cause. */
export function causeOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: Error };
  return cause?.message || message;
}
