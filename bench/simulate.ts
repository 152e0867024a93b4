import { publisherPort } from '../src/gcp/pubsub/port.js';
import { numberedPatients } from '../src/pipeline/simulate/patients.js';
import { SCENARIOS } from '../src/pipeline/simulate/scenarios.js';
import { simulate } from '../src/pipeline/simulate/simulate.js';
import { barePublish } from './bare-loops.js';
import type { Bench } from './registry.js';
import { createVitalsTarget, watchMemory } from './vitals-target.js';

const MESSAGES = 200_000;
const WARM_UP = 20_000;

export const benches: readonly Bench[] = [
  {
    name: 'simulate.publish',
    unit: 'messages/s',
    baselineName: 'publishing ready-made messages',
    stack: true,
    async run(context) {
      const target = await createVitalsTarget(context);
      try {
        await barePublish(target, WARM_UP);
        const memory = watchMemory();
        const publisher = await publisherPort(target.clients, target.config.pubsub.topic);
        const run = (count: number) =>
          simulate(
            {
              patients: numberedPatients(200, 7),
              seed: 7,
              count,
              startMs: Date.UTC(2026, 2, 1),
              intervalMs: 60_000,
              courses: SCENARIOS.mixed!,
              format: 'json',
              vitals: 'core',
            },
            { destination: { topic: target.config.pubsub.topic, publisher }, signal: context.signal },
          );
        await run(WARM_UP);
        context.note('simulator');
        const { messagesPerSecond, published } = await run(MESSAGES);
        if (published !== MESSAGES) throw new Error(`published ${published} of ${MESSAGES}`);
        const rssMb = memory();
        context.note('bare publisher');
        return { value: messagesPerSecond, baseline: await barePublish(target, MESSAGES), rssMb };
      } finally {
        await target.clients.close();
      }
    },
  },
];
