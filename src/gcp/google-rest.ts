import { usageError } from '../errors/healthmon-error.js';

/** An answer of Google other than success. */
export class GoogleHttpError extends Error {
  constructor(
    /** HTTP status. */
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const CALL_TIMEOUT_MS = 15_000;

/** The variables by which the Google Cloud CLI is pointed elsewhere, as at a private endpoint. */
const ENDPOINTS = {
  bigquery: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY',
    url: 'https://bigquery.googleapis.com/bigquery/v2/',
  },
  bigtableAdmin: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGTABLEADMIN',
    url: 'https://bigtableadmin.googleapis.com/',
  },
  iam: { variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM', url: 'https://iam.googleapis.com/' },
  monitoring: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING',
    url: 'https://monitoring.googleapis.com/',
  },
  oauth: { variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_OAUTH2', url: 'https://oauth2.googleapis.com/' },
  pubsub: { variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB', url: 'https://pubsub.googleapis.com/' },
  resourceManager: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER',
    url: 'https://cloudresourcemanager.googleapis.com/',
  },
  run: { variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN', url: 'https://run.googleapis.com/' },
  secretManager: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER',
    url: 'https://secretmanager.googleapis.com/',
  },
  serviceUsage: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE',
    url: 'https://serviceusage.googleapis.com/',
  },
  storage: {
    variable: 'CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE',
    url: 'https://storage.googleapis.com/storage/v1/',
  },
} as const;

export type GoogleApi = keyof typeof ENDPOINTS;

export interface GoogleRequest {
  /** Default: POST with a body, else GET. */
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  /** The write fails unless the resource has this etag still. */
  ifMatch?: string;
}

/** Calls of Google's REST APIs for which the package has no client. */
export interface GoogleRest {
  /** @param path below the address of the API. @throws GoogleHttpError for any answer but success. */
  ask(api: GoogleApi, path: string, request?: GoogleRequest): Promise<unknown>;
  /** What Google says of the credentials. */
  tokenInfo(): Promise<unknown>;
}

/** Opens the credentials. @throws what the token service says when they are expired or revoked. */
export async function openGoogleRest(
  env: NodeJS.ProcessEnv,
  source: { file: string | undefined; quotaProject: string | undefined },
): Promise<GoogleRest> {
  const { GoogleAuth } = await import('google-auth-library');
  const oauth = endpoint(env, 'oauth');
  const auth = new GoogleAuth({
    scopes: [
      'https://www.googleapis.com/auth/cloud-platform',
      'https://www.googleapis.com/auth/userinfo.email',
    ],
    ...(source.file !== undefined && { keyFilename: source.file }),
    clientOptions: {
      endpoints: { oauth2TokenUrl: `${oauth}token`, tokenInfoUrl: `${oauth}tokeninfo` },
    } as never,
  });
  const token = await auth.getAccessToken();
  return {
    ask: (api, path, { body, ifMatch, method = body === undefined ? 'GET' : 'POST' } = {}) =>
      call(`${endpoint(env, api)}${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...(source.quotaProject !== undefined && { 'x-goog-user-project': source.quotaProject }),
          ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        },
      }),
    // In the body, so that the token is in no log of addresses.
    tokenInfo: () =>
      call(`${oauth}tokeninfo`, {
        method: 'POST',
        body: new URLSearchParams({ access_token: token ?? '' }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
  };
}

async function call(
  url: string,
  init: { method: string; body?: string; headers: Record<string, string> },
): Promise<unknown> {
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const response = await fetch(url, { ...init, signal }).catch((error: Error) => {
    // What went wrong is in the cause; the message is "fetch failed".
    throw error.cause instanceof Error ? error.cause : error;
  });
  const answer = parseJson(await response.text());
  if (response.ok) return answer;
  const { error } = answer as { error?: { message?: string } };
  throw new GoogleHttpError(response.status, error?.message ?? `HTTP ${response.status}`);
}

/** A token goes over an encrypted connection, or stays on this machine. */
function endpoint(env: NodeJS.ProcessEnv, name: GoogleApi): string {
  const { variable, url } = ENDPOINTS[name];
  const given = env[variable];
  if (!given) return url;
  if (/^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/])/.test(given)) {
    return given.endsWith('/') ? given : `${given}/`;
  }
  throw usageError({
    code: 'invalid-endpoint',
    message: `${variable} is not an https address.`,
    detail: given,
    suggestion: `Correct it, or run "unset ${variable}".`,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
