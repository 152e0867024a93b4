import type { ServiceName } from '../core/services.js';
import { bigquery } from './bigquery/service.js';
import { bigtable } from './bigtable/service.js';
import { dataflow } from './dataflow/service.js';
import { pubsub } from './pubsub/service.js';
import type { EmulatedService } from './service.js';
import { spanner } from './spanner/service.js';
import { storage } from './storage/service.js';

/** How each service is run. */
export const EMULATED: Record<ServiceName, EmulatedService> = {
  spanner,
  bigtable,
  pubsub,
  bigquery,
  storage,
  dataflow,
};
