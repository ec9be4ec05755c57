import { operatorsOf, QUERY_FIELDS } from '@span-links/explorer-api';
import styles from './search-help.module.css';

const EXAMPLES: readonly { readonly query: string; readonly finds: string }[] = [
  { query: 'batch -health', finds: 'the word in a service or a name, and not the other' },
  { query: 'service=orders-batch,orders-api', finds: 'one of these services' },
  { query: 'name~batch duration>100ms', finds: 'this in the name, and slow' },
  { query: 'has:links -has:backlinks', finds: 'links to others, and no link to it' },
  { query: 'links>100', finds: 'more than a hundred links' },
  { query: 'order.id=42', finds: 'this attribute of the span, its resource, an event or a log record' },
  { query: 'log.severity>=warn log.body~declined', finds: 'a warning or worse, and this in a log record' },
  { query: 'link.spanlinks.relation=origin', finds: 'a link with this attribute' },
  { query: '"my key"="a value"', finds: 'quotes where there are spaces or commas' },
];

/** The query language on one page. */
export function SearchHelp() {
  return (
    <div className={styles.help} tabIndex={0} role="group" aria-label="The search language">
      <p>
        Terms stand side by side, and <strong>all of them have to hold of one span</strong>. A trace is found
        when one of its spans is. 32 hex digits alone are a trace ID.
      </p>
      <dl className={styles.rows}>
        {EXAMPLES.map(({ query, finds }) => (
          <div key={query} className={styles.row}>
            <dt>
              <code>{query}</code>
            </dt>
            <dd>{finds}</dd>
          </div>
        ))}
      </dl>
      <h2 className={styles.heading}>Fields</h2>
      <dl className={styles.rows}>
        {QUERY_FIELDS.map(({ name, type, words, description }) => (
          <div key={name} className={styles.row}>
            <dt>
              <code>{name.endsWith('.') ? `${name}<key>` : name}</code>
            </dt>
            <dd>
              {description}
              <span className={styles.quiet}>
                <code>{operatorsOf({ type }).join('  ')}</code>
                {words && <> with {words.join(', ')}</>}
              </span>
            </dd>
          </div>
        ))}
      </dl>
      <p className={styles.quiet}>
        <kbd>/</kbd> comes here, <kbd>↓</kbd> <kbd>↑</kbd> choose a completion, <kbd>Enter</kbd> takes it or
        searches, <kbd>Esc</kbd> goes back.
      </p>
    </div>
  );
}
