import { invalid } from './errors.js';

/** A job as it was asked for, checked. */
export interface LaunchRequest {
  name: string;
  /** The text of the job, or where it lies in Cloud Storage. */
  pipeline: { text: string } | { file: string };
  labels: Readonly<Record<string, string>>;
  /** The job of this name that runs is replaced. */
  update: boolean;
  validateOnly: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** https://cloud.google.com/dataflow/docs/guides/templates/provided/yaml-template */
const TEMPLATE = /^gs:\/\/dataflow-templates(-[a-z0-9-]+)?\/[\w.-]+\/flex\/Yaml_Template$/;
/** Of the resource `Job`, field `name`. */
const JOB_NAME = /^[a-z]([-a-z0-9]{0,1022}[a-z0-9])?$/;
const PARAMETERS = ['yaml_pipeline', 'yaml_pipeline_file', 'jinja_variables'];

const LAUNCH_FIELDS = [
  ...['jobName', 'containerSpecGcsPath', 'parameters', 'launchOptions', 'environment', 'update'],
  'transformNameMappings',
];
/** Fields of `FlexTemplateRuntimeEnvironment`. */
const ENVIRONMENT_FIELDS = [
  ...['numWorkers', 'maxWorkers', 'zone', 'serviceAccountEmail', 'tempLocation', 'machineType'],
  ...['additionalExperiments', 'network', 'subnetwork', 'additionalUserLabels', 'kmsKeyName'],
  ...['ipConfiguration', 'workerRegion', 'workerZone', 'enableStreamingEngine', 'flexrsGoal'],
  ...['stagingLocation', 'sdkContainerImage', 'diskSizeGb', 'autoscalingAlgorithm', 'dumpHeapOnOom'],
  ...['saveHeapDumpsToGcsPath', 'launcherMachineType', 'enableLauncherVmSerialPortLogging'],
  ...['streamingMode', 'additionalPipelineOptions'],
];

/** @throws DataflowError for what Dataflow refuses, and for what is not done here. */
export function readLaunch(body: Json): LaunchRequest {
  const launch = object(body.launchParameter, 'launchParameter');
  onlyFields(body, ['projectId', 'location', 'launchParameter', 'validateOnly'], 'the request');
  onlyFields(launch, LAUNCH_FIELDS, 'launchParameter');
  const { jobName: name, containerSpecGcsPath: template } = launch;
  if (typeof name !== 'string' || !JOB_NAME.test(name)) {
    throw invalid(`The job name ${JSON.stringify(name)} is not valid: it must match ${JOB_NAME.source}.`);
  }
  if (typeof template !== 'string' || !TEMPLATE.test(template)) {
    throw invalid(
      `The template ${JSON.stringify(template)} is not one of those run here: gs://dataflow-templates-REGION/VERSION/flex/Yaml_Template.`,
    );
  }
  if (Object.keys(object(launch.transformNameMappings ?? {}, 'transformNameMappings')).length > 0) {
    throw invalid('transformNameMappings are not supported by the local Dataflow.');
  }
  const environment = object(launch.environment ?? {}, 'environment');
  onlyFields(environment, ENVIRONMENT_FIELDS, 'environment');
  return {
    name,
    pipeline: pipelineOf(object(launch.parameters ?? {}, 'parameters')),
    labels: texts(environment.additionalUserLabels ?? {}, 'additionalUserLabels'),
    update: launch.update === true,
    validateOnly: body.validateOnly === true,
  };
}

function pipelineOf(parameters: Json): LaunchRequest['pipeline'] {
  onlyFields(parameters, PARAMETERS, 'parameters');
  if (parameters.jinja_variables !== undefined) {
    throw invalid('jinja_variables are not supported by the local Dataflow.');
  }
  const { yaml_pipeline: text, yaml_pipeline_file: file } = texts(parameters, 'parameters');
  if (text !== undefined && file === undefined) return { text };
  if (file !== undefined && text === undefined) {
    if (!/^gs:\/\/[^/]+\/.+$/.test(file)) throw invalid(`yaml_pipeline_file is no gs:// path: ${file}`);
    return { file };
  }
  throw invalid('Exactly one of yaml_pipeline and yaml_pipeline_file must be set.');
}

function object(value: unknown, name: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw invalid(`${name} must be an object.`);
}

function texts(value: unknown, name: string): Record<string, string> {
  const entries = Object.entries(object(value, name));
  if (entries.every(([, each]) => typeof each === 'string'))
    return Object.fromEntries(entries) as Record<string, string>;
  throw invalid(`${name} must hold texts.`);
}

function onlyFields(value: Json, known: readonly string[], name: string): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(`Unrecognized field ${JSON.stringify(unknown)} of ${name}.`);
}
