import { describe, expect, it } from 'vitest';
import type { LiveModel, ModelsPort } from '../../../../src/gcp/bigquery/models.js';
import { versionName } from '../../../../src/pipeline/model/registry.js';
import { serve } from '../../../../src/pipeline/model/serve.js';
import type { ModelTools } from '../../../../src/pipeline/model/tools.js';

/** Models whose copy jobs take along the labels that `copied` says. */
function modelsThat(copied: (labels: LiveModel['labels']) => LiveModel['labels'], keepsLabels = true) {
  const models = new Map<string, LiveModel>();
  const add = (name: string, labels: LiveModel['labels']) =>
    models.set(name, {
      name,
      labels,
      type: 'LOGISTIC_REGRESSION',
      createdAt: '2026-03-01T00:00:00.000Z',
      label: 'Outcome',
      features: [],
      tuned: false,
      vertexAiModelId: undefined,
    });
  add('m_v2', {});
  const port: ModelsPort = {
    get: async (name) => models.get(name),
    names: async () => [...models.keys()],
    copy: async (from, to) => void add(to, copied(models.get(from)!.labels)),
    setLabels: async (name, labels) => {
      const found = models.get(name)!;
      if (keepsLabels || name !== 'm') add(name, { ...found.labels, ...labels });
    },
    register: async () => {},
    delete: async (name) => void models.delete(name),
  };
  const tools = {
    models: port,
    config: { bigquery: { model: 'm' } },
    signal: new AbortController().signal,
  } as unknown as ModelTools;
  return { tools, models };
}

describe('the version that serves says which it is', () => {
  it.each([
    ['takes labels along', (labels: LiveModel['labels']) => labels],
    ['leaves them behind', () => ({})],
    ['keeps those of what served before', () => ({ healthmon_version: 'v1', ward: 'seven' })],
  ])('whether a copy job %s', async (_how, copied) => {
    const { tools, models } = modelsThat(copied);
    await serve(tools, 'm_v2');
    expect(versionName(models.get('m')!)).toBe('m_v2');
    expect(models.get('m_v2')!.labels.healthmon_version).toBe('v2');
  });

  it('or the promotion fails', async () => {
    const { tools } = modelsThat(() => ({}), false);
    await expect(serve(tools, 'm_v2')).rejects.toMatchObject({ code: 'version-not-labelled' });
  });
});
