import { usageError } from '../../errors/healthmon-error.js';
import type { Prices } from './prices.js';

/** Amounts by what they are for, and their sum. */
export type Costs = Readonly<Record<string, number>> & { total: number };

export interface StreamLoad {
  messagesPerSecond: number;
  messageBytes: number;
  /** Machines of Dataflow, or instances of the worker pool. */
  workers: number;
  machineType: string;
}

const GB = 1e9;
const TIB = 2 ** 40;
const SECONDS_PER_HOUR = 3600;
/** BigQuery bills no streamed row below it, https://cloud.google.com/bigquery/pricing. */
const LEAST_ROW_BYTES = 1024;
/** Disk of a machine with Streaming Engine, https://cloud.google.com/dataflow/docs/streaming-engine. */
const STREAMING_DISK_GB = 30;
/** Of a machine of a batch job, whose shuffle is a service, https://cloud.google.com/dataflow/docs/shuffle-for-batch. */
const BATCH_DISK_GB = 25;
/** What `deploy worker` asks for. */
const INSTANCE = { vcpus: 1, memoryGib: 1 };

/** What a month of the stream costs besides its stores, by what carries it. One reading is in each message. */
export function streamCosts(
  load: StreamLoad,
  prices: Prices,
): { dataflow: Costs; 'worker-pool': Costs; subscriptions: Costs } {
  const { rates, hoursPerMonth } = prices;
  const { vcpus, memoryGb } = machineOf(load.machineType);
  const seconds = hoursPerMonth * SECONDS_PER_HOUR;
  const messages = load.messagesPerSecond * seconds;
  const bytes = messages * load.messageBytes;
  const hours = load.workers * hoursPerMonth;
  const published = (bytes / TIB) * rates.pubsubTib;
  // Once into the topic, and once out of the subscription.
  const pubsub = 2 * published;
  const inserted = messages * Math.max(LEAST_ROW_BYTES, load.messageBytes);
  const bigquery = (inserted / GB) * rates.bigqueryInsertGb;
  const instanceSeconds = load.workers * seconds;
  return {
    dataflow: summed({
      machines:
        hours *
        (vcpus * rates.dataflowStreamingVcpuHour +
          memoryGb * rates.dataflowStreamingGbHour +
          STREAMING_DISK_GB * rates.dataflowDiskGbHour),
      streamingEngine: (bytes / GB) * rates.dataflowStreamingEngineGb,
      pubsub,
      bigquery,
    }),
    'worker-pool': summed({
      machines:
        instanceSeconds *
        (INSTANCE.vcpus * rates.cloudRunVcpuSecond + INSTANCE.memoryGib * rates.cloudRunGibSecond),
      pubsub,
      bigquery,
    }),
    // Pub/Sub itself writes the rows, which BigQuery bills no inserts for.
    subscriptions: summed({ pubsub: published + (bytes / TIB) * rates.bigquerySubscriptionTib }),
  };
}

export interface LoadWork {
  gigabytes: number;
  hours: number;
  workers: number;
  machineType: string;
}

/** What one run of the job that loads files costs, besides the rows in Spanner. All rows are shuffled once. */
export function loadCosts({ gigabytes, hours, workers, machineType }: LoadWork, { rates }: Prices): Costs {
  const { vcpus, memoryGb } = machineOf(machineType);
  return summed({
    machines:
      workers *
      hours *
      (vcpus * rates.dataflowBatchVcpuHour +
        memoryGb * rates.dataflowBatchGbHour +
        BATCH_DISK_GB * rates.dataflowDiskGbHour),
    shuffle: gigabytes * rates.dataflowShuffleGb,
  });
}

/** What a month costs in which nothing happens: instances are billed by the hour, all else by use. */
export function floorCosts(
  { processingUnits, bigtableNodes }: { processingUnits: number; bigtableNodes: number },
  { rates, hoursPerMonth }: Prices,
): Costs {
  return summed({
    spanner: (processingUnits / 1000) * rates.spannerNodeHour * hoursPerMonth,
    bigtable: bigtableNodes * rates.bigtableNodeHour * hoursPerMonth,
  });
}

/** GB of memory for each vCPU, https://cloud.google.com/compute/docs/general-purpose-machines. */
const MEMORY_GB: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  n1: { standard: 3.75, highmem: 6.5, highcpu: 0.9 },
  n2: { standard: 4, highmem: 8, highcpu: 1 },
  n2d: { standard: 4, highmem: 8, highcpu: 1 },
  e2: { standard: 4, highmem: 8, highcpu: 1 },
  c3: { standard: 4, highmem: 8, highcpu: 2 },
  t2d: { standard: 4 },
};

function machineOf(type: string): { vcpus: number; memoryGb: number } {
  const [, family, kind, count] = /^([a-z]\d[a-z]?)-(standard|highmem|highcpu)-(\d{1,3})$/.exec(type) ?? [];
  const perVcpu = MEMORY_GB[family ?? '']?.[kind ?? ''];
  if (perVcpu !== undefined) return { vcpus: Number(count), memoryGb: Number(count) * perVcpu };
  throw usageError({
    code: 'unsupported',
    message: `The machine type "${type}" is not among those whose memory is known.`,
    suggestion: `Give one of ${Object.keys(MEMORY_GB).join(', ')}, such as n2-standard-2.`,
  });
}

function summed(parts: Record<string, number>): Costs {
  const cents = Object.entries(parts).map(
    ([name, amount]) => [name, Math.round(amount * 100) / 100] as const,
  );
  const total = Object.values(parts).reduce((sum, amount) => sum + amount, 0);
  return { ...Object.fromEntries(cents), total: Math.round(total * 100) / 100 };
}
