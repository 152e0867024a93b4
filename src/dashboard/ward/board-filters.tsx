import type { ComponentChildren } from 'preact';
import { RISK_SIGNS } from '../../core/risk-signs.js';
import type { Query } from '../page.js';
import { addressWith } from '../query-state.js';
import { RISK_WORDS } from '../words.js';
import { AGE_FILTERS, type BoardCounts, type BoardState, RISK_FILTERS, SEXES } from './board-view.js';

interface FiltersProps {
  counts: BoardCounts;
  state: BoardState;
  query: Query;
  total: number;
}

/** Filters are links, so that they work without a script and can be kept. */
export function BoardFilters({ counts, state, query, total }: FiltersProps) {
  const link = (name: string, value: string, isOn: boolean, children: ComponentChildren) => (
    <a
      key={`${name} ${value}`}
      class="chip"
      href={addressWith('/', query, { [name]: value, page: '' })}
      aria-current={isOn ? 'true' : undefined}
    >
      {children}
    </a>
  );
  return (
    <div id="filters" class="filters">
      <nav aria-label="Risk">
        {RISK_FILTERS.map((risk) =>
          link('risk', risk === 'all' ? '' : risk, state.risk === risk, riskLabel(risk, counts, total)),
        )}
        {link('alert', state.alert ? '' : 'open', state.alert, `open alert ${counts.openAlerts}`)}
        {link(
          'stale',
          state.stale ? '' : 'only',
          state.stale,
          <span class="technical">⌁ stale {counts.stale}</span>,
        )}
      </nav>
      <details
        open={state.sex !== 'all' || state.age !== 'all' || state.condition !== '' || state.find !== ''}
      >
        <summary>Sex, age, condition, id</summary>
        <nav aria-label="Sex">
          {SEXES.map((sex) =>
            link('sex', sex === 'all' ? '' : sex, state.sex === sex, sex === 'all' ? 'all sexes' : sex),
          )}
        </nav>
        <nav aria-label="Age">
          {AGE_FILTERS.map((age) =>
            link('age', age === 'all' ? '' : age, state.age === age, age === 'all' ? 'all ages' : `${age} y`),
          )}
        </nav>
        <nav aria-label="Condition">
          {link('condition', '', state.condition === '', 'all conditions')}
          {counts.conditions.map((name) => link('condition', name, state.condition === name, name))}
        </nav>
        <search>
          <form>
            <label>
              Patient id <input name="find" type="search" value={state.find} autoComplete="off" />
            </label>
            <button type="submit">Find</button>
          </form>
        </search>
      </details>
    </div>
  );
}

function riskLabel(risk: BoardState['risk'], { byRisk }: BoardCounts, total: number): string {
  if (risk === 'all') return `all ${total}`;
  if (risk === 'no-reading') return `– no reading ${byRisk[risk]}`;
  return `${RISK_SIGNS[risk]} ${RISK_WORDS[risk]} ${byRisk[risk]}`;
}
