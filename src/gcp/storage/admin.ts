import type { Config } from '../../config/config.js';
import type { GoogleClients } from '../clients.js';
import { callsOf, unlessGone, unlessMissing, unlessThere } from '../google-calls.js';

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

/** What a new bucket is. @param expireStagedAfterDays staged files hold patients' data. */
export function newBucket({ location }: Config, expireStagedAfterDays: number) {
  return {
    location,
    ...SECURE,
    lifecycle: {
      rule: [
        {
          action: { type: 'Delete' },
          condition: { age: expireStagedAfterDays, matchesPrefix: ['staging/', 'manifests/'] },
        },
      ],
    },
  };
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
  const run = callsOf(clients);
  return {
    settings: () =>
      run(`look up the bucket ${bucket.name}`, () =>
        unlessMissing(async () => {
          const [metadata] = await bucket.getMetadata();
          const access = metadata.iamConfiguration;
          return {
            uniformAccess: access?.uniformBucketLevelAccess?.enabled === true,
            publicAccessPrevented: access?.publicAccessPrevention === 'enforced',
          };
        }),
      ),
    create: (expireStagedAfterDays) =>
      run(`create the bucket ${bucket.name}`, () =>
        unlessThere(() =>
          storage.createBucket(bucket.name, newBucket(config, expireStagedAfterDays) as never),
        ),
      ),
    secure: () =>
      run(`secure the bucket ${bucket.name}`, async () => {
        await bucket.setMetadata(SECURE as never);
      }),
    remove: () =>
      run(`delete the bucket ${bucket.name}`, () =>
        unlessGone(async () => {
          await bucket.deleteFiles({ force: true, versions: true });
          await bucket.delete();
        }),
      ),
    projectNumber: () =>
      run('look up the project number', async () => {
        const [account] = await storage.getServiceAccount();
        // service-NUMBER@gs-project-accounts.iam.gserviceaccount.com
        return /^service-(\d+)@/.exec(account.emailAddress ?? '')?.[1] ?? '';
      }),
  };
}
