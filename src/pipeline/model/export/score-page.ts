import { createHash } from 'node:crypto';
import { type Child, element, Markup } from '../../../charts/markup.js';
import { standalonePage } from '../plot.js';
import { type ExportedInput, type ExportedModel, scoreModel } from './scorer.js';

/** A page with the model in it, which asks for the inputs and says what the model says. It sends nothing anywhere. */
export function scorePage(model: ExportedModel): string {
  const script = `${scoreModel.toString()}
const model = ${JSON.stringify(model).replaceAll('<', '\\u003c')};
const form = document.querySelector('form');
const answer = document.querySelector('output');
const show = () => {
  const scores = scoreModel(model, Object.fromEntries(new FormData(form)));
  const [event, , more] = model.outcomes ?? [];
  const best = more === undefined ? 0 : scores.indexOf(Math.max(...scores));
  answer.textContent = event === undefined
    ? model.label + ' ' + scores[0].toPrecision(6)
    : model.outcomes[best] + ' ' + (100 * scores[best]).toFixed(1) + ' %';
};
form.addEventListener('input', show);
show();
`;
  const title = `${model.version}: ${model.label}`;
  return standalonePage(
    title,
    [
      element('h1', {}, title),
      element('p', {}, 'No medical device. What is left empty counts as missing. Nothing leaves this page.'),
      element('form', { autocomplete: 'off' }, model.inputs.map(fieldOf)),
      element('p', {}, element('strong', {}, element('output', { 'aria-live': 'polite' }))),
      new Markup(`<script>${script}</script>`),
    ],
    `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
}

function fieldOf(input: ExportedInput): Child {
  const control =
    input.kind === 'number'
      ? element('input', { name: input.name, type: 'number', step: 'any' })
      : element('select', { name: input.name }, [
          element('option', { value: '' }, ''),
          ...Object.keys(input.weights).map((category) => element('option', { value: category }, category)),
        ]);
  return element('p', {}, element('label', {}, [`${input.name.replaceAll('_', ' ')} `, control]));
}
