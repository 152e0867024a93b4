// Runs at the end of `npm run build`: what decides in the worker, and in `load`, each as one script, for engines that have
// nothing but JavaScript itself. Jobs carry them in their texts.
import { build } from 'esbuild';
import { patientVitalsSchema } from '../dist/src/schema/read-table-schema.js';

/** The table schema as it is when the bundle is made: where it runs there is no file to read. */
const shippedSchema = {
  name: 'shipped-schema',
  setup({ onLoad }) {
    onLoad({ filter: /schema[\\/]read-table-schema\.js$/ }, () => ({
      contents: `export const patientVitalsSchema = () => (${JSON.stringify(patientVitalsSchema())});`,
    }));
  },
};

for (const name of ['decoder', 'loader']) {
  await build({
    entryPoints: [`dist/src/pipeline/jobs/${name}-main.js`],
    outfile: `dist/src/pipeline/jobs/${name}.bundle.js`,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    plugins: [shippedSchema],
  });
}
