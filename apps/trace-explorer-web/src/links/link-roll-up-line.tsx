import type { LinkRollUp } from '@span-links/explorer-api';
import type { ReactNode } from 'react';
import { serviceColour } from '../service/service-colour.ts';
import { LINK_STATES, type LinkState } from './link-view.ts';
import styles from './link-roll-up-line.module.css';
import { UNRESOLVED } from './unresolved.ts';
import { useLinkView } from './use-link-view.ts';

const STATE_WORDS: Readonly<Record<LinkState, string>> = {
  error: 'error',
  ok: 'OK',
  unset: 'no status',
  unresolved: 'not here',
};

interface LinkRollUpLineProps {
  /** The roll-up of all links, to choose from. */
  readonly all: LinkRollUp;
}

/** All links in one line: their results and services. Each count is a filter. */
export function LinkRollUpLine({ all }: LinkRollUpLineProps) {
  const [view, change] = useLinkView();
  const toggleState = (state: LinkState) =>
    change({ linkState: view.linkState === state ? undefined : state });
  return (
    <div className={styles.line}>
      <div role="group" aria-label="Filter by status" className={styles.chips}>
        {[...LINK_STATES]
          .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
          .filter((state) => stateCount(all, state) > 0 || view.linkState === state)
          .map((state) => (
            <Chip key={state} isOn={view.linkState === state} onToggle={() => toggleState(state)}>
              <span className={styles[state]}>{stateWords(state, stateCount(all, state))}</span>
              {state === 'unresolved' && <Reasons rollUp={all} />}
            </Chip>
          ))}
      </div>
      <ServiceChips all={all} />
    </div>
  );
}

const ORDER: readonly LinkState[] = ['error', 'unresolved', 'ok', 'unset'];

function ServiceChips({ all }: { all: LinkRollUp }) {
  const [{ linkService }, change] = useLinkView();
  if (all.services.length < 2 && linkService === undefined) return null;
  return (
    <div role="group" aria-label="Filter by service" className={styles.chips}>
      {all.services
        // A service without a name cannot be a filter.
        .filter(({ service }) => service !== '')
        .map(({ service, count }) => (
          <Chip
            key={service}
            isOn={linkService === service}
            onToggle={() => change({ linkService: linkService === service ? undefined : service })}
          >
            <span className={styles.dot} style={{ background: serviceColour(service) }} aria-hidden="true" />
            <span className={styles.service}>{service}</span>
            <span className={styles.quiet}>{NUMBER.format(count)}</span>
          </Chip>
        ))}
    </div>
  );
}

function Chip({ isOn, onToggle, children }: { isOn: boolean; onToggle: () => void; children: ReactNode }) {
  return (
    <button type="button" className={styles.chip} aria-pressed={isOn} onClick={onToggle}>
      {children}
    </button>
  );
}

function Reasons({ rollUp: { unresolved } }: { rollUp: LinkRollUp }) {
  const reasons = Object.entries(unresolved) as [keyof typeof UNRESOLVED, number][];
  const words = reasons
    .filter(([, count]) => count > 0)
    .map(([reason, count]) =>
      reasons.length === 1 ? UNRESOLVED[reason].short : `${NUMBER.format(count)} ${UNRESOLVED[reason].short}`,
    );
  return <span className={styles.reasons}>{words.join(', ')}</span>;
}

function stateWords(state: LinkState, count: number): string {
  const word = state === 'error' && count !== 1 ? 'errors' : STATE_WORDS[state];
  return `${NUMBER.format(count)} ${word}`;
}

function stateCount({ byStatus, total, resolved }: LinkRollUp, state: LinkState): number {
  return state === 'unresolved' ? total - resolved : byStatus[state];
}

const NUMBER = new Intl.NumberFormat('en-US');
