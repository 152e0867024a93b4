import type { Config } from '../../../config/config.js';
import type { ServiceName } from '../../../core/services.js';
import { absentAdmins, type PartialAdmins } from '../../../gcp/admins.js';
import { newBigtableCluster } from '../../../gcp/bigtable/admin.js';
import { newSpannerInstance } from '../../../gcp/spanner/admin.js';
import { newBucket } from '../../../gcp/storage/admin.js';
import { type ProvisionOptions, provision } from '../provision.js';
import { Expression, type HclBlock, type HclBody, hclText, heredoc, jsonEncoded } from './hcl.js';

/** Of the provider `hashicorp/google`, whose resources these are. https://registry.terraform.io/providers/hashicorp/google */
const PROVIDER_VERSION = '>= 6.0';

/** A file of the configuration. */
export interface TerraformFile {
  path: string;
  text: string;
}

/**
 * What provision makes on a project in which nothing is, as Terraform's configuration: the same steps are taken, and
 * what makes a resource writes it down instead.
 */
export async function terraformFiles(
  config: Config,
  options: Pick<ProvisionOptions, 'only' | 'schemas' | 'vitalsEncoding' | 'signal'>,
): Promise<TerraformFile[]> {
  const recorder = new Recorder(config);
  await provision(absentAdmins(recorder.makers()), config, { ...options, dryRun: false });
  return recorder.files();
}

class Recorder {
  readonly #config: Config;
  readonly #blocks = new Map<ServiceName, HclBlock[]>();
  #needsProject = false;

  constructor(config: Config) {
    this.#config = config;
  }

  files(): TerraformFile[] {
    const { project, location } = this.#config;
    const main: HclBlock[] = [
      {
        type: 'terraform',
        labels: [],
        body: {
          required_version: '>= 1.5',
          required_providers: {
            google: new Expression(`{ source = "hashicorp/google", version = "${PROVIDER_VERSION}" }`),
          },
        },
      },
      { type: 'provider', labels: ['google'], body: { project, region: location } },
    ];
    if (this.#needsProject) main.push({ type: 'data', labels: ['google_project', 'this'], body: {} });
    return [
      { path: 'main.tf', text: hclText(main) },
      ...[...this.#blocks].map(([service, blocks]) => ({ path: `${service}.tf`, text: hclText(blocks) })),
    ];
  }

  #add(service: ServiceName, type: string, name: string, body: HclBody) {
    const label = labelOf(name);
    const blocks = this.#blocks.get(service) ?? [];
    this.#blocks.set(service, blocks);
    blocks.push({ type: 'resource', labels: [type, label], body });
  }

  makers(): PartialAdmins {
    const { storage, spanner, bigtable, bigquery } = this.#config;
    return {
      storage: {
        create: async (days) => {
          const { location, iamConfiguration, lifecycle } = newBucket(this.#config, days);
          const [rule] = lifecycle.rule;
          this.#add('storage', 'google_storage_bucket', storage.bucket, {
            name: storage.bucket,
            location,
            uniform_bucket_level_access: iamConfiguration.uniformBucketLevelAccess.enabled,
            public_access_prevention: iamConfiguration.publicAccessPrevention,
            lifecycle_rule: {
              action: { type: rule!.action.type },
              condition: { age: rule!.condition.age, matches_prefix: rule!.condition.matchesPrefix },
            },
          });
        },
        projectNumber: async () => {
          this.#needsProject = true;
          return 'data.google_project.this.number';
        },
      },
      spanner: this.#spanner(spanner),
      pubsub: this.#pubsub(),
      bigtable: this.#bigtable(bigtable),
      bigquery: this.#bigquery(bigquery),
    };
  }

