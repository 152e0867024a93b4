import { runService } from '../service-main.js';
import { beamProcesses } from './process.js';
import { startDataflowServer } from './server.js';
import { variablesOf } from './service.js';

const ENDPOINTS = ['pubsub', 'bigtable', 'bigquery', 'storage', 'spanner'] as const;

await runService(['project', ...ENDPOINTS.map((name) => `${name}-endpoint` as const)], (options, own) => {
  const endpoints = Object.fromEntries(ENDPOINTS.map((name) => [name, own[`${name}-endpoint`]]));
  const start = beamProcesses(process.env, variablesOf(own.project ?? 'healthmon-local', endpoints));
  return startDataflowServer({ ...options, start, storageEndpoint: endpoints.storage });
});
