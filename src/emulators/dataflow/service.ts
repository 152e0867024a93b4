import { SERVICES, type ServiceName } from '../../core/services.js';
import { request } from '../probes/rest.js';
import type { Capability, EmulatedService, ServeSite } from '../service.js';

/** What jobs read and write. */
const USED = [
  'pubsub',
  'bigtable',
  'bigquery',
  'storage',
  'spanner',
] as const satisfies readonly ServiceName[];

export const dataflow: EmulatedService = {
  probe: async ({ host, port, project }) => {
    await request(`http://${host}:${port}/v1b3/projects/${project}/locations/probe/jobs`);
  },
  embedded: {
    arguments: ({ project, endpointArguments }) => ['--project', project, ...endpointArguments],
    uses: USED,
    serve: async ({ host, dataDir, project, endpoints }) => {
      const [{ startDataflowServer }, { beamProcesses }] = await Promise.all([
        import('./server.js'),
        import('./process.js'),
      ]);
      const start = beamProcesses(process.env, variablesOf(project, endpoints));
      return startDataflowServer({ host, dataDir, start, storageEndpoint: endpoints.storage });
    },
    capabilities: async () => CAPABILITIES,
  },
};

/** The variables by which Google's clients of Python find the local cloud. */
export function variablesOf(project: string, endpoints: ServeSite['endpoints']): Record<string, string> {
  const variables: Record<string, string> = { GOOGLE_CLOUD_PROJECT: project };
  for (const name of USED) {
    const endpoint = endpoints[name];
    if (endpoint !== undefined) variables[SERVICES[name].hostVariable] = endpoint;
  }
  return variables;
}

const CAPABILITIES: readonly Capability[] = [
  { name: 'flexTemplates.launch of Yaml_Template, with validateOnly and update', status: 'supported' },
  { name: 'jobs: get, list (filter, name), update (drain, cancel)', status: 'supported' },
  { name: 'messages.list', status: 'differs', note: 'the lines of the runner' },
  {
    name: 'jobs.getMetrics',
    status: 'differs',
    note: 'counters of the job itself; none of workers and costs',
  },
  {
    name: 'Runner',
    status: 'differs',
    note: 'Apache Beam’s direct runner on this machine, as "healthmon jobs runner install" installs it: it acknowledges messages before they are stored, so what is under way is lost when it is killed',
  },
  {
    name: 'Workers, machine types, networks and service accounts',
    status: 'differs',
    note: 'checked by name, without effect',
  },
  { name: 'Other templates, jinja_variables, transformNameMappings', status: 'refused' },
  { name: 'Snapshots, execution details, classic templates', status: 'refused' },
];