  #spanner({ instance, database }: Config['spanner']): PartialAdmins['spanner'] & object {
    return {
      createInstance: async () => {
        const { displayName, config, processingUnits } = newSpannerInstance(this.#config);
        this.#add('spanner', 'google_spanner_instance', instance, {
          name: instance,
          display_name: displayName,
          config: config.slice(config.lastIndexOf('/') + 1),
          processing_units: processingUnits,
        });
      },
      createDatabase: async (statements) =>
        this.#add('spanner', 'google_spanner_database', database, {
          instance: attribute('google_spanner_instance', instance, 'name'),
          name: database,
          ddl: statements.map(heredoc),
          deletion_protection: true,
        }),
    };
  }

  #pubsub(): PartialAdmins['pubsub'] & object {
    return {
      createAvroSchema: async (id, definition) =>
        this.#add('pubsub', 'google_pubsub_schema', id, {
          name: id,
          type: 'AVRO',
          definition: heredoc(definition),
        }),
      createTopic: async (topic, schema) =>
        this.#add('pubsub', 'google_pubsub_topic', topic, {
          name: topic,
          schema_settings: schema && {
            schema: attribute('google_pubsub_schema', schema.id, 'id'),
            encoding: schema.encoding.toUpperCase(),
          },
        }),
      createSubscription: async (name, topic, settings) =>
        this.#add('pubsub', 'google_pubsub_subscription', name, {
          name,
          topic: attribute('google_pubsub_topic', topic, 'id'),
          ack_deadline_seconds: settings.ackDeadlineSeconds,
          message_retention_duration: `${settings.retentionSeconds}s`,
          expiration_policy: { ttl: '' },
          retry_policy:
            settings.maximumBackoffSeconds === 0
              ? undefined
              : {
                  minimum_backoff: `${settings.minimumBackoffSeconds}s`,
                  maximum_backoff: `${settings.maximumBackoffSeconds}s`,
                },
          dead_letter_policy:
            settings.deadLetterTopic === undefined
              ? undefined
              : {
                  dead_letter_topic: attribute('google_pubsub_topic', settings.deadLetterTopic, 'id'),
                  max_delivery_attempts: settings.maxDeliveryAttempts,
                },
        }),
      grantForwarding: async (subscription, deadLetterTopic, projectNumber) => {
        const member = new Expression(
          `"serviceAccount:service-\${${projectNumber}}@gcp-sa-pubsub.iam.gserviceaccount.com"`,
        );
        this.#add('pubsub', 'google_pubsub_topic_iam_member', deadLetterTopic, {
          topic: attribute('google_pubsub_topic', deadLetterTopic, 'name'),
          role: 'roles/pubsub.publisher',
          member,
        });
        this.#add('pubsub', 'google_pubsub_subscription_iam_member', subscription, {
          subscription: attribute('google_pubsub_subscription', subscription, 'name'),
          role: 'roles/pubsub.subscriber',
          member,
        });
      },
    };
  }

  #bigtable({ instance }: Config['bigtable']): PartialAdmins['bigtable'] & object {
    return {
      createInstance: async () => {
        const { id, location, nodes, storage } = newBigtableCluster(this.#config);
        this.#add('bigtable', 'google_bigtable_instance', instance, {
          name: instance,
          display_name: 'healthmon',
          deletion_protection: true,
          cluster: { cluster_id: id, zone: location, num_nodes: nodes, storage_type: storage.toUpperCase() },
        });
      },
      createTable: async (table, families, versions) => {
        const instance_name = attribute('google_bigtable_instance', instance, 'name');
        this.#add('bigtable', 'google_bigtable_table', table, {
          name: table,
          instance_name,
          deletion_protection: 'PROTECTED',
          column_family: families.map((family) => ({ family })),
        });
        for (const family of families) {
          this.#add('bigtable', 'google_bigtable_gc_policy', `${table}_${family}`, {
            instance_name,
            table: attribute('google_bigtable_table', table, 'name'),
            column_family: family,
            deletion_policy: 'ABANDON',
            max_version: { number: versions },
          });
        }
      },
    };
  }

  #bigquery({ dataset }: Config['bigquery']): PartialAdmins['bigquery'] & object {
    const dataset_id = attribute('google_bigquery_dataset', dataset, 'dataset_id');
    const made: string[] = [];
    return {
      createDataset: async () =>
        this.#add('bigquery', 'google_bigquery_dataset', dataset, {
          dataset_id: dataset,
          location: this.#config.location,
        }),
      createTable: async (name, { schema, timePartitioning, clustering }) => {
        made.push(name);
        this.#add('bigquery', 'google_bigquery_table', name, {
          dataset_id,
          table_id: name,
          schema: jsonEncoded(schema.fields),
          time_partitioning: timePartitioning,
          clustering: clustering?.fields,
          deletion_protection: true,
        });
      },
      createView: async (name, { description, query }) => {
        this.#add('bigquery', 'google_bigquery_table', name, {
          dataset_id,
          table_id: name,
          description,
          view: { query: heredoc(query), use_legacy_sql: false },
          deletion_protection: false,
          depends_on: made
            .filter((each) => query.includes(`.${dataset}.${each}\``))
            .map((each) => new Expression(`google_bigquery_table.${labelOf(each)}`)),
        });
        made.push(name);
      },
    };
  }
}

function labelOf(name: string): string {
  const label = name.replace(/[^A-Za-z0-9_-]/g, '_');
  return /^[A-Za-z_]/.test(label) ? label : `_${label}`;
}

function attribute(type: string, name: string, attributeName: string): Expression {
  return new Expression(`${type}.${labelOf(name)}.${attributeName}`);
}
