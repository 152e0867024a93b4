import type { Message } from '../serving/method.js';
import { ServiceError } from '../serving/service-error.js';
import { bigqueryDestination, checkBigquery } from './export-bigquery.js';
import { bigtableDestination, checkBigtable } from './export-bigtable.js';
import { checkStorage, storageDestination } from './export-storage.js';
import { failure } from './names.js';
import { type Destination, Outlet } from './outlet.js';
import { pushDestination } from './push.js';
import type { Store } from './store.js';
import type { Subscription, Topic } from './subscription.js';
import { DESTINATIONS, type DestinationChecks } from './subscription-settings.js';

/** Where the other services of the local cloud are. Those that are not named are refused. */
export interface ServiceEndpoints {
  /** `http://host:port` */
  bigquery?: string | undefined;
  /** `http://host:port` */
  storage?: string | undefined;
  /** `host:port`, with or without `http://` */
  bigtable?: string | undefined;
}

const SERVICES = {
  bigqueryConfig: 'bigquery',
  cloudStorageConfig: 'storage',
  bigtableConfig: 'bigtable',
} as const;
type ConfigField = keyof typeof SERVICES;

const CHECKS: Record<
  ConfigField,
  (config: Message, endpoint: string, store: Store, topic: Topic | undefined) => Promise<void>
> = {
  bigqueryConfig: checkBigquery,
  cloudStorageConfig: checkStorage,
  bigtableConfig: checkBigtable,
};

/** Attaches an outlet to every subscription that delivers by itself, for as long as it does. */
export class Outlets implements DestinationChecks {
  readonly #attached = new Map<Subscription, { config: string; outlet: Outlet }>();

  constructor(
    readonly store: Store,
    readonly endpoints: ServiceEndpoints,
  ) {
    store.onSubscription = (subscription) => this.#refresh(subscription);
  }

  async check(settings: Message): Promise<void> {
    for (const field of DESTINATIONS) {
      if (settings[field] === undefined) continue;
      const topic = this.store.resources.topics.get(settings.topic as string);
      await CHECKS[field](settings[field] as Message, this.#endpointOf(field), this.store, topic);
    }
  }

  close(): void {
    for (const { outlet } of this.#attached.values()) outlet.end();
    this.#attached.clear();
  }

  #endpointOf(field: ConfigField): string {
    const endpoint = this.endpoints[SERVICES[field]];
    if (endpoint !== undefined) return endpoint;
    throw failure(
      'UNIMPLEMENTED',
      `${field} is not supported here: this Pub/Sub was started without --${SERVICES[field]}-endpoint.`,
    );
  }

  #refresh(subscription: Subscription): void {
    const known = this.#attached.get(subscription);
    const isThere =
      this.store.resources.subscriptions.get(subscription.name) === subscription && !subscription.detached;
    const { pushConfig, bigqueryConfig, cloudStorageConfig, bigtableConfig } = subscription.settings;
    const config = isThere
      ? JSON.stringify([pushConfig, bigqueryConfig, cloudStorageConfig, bigtableConfig])
      : '';
    if (known?.config === config) return;
    known?.outlet.end();
    this.#attached.delete(subscription);
    const destination = isThere ? this.#destinationOf(subscription) : undefined;
    if (destination === undefined) return;
    const reason = new ServiceError(
      'FAILED_PRECONDITION',
      `Messages cannot be pulled any more (resource=${subscription.name}).`,
    );
    for (const consumer of [...subscription.backlog.consumers]) consumer.end(reason);
    const outlet = new Outlet(this.store, subscription, destination);
    this.#attached.set(subscription, { config, outlet });
    subscription.backlog.attach(outlet);
  }

  #destinationOf(subscription: Subscription): Destination | undefined {
    const { settings } = subscription;
    if ((settings.pushConfig as Message | undefined)?.pushEndpoint !== undefined)
      return pushDestination(subscription);
    const field = DESTINATIONS.find((one) => settings[one] !== undefined);
    const endpoint = field && this.endpoints[SERVICES[field]];
    // A subscription of an earlier run keeps its messages until its service is there again.
    if (endpoint === undefined) return undefined;
    if (field === 'bigqueryConfig') return bigqueryDestination(this.store, subscription, endpoint);
    return field === 'cloudStorageConfig'
      ? storageDestination(this.store, subscription, endpoint)
      : bigtableDestination(subscription, endpoint);
  }
}
