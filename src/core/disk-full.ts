/** How our emulators begin to say that they have no room. */
export const EMULATOR_DISK_FULL = 'The disk of the emulator is full';

/** Whether the operating system had no room for what was written. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(systemCode(error));
}

/** The code that Node gives to a failed system call; empty for every other error. */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code !== undefined && syscall !== undefined ? code : '';
}
