import { findOfficialEmulators } from '../../src/emulators/official/find.js';
import { hasTool } from './optional-tools.js';

const found = Object.values(await findOfficialEmulators(process.env));

/** Whether all of Google's emulators are on this machine, and Java, which one needs; a run of CI hides them. */
export const HAS_OFFICIALS = hasTool('java') && found.every((emulator) => emulator !== undefined);
