import type { JourneyState } from '@span-links/explorer-api';
import filter from '../trace-list/filter-bar.module.css';
import { replaceTerm, termsOf } from '../search/query-edit.ts';

const FILTERS: readonly { readonly label: string; readonly states: readonly JourneyState[] }[] = [
  { label: 'Waiting', states: ['waiting', 'overdue'] },
  { label: 'Failed', states: ['failed', 'undone', 'refused'] },
  { label: 'Done', states: ['done'] },
];

/** Filters that write the query. A setting here also shows in the search box, and vice versa. */
export function StateFilter({
  query,
  onQuery,
}: {
  readonly query: string;
  readonly onQuery: (query: string) => void;
}) {
  const terms = termsOf(query);
  const asked = terms?.find((term) => term.field === 'journey.state' && term.operator === '=');
  const chosen = asked?.field === 'journey.state' ? asked.values.join() : '';
  return (
    <div className={filter.bar} role="group" aria-label="Filters">
      {FILTERS.map(({ label, states }) => {
        const isOn = chosen === states.join();
        return (
          <button
            key={label}
            type="button"
            className={filter.toggle}
            aria-pressed={isOn}
            title={`journey.state=${states.join()}`}
            disabled={terms === undefined}
            onClick={() =>
              onQuery(
                replaceTerm(
                  query,
                  (term) => term.field === 'journey.state',
                  isOn ? undefined : `journey.state=${states.join()}`,
                ),
              )
            }
          >
            {label}
          </button>
        );
      })}
    </div>
  );
}
