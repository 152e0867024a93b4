// Needs Google's emulators: bigtable, pubsub
import { describeChaos } from './stream-chaos.js';

describeChaos('official');
