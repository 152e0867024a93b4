// Runs at the end of `npm run build`: the decode path of the worker as one script, for engines that have nothing but
// JavaScript itself. Jobs carry it in their text.
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

await build({
  entryPoints: ['dist/src/pipeline/jobs/decoder-main.js'],
  outfile: 'dist/src/pipeline/jobs/decoder.bundle.js',
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'neutral',
  target: 'es2022',
  plugins: [shippedSchema],
});
