import { HealthmonError } from '../errors/healthmon-error.js';
import { APIS, commandNeeds, type Need, OPTIONAL } from '../gcp/access.js';
import {
  type CloudIdentity,
  type CredentialSource,
  credentialsFix,
  findCredentials,
  openIdentity,
} from '../gcp/cloud-identity.js';
import { GoogleHttpError } from '../gcp/google-rest.js';
import type { Context } from './command.js';
import type { Check } from './doctor.js';

/**
 * Identity, project, APIs and permissions, each with the gcloud line that mends it. What cannot be asked because
 * something before it fails is left out.
 */
export async function cloudChecks({ config, env }: Context): Promise<Check[]> {
  const { project } = config;
  let source: CredentialSource;
  try {
    source = await findCredentials(env);
  } catch (error) {
    const found = error instanceof HealthmonError ? error.detail : undefined;
    return [fail('credentials', found ?? messageOf(error), credentialsFix(env))];
  }
  const where = source.file ?? 'the metadata server';
  const checks: Check[] = [ok('credentials', `${source.kind} of ${where}`)];
  let identity: CloudIdentity;
  try {
    identity = await openIdentity(env, source);
  } catch (error) {
    return [fail('credentials', `${source.kind} of ${where}: ${messageOf(error)}`, credentialsFix(env))];
  }
  const account = await identity.account().catch(() => undefined);
  checks.push(
    account === undefined
      ? warn('identity', 'Google does not name the account of these credentials', 'gcloud auth list')
      : ok('identity', account),
  );
  checks.push(quotaProject(source, project));
  const reachable = await projectCheck(identity, project);
  checks.push(reachable);
  if (reachable.status === 'fail') return checks;
  checks.push(...(await apiChecks(identity, project)));
  checks.push(...(await permissionChecks(identity, project, memberOf(account))));
  return checks;
}

/** Calls of a person's own credentials are counted against this project; some APIs refuse them without one. */
function quotaProject({ kind, quotaProject: found }: CredentialSource, project: string): Check {
  if (found === project) return ok('quota project', found);
  const fix = `gcloud auth application-default set-quota-project ${project}`;
  if (found !== undefined) return warn('quota project', `${found}, not ${project}`, fix);
  if (kind !== 'authorized_user') return ok('quota project', `${project}, of the account`);
  return warn('quota project', 'none', fix);
}

async function projectCheck(identity: CloudIdentity, project: string): Promise<Check> {
  try {
    const { name, state } = await identity.project(project);
    if (state === 'ACTIVE') return ok('project', `${project} (${name})`);
    return fail('project', `${project} is ${state.toLowerCase()}`, `gcloud projects undelete ${project}`);
  } catch (error) {
    if (error instanceof GoogleHttpError && error.code === 403) {
      // Reading the project is a permission of its own, which nothing else here needs.
      return warn('project', `${project} cannot be read: ${messageOf(error)}`, 'gcloud projects list');
    }
    return fail('project', `${project}: ${messageOf(error)}`, 'gcloud projects list');
  }
}

async function apiChecks(identity: CloudIdentity, project: string): Promise<Check[]> {
  try {
    const enabled = await identity.enabledApis(project, APIS);
    return APIS.map((api) => {
      if (enabled.has(api)) return ok(`API ${api}`, 'on');
      const fix = `gcloud services enable ${api} --project=${project}`;
      return OPTIONAL.includes(api)
        ? warn(`API ${api}`, 'off; only models register and train --register need it', fix)
        : fail(`API ${api}`, 'off', fix);
    });
  } catch (error) {
    const fix = `gcloud services list --enabled --project=${project}`;
    return [warn('APIs', `cannot be listed: ${messageOf(error)}`, fix)];
  }
}

async function permissionChecks(identity: CloudIdentity, project: string, member: string): Promise<Check[]> {
  const commands = commandNeeds();
  const all = [...new Set(commands.flatMap(({ needs }) => needs.map(({ permission }) => permission)))];
  let held: Set<string>;
  let untestable: string[];
  try {
    ({ held, untestable } = await identity.heldPermissions(project, all));
  } catch (error) {
    const fix = `gcloud services enable cloudresourcemanager.googleapis.com --project=${project}`;
    return [fail('permissions', `cannot be tested: ${messageOf(error)}`, fix)];
  }
  return commands.map(({ command, needs }) => {
    const name = `permissions of ${command}`;
    const tested = needs.filter(({ permission }) => !untestable.includes(permission));
    const missing = tested.filter(({ permission }) => !held.has(permission));
    if (missing.length === 0) {
      const unknown = needs.length - tested.length;
      return ok(name, `all ${tested.length}${unknown === 0 ? '' : `, ${unknown} could not be tested`}`);
    }
    const check = lacking(name, missing, project, member);
    return OPTIONAL.includes(command) ? { ...check, status: 'warn' } : check;
  });
}

function lacking(name: string, missing: readonly Need[], project: string, member: string): Check {
  const roles = [...new Set(missing.map(({ role }) => role))];
  const fix = roles
    .map((role) => `gcloud projects add-iam-policy-binding ${project} --member=${member} --role=${role}`)
    .join('\n');
  const found = `missing ${missing.map(({ permission }) => permission).join(', ')}`;
  if (missing.some(({ on }) => on === undefined)) return fail(name, found, fix);
  // Whoever was given the role on the resource alone, as is best, holds nothing on the project.
  const resources = [...new Set(missing.map(({ on }) => on))].join(' and ');
  return warn(name, `${found} on the project; the roles on ${resources} are enough`, fix);
}

function memberOf(account: string | undefined): string {
  if (account === undefined) return 'user:YOU@EXAMPLE.COM';
  return `${account.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${account}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.split('\n', 1)[0]!.slice(0, 200) : String(error);
}

function ok(name: string, found: string): Check {
  return { name, status: 'ok', found, fix: '' };
}

function warn(name: string, found: string, fix: string): Check {
  return { name, status: 'warn', found, fix };
}

function fail(name: string, found: string, fix: string): Check {
  return { name, status: 'fail', found, fix };
}
