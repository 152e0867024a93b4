import type { Config } from '../config/config.js';
import type { GoogleClients } from './clients.js';
import { isAlreadyExists, isNotFound, translateGoogleError } from './google-errors.js';

export interface BucketAdmin {
  /** Undefined when the bucket does not exist. */
  settings(): Promise<{ uniformAccess: boolean; publicAccessPrevented: boolean } | undefined>;
  create(expireStagedAfterDays: number): Promise<void>;
  secure(): Promise<void>;
  /** Deletes the bucket with everything in it. */
  remove(): Promise<void>;
  /** Number of the project, by which Google names its service agents. */
  projectNumber(): Promise<string>;
}

const SECURE = {
  iamConfiguration: {
    uniformBucketLevelAccess: { enabled: true },
    publicAccessPrevention: 'enforced',
  },
} as const;

/** The bucket of the configuration. */
export async function bucketAdmin(clients: GoogleClients, config: Config): Promise<BucketAdmin> {
  const storage = await clients.storage();
  const bucket = storage.bucket(config.storage.bucket);
  const run = async <T>(doing: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw translateGoogleError(error, doing, clients.local);
    }
  };
  return {
    settings: () =>
      run(`look up the bucket ${bucket.name}`, async () => {
        try {
          const [metadata] = await bucket.getMetadata();
          const access = metadata.iamConfiguration;
          return {
            uniformAccess: access?.uniformBucketLevelAccess?.enabled === true,
            publicAccessPrevented: access?.publicAccessPrevention === 'enforced',
          };
        } catch (error) {
          if (isNotFound(error)) return undefined;
          throw error;
        }
      }),
    create: (expireStagedAfterDays) =>
      run(`create the bucket ${bucket.name}`, async () => {
        try {
          await storage.createBucket(bucket.name, {
            location: config.location,
            ...SECURE,
            lifecycle: {
              rule: [
                {
                  action: { type: 'Delete' },
                  condition: { age: expireStagedAfterDays, matchesPrefix: ['staging/', 'manifests/'] },
                },
              ],
            },
          } as never);
        } catch (error) {
          if (!isAlreadyExists(error)) throw error;
        }
      }),
    secure: () =>
      run(`secure the bucket ${bucket.name}`, async () => {
        await bucket.setMetadata(SECURE as never);
      }),
    remove: () =>
      run(`delete the bucket ${bucket.name}`, async () => {
        try {
          await bucket.deleteFiles({ force: true, versions: true });
          await bucket.delete();
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
      }),
    projectNumber: () =>
      run('look up the project number', async () => {
        const [account] = await storage.getServiceAccount();
        // service-NUMBER@gs-project-accounts.iam.gserviceaccount.com
        return /^service-(\d+)@/.exec(account.emailAddress ?? '')?.[1] ?? '';
      }),
  };
}
