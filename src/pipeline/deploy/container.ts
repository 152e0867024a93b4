import { type Config, settingOf } from '../../config/config.js';
import { place } from '../../config/config-file.js';
import { SETTINGS, type SettingName, type SettingSpec } from '../../config/settings.js';
import { argumentsOf, type DeploymentFile, type WorkerDeployment } from './worker.js';

/** Cloud Run gives a container ten seconds after SIGTERM. https://cloud.google.com/run/docs/container-contract */
export const CLOUD_RUN_GRACE_SECONDS = 10;

/** What `gcloud builds submit`, kaniko or buildah make the image from. None of them needs a Docker daemon. */
export function containerFiles(deployment: WorkerDeployment): DeploymentFile[] {
  const { package: installed, image, config } = deployment;
  const dependency = installed.file === undefined ? installed.spec : `file:${installed.file}`;
  return [
    { path: 'Dockerfile', text: dockerfile(deployment) },
    {
      path: 'package.json',
      text: json({ private: true, dependencies: { healthmon: dependency } }),
    },
    { path: 'healthmon.json', text: json(settingsOfImage(config)) },
    {
      path: 'cloudbuild.yaml',
      text: [
        '# gcloud builds submit --config cloudbuild.yaml .',
        'steps:',
        '  - name: gcr.io/cloud-builders/docker',
        `    args: [build, --tag, ${image}, .]`,
        `images: [${image}]`,
        '',
      ].join('\n'),
    },
  ];
}

function dockerfile(deployment: WorkerDeployment): string {
  const { file } = deployment.package;
  const command = argumentsOf(deployment, CLOUD_RUN_GRACE_SECONDS);
  return `FROM node:24-bookworm-slim AS install
WORKDIR /app
COPY package.json ${file === undefined ? '' : `${file} `}./
# The worker asks Google's BigQuery: the engine of the local one stays out.
RUN npm install --omit=dev --no-audit --no-fund && rm -rf node_modules/@duckdb

FROM gcr.io/distroless/nodejs24-debian12:nonroot
WORKDIR /app
COPY --from=install --chown=root:root /app ./
COPY --chown=root:root healthmon.json ./
ENV NODE_ENV=production
ENTRYPOINT ["/nodejs/bin/node", "node_modules/healthmon/bin/healthmon.js"]
CMD ${JSON.stringify(command)}
`;
}

/** Every setting that is not what it is by default, without secrets and what concerns only the local cloud. */
function settingsOfImage(config: Config): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(SETTINGS) as [SettingName, SettingSpec][]) {
    if (config.origins[name] === 'default' || spec.secret || name.startsWith('emulators.')) continue;
    place(tree, name, settingOf(config, name));
  }
  return tree;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
