import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { notReadyError } from '../errors/healthmon-error.js';
import { GoogleHttpError, openGoogleRest } from './google-rest.js';

/** What a credentials file says about itself; no secret of it is kept. */
export interface CredentialSource {
  /** `authorized_user`, `service_account`, `external_account`, … or `metadata_server`. */
  kind: string;
  /** The file; undefined for the metadata server of a machine on Google Cloud. */
  file: string | undefined;
  /** The account, as far as the file tells. */
  account: string | undefined;
  quotaProject: string | undefined;
}

/** The calls that diagnosis makes. All of them read. */
export interface CloudIdentity {
  /** The account of the credentials, asked of Google when the file does not say; undefined when Google does not either. */
  account(): Promise<string | undefined>;
  /** @throws GoogleHttpError when the project cannot be read. */
  project(id: string): Promise<{ name: string; state: string }>;
  /** Which of the APIs are switched on. */
  enabledApis(project: string, apis: readonly string[]): Promise<Set<string>>;
  /** Which of the permissions the account has on the project; `untestable` are not known to the project. */
  heldPermissions(
    project: string,
    permissions: readonly string[],
  ): Promise<{ held: Set<string>; untestable: string[] }>;
}

const METADATA_TIMEOUT_MS = 1_000;

const LOGIN = 'gcloud auth application-default login';

/** What to type when the credentials are missing or not good. */
export function credentialsFix(env: NodeJS.ProcessEnv): string {
  return env.GOOGLE_APPLICATION_CREDENTIALS ? `unset GOOGLE_APPLICATION_CREDENTIALS; ${LOGIN}` : LOGIN;
}

/**
 * Where Application Default Credentials come from.
 * @throws HealthmonError `credentials-missing` when there is no file and no metadata server, `credentials-invalid`
 * when the file cannot be read.
 */
export async function findCredentials(env: NodeJS.ProcessEnv): Promise<CredentialSource> {
  const given = env.GOOGLE_APPLICATION_CREDENTIALS;
  const folder = env.CLOUDSDK_CONFIG || join(env.HOME || homedir(), '.config', 'gcloud');
  const file = given || join(folder, 'application_default_credentials.json');
  if (!existsSync(file)) {
    if (!given && (await isOnGoogleCloud(env)))
      return { kind: 'metadata_server', file: undefined, account: undefined, quotaProject: undefined };
    throw notReadyError({
      code: 'credentials-missing',
      message: 'There are no Google Cloud credentials.',
      detail: given
        ? `GOOGLE_APPLICATION_CREDENTIALS names ${given}, which is not there.`
        : 'None were found.',
      suggestion: `Run "${credentialsFix(env)}", or use --target local.`,
    });
  }
  const parsed = readCredentials(file, env);
  const impersonated = /serviceAccounts\/([^/:]+):/.exec(parsed.service_account_impersonation_url ?? '')?.[1];
  return {
    kind: parsed.type ?? 'unknown',
    file,
    account: parsed.client_email ?? impersonated,
    quotaProject: env.GOOGLE_CLOUD_QUOTA_PROJECT || parsed.quota_project_id,
  };
}

function readCredentials(file: string, env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw notReadyError({
      code: 'credentials-invalid',
      message: 'The Google Cloud credentials cannot be read.',
      // Not the message of the parser, which quotes the text.
      detail: `${file} ${cause instanceof SyntaxError ? 'is not JSON' : 'cannot be opened'}.`,
      suggestion: `Run "${credentialsFix(env)}", or use --target local.`,
      cause,
    });
  }
}

/** Asks by itself: the client library warns on stderr when there is no such server. */
async function isOnGoogleCloud(env: NodeJS.ProcessEnv): Promise<boolean> {
  if (env.METADATA_SERVER_DETECTION === 'none') return false;
  try {
    const response = await fetch(
      `http://${env.GCE_METADATA_HOST || 'metadata.google.internal'}/computeMetadata/v1/`,
      {
        headers: { 'metadata-flavor': 'Google' },
        signal: AbortSignal.timeout(METADATA_TIMEOUT_MS),
      },
    );
    return response.headers.get('metadata-flavor') === 'Google';
  } catch {
    return false;
  }
}

/** Opens the credentials. @throws what the token service says when they are expired or revoked. */
export async function openIdentity(env: NodeJS.ProcessEnv, source: CredentialSource): Promise<CloudIdentity> {
  const { ask, tokenInfo } = await openGoogleRest(env, source);
  return {
    async account() {
      if (source.account !== undefined) return source.account;
      return ((await tokenInfo()) as { email?: string }).email;
    },
    async project(id) {
      const answer = await ask('resourceManager', `v3/projects/${id}`);
      const { displayName, name, state } = answer as { displayName?: string; name?: string; state?: string };
      return { name: displayName ?? name ?? id, state: state ?? 'unknown' };
    },
    async enabledApis(project, apis) {
      const names = apis.map((api) => `names=projects/${project}/services/${api}`).join('&');
      const answer = await ask('serviceUsage', `v1/projects/${project}/services:batchGet?${names}`);
      const { services = [] } = answer as { services?: { name?: string; state?: string }[] };
      return new Set(
        services
          .filter(({ state }) => state === 'ENABLED')
          .map(({ name = '' }) => name.slice(name.lastIndexOf('/') + 1)),
      );
    },
    async heldPermissions(project, permissions) {
      let asked = [...permissions];
      const untestable: string[] = [];
      for (;;) {
        try {
          const answer = await ask('resourceManager', `v3/projects/${project}:testIamPermissions`, {
            body: { permissions: asked },
          });
          return { held: new Set((answer as { permissions?: string[] }).permissions), untestable };
        } catch (error) {
          // One name that the project does not know makes the whole question invalid.
          const unknown =
            error instanceof GoogleHttpError && error.code === 400
              ? asked.find((permission) => error.message.includes(permission))
              : undefined;
          if (unknown === undefined) throw error;
          untestable.push(unknown);
          asked = asked.filter((permission) => permission !== unknown);
        }
      }
    },
  };
}
