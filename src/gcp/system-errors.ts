import { EMULATOR_DISK_FULL, isDiskFull, systemCode } from '../core/disk-full.js';
import { HealthmonError } from '../errors/healthmon-error.js';

const NOT_ALLOWED = ['EACCES', 'EPERM', 'EROFS'];
const TOO_MANY_FILES = ['EMFILE', 'ENFILE'];

/** What the operating system refused us or an emulator, for the user to act on; undefined for every other error. */
export function systemError(cause: unknown): HealthmonError | undefined {
  const code = systemCode(cause);
  const detail = cause instanceof Error ? cause.message : undefined;
  if (isDiskFull(cause) || detail?.includes(EMULATOR_DISK_FULL)) {
    return new HealthmonError({
      code: 'disk-full',
      message: 'The disk is full.',
      detail,
      suggestion: 'Make room, or set HEALTHMON_STATE_DIR and TMPDIR to folders on another disk.',
      cause,
    });
  }
  if (NOT_ALLOWED.includes(code) && (cause as NodeJS.ErrnoException).path !== undefined) {
    return new HealthmonError({
      code: 'file-access-denied',
      message: 'The operating system refuses access to a file.',
      detail,
      suggestion: 'Check who owns the file and its folder, and whether the disk can be written to.',
      cause,
    });
  }
  if (TOO_MANY_FILES.includes(code)) {
    return new HealthmonError({
      code: 'too-many-open-files',
      message: 'The operating system allows no more open files.',
      detail,
      suggestion: 'Raise the limit with "ulimit -n 8192" and run the command again.',
      cause,
    });
  }
  return undefined;
}
