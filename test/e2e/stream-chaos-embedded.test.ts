import { describeChaos } from './stream-chaos.js';

describeChaos('embedded');
