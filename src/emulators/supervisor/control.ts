import { notReadyError } from '../../errors/healthmon-error.js';
import { SERVICE_TITLES, type ServiceName } from '../services.js';
import { waitUntil } from './processes.js';
import { logPath, readState, type ServiceState, type StackState, tailOf, writePauses } from './state.js';

const FAILURE_TAIL_LINES = 20;

/**
 * Tells the supervisor which services shall be ended for the moment; all others are started if they do not run.
 * @throws HealthmonError naming the service that does not come back, with the tail of its log.
 */
export async function pauseOnly(
  folder: string,
  state: StackState,
  services: readonly ServiceName[],
  timeoutMs: number,
): Promise<void> {
  writePauses(folder, services);
  process.kill(state.supervisor.pid, 'SIGUSR2');
  const isAsWanted = (service: ServiceState) =>
    services.includes(service.name) ? service.paused === true && !service.ready : service.ready;
  let hasBegun = false;
  let isDone = false;
  await waitUntil(
    () => {
      const now = readState(folder);
      if (now === undefined) return true;
      if (now.phase === 'starting') hasBegun = true;
      isDone = now.phase === 'ready' && now.services.every(isAsWanted);
      // The supervisor has finished trying.
      const hasFailed = hasBegun && now.phase === 'ready' && !isDone;
      return isDone || hasFailed;
    },
    timeoutMs,
    30,
  );
  if (isDone) return;
  const stuck = readState(folder)?.services.find((service) => !isAsWanted(service));
  throw notReadyError({
    code: 'emulator-not-ready',
    message: `${stuck === undefined ? 'The supervisor' : SERVICE_TITLES[stuck.name]} did not come back.`,
    detail: stuck === undefined ? '' : tailOf(logPath(folder, stuck.name), FAILURE_TAIL_LINES).join('\n'),
    suggestion: `Run "healthmon emulators restart --name ${state.name}".`,
  });
}
